package main

import (
	"context"
	"errors"
	"fmt"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// attest proves that the log still holds what the read models have seen of it. Where it does not, nothing can be appended and no worker runs,
// but every command that only reads goes on, after the person was told.
func (a *app) attest(ctx context.Context, p *place) error {
	checkpoints, err := projections.Checkpoints(ctx, p.db)
	if err != nil {
		return err
	}
	for _, c := range checkpoints {
		if !c.Live {
			continue // nobody reads it, and it may be of a log before this one
		}
		err := p.log.Attest(ctx, eventlog.Mark{Epoch: c.Epoch, Position: c.Position, EventID: c.EventID})
		if errors.Is(err, domain.ErrCorrupt) {
			p.damage = &failure{damaged(c.Name, err)}
			a.tell("%s", "%s", a.explainError(p.damage))
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func damaged(projection string, err error) domain.Text {
	return domain.Text{
		VI: fmt.Sprintf("Sổ sự kiện không còn giữ những gì bảng đọc %s đã đọc: %v. Không ghi thêm được gì và các tiến trình nền không chạy. "+
			"Hãy nối đúng sổ của cơ sở dữ liệu này hoặc khôi phục sổ; giữ nguyên cơ sở dữ liệu, vì nó còn bản của những sự kiện đã mất.", projection, err),
		EN: fmt.Sprintf("The log no longer holds what the read model %s has read: %v. Nothing more can be recorded and no workers run. "+
			"Connect the log that belongs to this database, or restore it; keep the database, which still has a copy of the lost events.", projection, err),
	}
}
