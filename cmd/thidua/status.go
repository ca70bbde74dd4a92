package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "The log, how far each projection has come, and what is parked",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.inPlace(cmd.Context(), "status", func(p *place) error { return a.status(cmd.Context(), p) })
		},
	}
}

// statusAnswer is the form of `status --json`.
type statusAnswer struct {
	Origin   string          `json:"origin"`
	Epoch    string          `json:"epoch"`
	Position domain.Position `json:"position"`
	// Stopped is why nothing more is recorded, absent where it is.
	Stopped *domain.Text `json:"stopped,omitempty"`
	// Parked counts the events that some live projection has parked, each once.
	Parked uint64 `json:"parked"`
	// Seal is how the sealed log of this data directory stands, absent where there is none.
	Seal *sealStatus `json:"seal,omitempty"`
	// Workers counts the processes that carry the log into the projections.
	Workers     int                `json:"workers"`
	Projections []projectionStatus `json:"projections"`
}

// The states of a version of a projection: readers see it; they see it without what is parked; it can't go on; they do not see it yet; they
// saw it before.
const (
	stateLive     = "live"
	stateParked   = "parked"
	statePaused   = "paused"
	stateBuilding = "building"
	stateFormer   = "former"
)

// projectionStatus is one version of a projection.
type projectionStatus struct {
	Name     string          `json:"name"`
	Version  int             `json:"version"`
	Live     bool            `json:"live"`
	State    string          `json:"state"`
	Position domain.Position `json:"position"`
	Lag      uint64          `json:"lag"`
	Parked   uint64          `json:"parked"`
	Owner    string          `json:"owner"`  // the process that carries the log into it, "" for none
	Paused   *pausedStatus   `json:"paused"` // null where it goes on
	Updated  time.Time       `json:"updated"`
	age      time.Duration   // since the oldest event was recorded that a live one does not have, where somebody asked
}

// status does not wait for the read models: it says how they stand.
func (a *app) status(ctx context.Context, p *place) error {
	answer, err := a.look(ctx, p)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(answer)
	}
	a.printf("Sổ sự kiện %s: vị trí %d, kỷ nguyên %s", "Log %s: position %d, epoch %s", answer.Origin, answer.Position, answer.Epoch)
	if answer.Stopped != nil {
		a.printf("%s", "%s", answer.Stopped.In(a.lang))
	}
	a.showSeal(answer.Seal)
	for _, s := range answer.Projections {
		a.showProjection(s)
	}
	a.printf("Số tiến trình đang làm việc: %d", "Workers: %d", answer.Workers)
	if answer.Parked == 0 {
		a.printf("Không có sự kiện nào bị treo.", "Nothing is parked.")
		return nil
	}
	a.printf("Số sự kiện bị treo: %d; xem: thidua parked list", "Parked events: %d; see: thidua parked list", answer.Parked)
	return nil
}

func (a *app) showProjection(s projectionStatus) {
	states := map[string]domain.Text{
		stateLive: {VI: "đang phục vụ", EN: "live"}, stateParked: {VI: "đang phục vụ, thiếu sự kiện bị treo", EN: "live without what is parked"},
		statePaused: {VI: "đang dừng", EN: "paused"}, stateBuilding: {VI: "đang dựng", EN: "being built"}, stateFormer: {VI: "bản trước", EN: "former"},
	}
	a.printf("%-10s bản %d: %s, vị trí %d, còn chậm %d sự kiện, treo %d", "%-10s version %d: %s, position %d, %d events behind, %d parked",
		s.Name, s.Version, states[s.State].In(a.lang), s.Position, s.Lag, s.Parked)
	if s.Paused != nil {
		fmt.Fprintln(a.out, "  "+pausedText(s.Name, s.Paused.Cause, s.Paused.Reason).In(a.lang))
	}
}

// look asks how the place stands, with what is sealed of it.
func (a *app) look(ctx context.Context, p *place) (*statusAnswer, error) {
	answer, err := p.status(ctx)
	if err != nil {
		return nil, err
	}
	answer.Seal, err = a.sealStatus(answer.Position)
	return answer, err
}

// status asks the log, the checkpoints and the leases.
func (p *place) status(ctx context.Context) (*statusAnswer, error) {
	last, errLast := p.log.Last(ctx)
	checkpoints, errCheckpoints := projections.Checkpoints(ctx, p.db)
	counts, errCounts := projections.ParkedCounts(ctx, p.db)
	tenures, errTenures := p.tenures(ctx)
	parked, errParked := projections.ParkedTotal(ctx, p.db)
	workers, err := projections.Workers(ctx, p.db)
	if err := errors.Join(errLast, errCheckpoints, errCounts, errTenures, errParked, err); err != nil {
		return nil, err
	}
	answer := &statusAnswer{
		Origin: p.log.Origin(), Epoch: p.log.Epoch(), Position: last, Parked: parked, Workers: len(workers), Projections: []projectionStatus{},
	}
	if stopped := p.log.Stopped(); stopped != nil {
		why := damaged(stopped)
		answer.Stopped = &why
	}
	live := map[string]int{}
	for _, c := range checkpoints {
		if c.Live {
			live[c.Name] = c.Version
		}
	}
	for _, c := range checkpoints {
		s := projectionStatus{
			Name: c.Name, Version: c.Version, Live: c.Live, Position: c.Position, Lag: last - min(last, c.Position), Updated: c.UpdatedAt,
		}
		s.hold(tenures)
		if c.Live {
			s.Parked = counts[c.Name]
		}
		s.hold(tenures)
		s.State = s.state(live[c.Name])
		answer.Projections = append(answer.Projections, s)
	}
	return answer, nil
}

// hold takes over how the lease of a version stands.
func (s *projectionStatus) hold(tenures map[string]projections.Tenure) {
	t := tenures[projections.Projection{Name: s.Name, Version: s.Version}.Schema()]
	s.Owner = t.Owner
	if t.Cause != "" {
		s.Paused = &pausedStatus{Cause: t.Cause, Reason: t.Reason, Since: t.Since}
	}
}

// state tells how a version stands, beside the one that is live, 0 for none.
func (s projectionStatus) state(live int) string {
	switch {
	case s.Paused != nil:
		return statePaused
	case s.Parked > 0:
		return stateParked
	case s.Live:
		return stateLive
	case s.Version < live:
		return stateFormer
	}
	return stateBuilding
}
