package main

import (
	"context"
	"errors"
	"fmt"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
	"thidua/seal/witness"
)

// attest proves that the log still holds what the read models have seen of it. Where it does not, nothing can be appended and no worker runs,
// but every command that only reads goes on, after the person was told.
func (a *app) attest(ctx context.Context, p *place) error {
	stopped := p.log.Stopped()
	lost, err := a.lost(ctx, p)
	if err != nil && stopped == nil {
		return err
	}
	switch {
	case stopped != nil && lost != nil:
		a.tellDamage(p, damaged(fmt.Errorf("%w; %w", stopped, lost)))
	case stopped != nil:
		a.tellDamage(p, damaged(stopped))
	case lost != nil:
		a.tellDamage(p, damaged(lost))
	}
	return nil
}

// lost says what the log no longer holds of what the live read models have seen, nil where it holds all.
func (a *app) lost(ctx context.Context, p *place) (lost, err error) {
	var marks []eventlog.Mark
	err = a.insistOnDatabase(ctx, func(ctx context.Context) (err error) {
		marks, err = p.marks(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, mark := range marks {
		err := a.insist(ctx, p.nc, func(ctx context.Context) error { return p.log.Attest(ctx, mark) })
		if errors.Is(err, domain.ErrCorrupt) {
			return err, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (a *app) tellDamage(p *place, why domain.Text) {
	p.damage = &failure{why}
	a.tell("%s", "%s", a.explainError(p.damage))
}

// marks is what the live read models have seen of the log. Others are read by nobody, and may be of a log before this one.
func (p *place) marks(ctx context.Context) (marks []eventlog.Mark, err error) {
	checkpoints, err := projections.Checkpoints(ctx, p.db)
	for _, c := range checkpoints {
		if c.Live {
			marks = append(marks, eventlog.Mark{Epoch: c.Epoch, Position: c.Position, EventID: c.EventID, By: readModel(c.Name)})
		}
	}
	return marks, err
}

func damaged(err error) domain.Text {
	if alarm, ok := errors.AsType[*witness.Alarm](err); ok {
		text := alarm.Text()
		return domain.Text{VI: text.VI + " Không ghi thêm được gì; vẫn đọc được.", EN: text.EN + " Nothing more can be recorded; reading goes on."}
	}
	return domain.Text{
		VI: fmt.Sprintf("Sổ sự kiện bị hỏng hoặc mất dữ liệu: %v. Không ghi thêm được gì và các tiến trình nền không chạy; vẫn đọc được. "+
			"Nếu nối nhầm sổ, hãy nối đúng sổ của cơ sở dữ liệu này; nếu không, xem “thidua repair” làm gì. "+
			"Giữ nguyên cơ sở dữ liệu, vì nó còn bản của những sự kiện đã mất.", err),
		EN: fmt.Sprintf("The log is damaged or has lost events: %v. Nothing more can be recorded and no workers run; reading goes on. "+
			"If the wrong log is connected, connect the one that belongs to this database; else see what “thidua repair” would do. "+
			"Keep the database, which still has a copy of the lost events.", err),
	}
}

// readModel names a read model in a message.
func readModel(name string) string { return "read model " + name }
