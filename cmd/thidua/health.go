package main

import (
	"context"
	"fmt"
	"time"

	"thidua/access"
	"thidua/domain"
	"thidua/web"
)

// served is the record of a place, for web.
type served struct {
	app   *app
	place *place
}

// Ranking implements web.Record, in the form of `ranking --json`.
func (s *served) Ranking(ctx context.Context, season string) (any, error) {
	return s.app.ranking(ctx, s.place, season, moment{})
}

// Status implements web.Record, in the form of `status --json`.
func (s *served) Status(ctx context.Context) (any, error) { return s.app.look(ctx, s.place) }

// events is the feed of the place's log, until ctx ends.
func (s *served) events(ctx context.Context) web.Events {
	return web.Events{
		Open:  func(after domain.Position, w domain.Wanted) web.Feed { return s.place.log.Feed(after, w) },
		Last:  s.lastWhole,
		Epoch: s.place.log.Epoch(), Admit: s.app.admits(s.place, access.Events), Now: s.app.now, Ending: ctx,
	}
}

// lastWhole is where the log ends, where it has lost nothing.
func (s *served) lastWhole(ctx context.Context) (domain.Position, error) {
	if err := s.place.log.Stopped(); err != nil {
		return 0, err
	}
	return s.place.log.Last(ctx)
}

// How far a projection may be behind while the process counts as ready: what the workers take in about a second, and a time in which they would
// have taken anything if one of them were at work.
const (
	readyLag = 10_000
	readyAge = time.Minute
)

// Unready implements web.Record.
func (s *served) Unready(ctx context.Context) []domain.Text {
	status, err := s.look(ctx)
	if err != nil {
		s.app.log.Warn("not ready", "error", err)
		return []domain.Text{{
			VI: "Không đọc được sổ sự kiện hoặc cơ sở dữ liệu. Hãy xem NATS và Postgres có đang chạy và có kết nối được không.",
			EN: "The log or the database can't be read. See whether NATS and Postgres run and can be reached.",
		}}
	}
	return s.reasons(status)
}

// reasons says what keeps the record from being served well, and what to do about it.
func (s *served) reasons(status *statusAnswer) (why []domain.Text) {
	if status.Stopped != nil {
		why = append(why, *status.Stopped)
	}
	if status.Stopped == nil && status.Workers == 0 {
		why = append(why, domain.Text{
			VI: "Không có tiến trình nào chuyển sổ sự kiện vào các bảng đọc. Hãy chạy “thidua work” hoặc “thidua up”.",
			EN: "No process carries the log into the read models. Start a “thidua work” or “thidua up”.",
		})
	}
	live := map[string]bool{}
	for _, p := range status.Projections {
		if p.Live {
			live[p.Name] = true
			why = append(why, p.troubles()...)
		}
	}
	for _, p := range s.place.projections() {
		if !live[p.Name] {
			why = append(why, domain.Text{
				VI: fmt.Sprintf("Chưa có bảng đọc %s; nó được dựng khi có tiến trình “thidua work” hoặc “thidua up” chạy.", p.Name),
				EN: fmt.Sprintf("The read model %s does not exist yet; it is built once a “thidua work” or “thidua up” runs.", p.Name),
			})
		}
	}
	return append(why, s.place.sealer.unready()...)
}

// troubles says what is wrong with a live projection.
func (s projectionStatus) troubles() (why []domain.Text) {
	if s.Paused != nil {
		why = append(why, pausedText(s.Name, s.Paused.Cause, s.Paused.Reason))
	}
	if s.Parked > 0 {
		why = append(why, domain.Text{
			VI: fmt.Sprintf("Bảng đọc %s đang treo %d sự kiện. Hãy xem (thidua parked list), sửa rồi thử lại (retry) hoặc bỏ (discard).", s.Name, s.Parked),
			EN: fmt.Sprintf("The read model %s has parked %d events. Look (thidua parked list), mend and retry, or discard.", s.Name, s.Parked),
		})
	}
	if s.Lag > readyLag || s.age > readyAge {
		why = append(why, domain.Text{
			VI: fmt.Sprintf("Bảng đọc %s chậm %d sự kiện, sự kiện cũ nhất đã %s. Hãy xem có tiến trình “thidua work” nào đang chạy và nhật ký của nó.",
				s.Name, s.Lag, s.age.Round(time.Second)),
			EN: fmt.Sprintf("The read model %s is %d events behind, the oldest of them %s old. See whether a “thidua work” runs, and what it logs.",
				s.Name, s.Lag, s.age.Round(time.Second)),
		})
	}
	return why
}
