package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"thidua/domain"
	"thidua/projections"
)

// pausedStatus is why a projection can't go on, in `status --json`.
type pausedStatus struct {
	Cause  projections.PauseCause `json:"cause"`
	Reason string                 `json:"reason"`
	Since  time.Time              `json:"since"`
}

// tenures is how the leases of the projections stand, by schema.
func (p *place) tenures(ctx context.Context) (map[string]projections.Tenure, error) {
	all, err := projections.Tenures(ctx, p.db)
	named := make(map[string]projections.Tenure, len(all))
	for _, t := range all {
		named[t.Name] = t
	}
	return named, err
}

// pausedText says why a projection can't go on, and what to do.
func pausedText(name string, cause projections.PauseCause, reason string) domain.Text {
	what := map[projections.PauseCause]domain.Text{
		projections.PauseUnknown: {
			VI: "sổ có sự kiện mà phiên bản này chưa biết; hãy nâng cấp thidua trên máy chạy tiến trình nền",
			EN: "the log has an event that this version does not know; upgrade thidua where its workers run",
		},
		projections.PauseCorrupt: {
			VI: "có dữ liệu không đúng như phải có; hãy kiểm tra (thidua verify) rồi dựng lại (thidua rebuild)",
			EN: "something is not what it must be; look (thidua verify) and build it anew (thidua rebuild)",
		},
		projections.PauseUnreachable: {
			VI: "sổ sự kiện hoặc cơ sở dữ liệu không trả lời; hệ thống tự thử lại",
			EN: "the log or the database does not answer; it is tried again by itself",
		},
	}[cause]
	if what == (domain.Text{}) {
		what = domain.Text{
			VI: "gặp lỗi ngoài dự kiến; hãy xem nhật ký của tiến trình nền, hệ thống tự thử lại",
			EN: "an unexpected error; see what its worker logs, it is tried again by itself",
		}
	}
	return domain.Text{
		VI: fmt.Sprintf("Bảng đọc %s đang dừng: %s. (%s)", name, what.VI, reason),
		EN: fmt.Sprintf("The read model %s is paused: %s. (%s)", name, what.EN, reason),
	}
}

// pausedError says which read models can't go on, nil where there is none.
func pausedError(why []domain.Text) error {
	if len(why) == 0 {
		return nil
	}
	var all domain.Text
	for i, text := range why {
		if i > 0 {
			all.VI += "\n"
			all.EN += "\n"
		}
		all.VI += text.VI
		all.EN += text.EN
	}
	return &failure{all}
}

// pauseLook is how often it is looked whether who has not caught up is paused.
const pauseLook = 500 * time.Millisecond

// caughtUp returns when each read model has come to a position or can't go on, and says why of those that can't. A pause counts that was noted after
// a time by the database's clock: one from before may be over in this process. A database that is away for a while is waited for.
func (p *place) caughtUp(ctx context.Context, position domain.Position, noted time.Time) ([]domain.Text, error) {
	for {
		wait, stop := context.WithTimeout(ctx, pauseLook)
		err := projections.Await(wait, p.db, p.projections(), position)
		stop()
		if err == nil || ctx.Err() != nil {
			return nil, err
		}
		if !projections.Passing(err) { // the end of the wait is
			return nil, err
		}
		why, err := p.heldUp(ctx, position, noted)
		if len(why) > 0 || err != nil && !projections.Passing(err) {
			return why, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pauseLook / 10):
		}
	}
}

// heldUp says why each of the read models that have not come to a position is paused, nothing while one of them goes on.
func (p *place) heldUp(ctx context.Context, position domain.Position, noted time.Time) (why []domain.Text, err error) {
	tenures, err := p.tenures(ctx)
	if err != nil {
		return nil, err
	}
	for _, projection := range p.projections() {
		c, err := projections.LoadCheckpoint(ctx, p.db, projection)
		if errors.Is(err, domain.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		t := tenures[projection.Schema()]
		switch {
		case c.Position >= position:
		case t.Cause == "" || t.Cause == projections.PauseUnreachable || !t.Since.After(noted):
			return nil, nil
		default:
			why = append(why, pausedText(projection.Name, t.Cause, t.Reason))
		}
	}
	return why, nil
}

// clock is the time by the database's clock.
func (p *place) clock(ctx context.Context) (now time.Time, err error) {
	err = p.db.GetContext(ctx, &now, "SELECT now()")
	return now, err
}
