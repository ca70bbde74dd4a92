package workers

import (
	"context"
	"fmt"

	"thidua/domain"
	"thidua/eventlog"
)

// finals computes every final ranking again from the events that it meets on the way, and so reads nothing twice. Where that gives another result, or a
// season can't be kept in memory or has something discarded in it, the season is read once more by itself, exactly as its final ranking names it.
type finals struct {
	only     string // a season, "" for all
	register *domain.World
	folds    map[string]*seasonFold
	folded   uint64          // events in folds
	aside    map[string]bool // seasons that are not folded any more
	void     bool            // the register is not what it must be: no season is
	found    []finalCheck
}

// seasonFold is a season on the way to its final ranking.
type seasonFold struct {
	world *domain.World
	last  domain.Position
}

// finalCheck is a final ranking with the result that follows from the record, where that was found out on the way.
type finalCheck struct {
	event domain.Recorded
	same  bool
}

// foldLimit is how many events the seasons in memory may have together, about half a kilobyte each.
const foldLimit = 200_000

func newFinals(only string) *finals {
	return &finals{only: only, register: domain.NewWorld("", domain.Recorded{}.RecordedTime), folds: map[string]*seasonFold{}, aside: map[string]bool{}}
}

// take implements taker.
func (f *finals) take(_ context.Context, events []domain.Recorded) error {
	for _, r := range events {
		if r.Stream.Season == "" {
			f.takeUnit(r)
		} else if f.only == "" || f.only == r.Stream.Season {
			f.takeSeason(r)
		}
	}
	return nil
}

func (f *finals) takeUnit(r domain.Recorded) {
	_, discards := r.Event.(*domain.EventDiscarded)
	_, gap := r.Event.(*domain.LogGap) // of whatever season
	switch {
	case gap:
		f.void = true
	case r.Stream.Aggregate != domain.AggregateUnit, r.Fault != nil:
	case r.Event == nil, discards:
		f.void = true
	default:
		f.register.Evolve(r)
	}
}

func (f *finals) takeSeason(r domain.Recorded) {
	id := r.Stream.Season
	_, discards := r.Event.(*domain.EventDiscarded)
	if r.Event == nil || discards {
		f.setAside(id)
		return
	}
	final, ok := r.Event.(*domain.RankingFinalised)
	if !ok {
		f.fold(r)
		return
	}
	check := finalCheck{event: r}
	if s := f.folds[id]; s != nil && !f.void {
		s.world.Now = r.RecordedTime
		check.same = domain.DifferentFinal(s.world, final) == ""
	}
	f.found = append(f.found, check)
	f.setAside(id)
}

func (f *finals) fold(r domain.Recorded) {
	id := r.Stream.Season
	if f.aside[id] || f.void {
		return
	}
	s := f.folds[id]
	if s == nil {
		s = &seasonFold{world: domain.NewWorld(id, r.RecordedTime)}
		s.world.Units = f.register.Units
		f.folds[id] = s
	}
	s.world.Evolve(r)
	s.last = r.Position
	if f.folded++; f.folded > foldLimit {
		f.setAside(f.oldest())
	}
}

// oldest is the season that nothing has happened in for the longest time.
func (f *finals) oldest() (id string) {
	for season, s := range f.folds {
		if id == "" || s.last < f.folds[id].last {
			id = season
		}
	}
	return id
}

func (f *finals) setAside(id string) {
	if s := f.folds[id]; s != nil {
		f.folded -= s.world.SeasonVersion()
		delete(f.folds, id)
	}
	f.aside[id] = true
}

// difference says in what a final ranking differs from what follows from the events that it names, "" where in nothing.
func (f finalCheck) difference(ctx context.Context, log *eventlog.Log) (string, error) {
	if f.same {
		return "", nil
	}
	final := f.event.Event.(*domain.RankingFinalised)
	events, err := log.Season(ctx, f.event.Stream.Season, final.Position)
	if err != nil {
		return "", err
	}
	w := domain.NewWorld(f.event.Stream.Season, f.event.RecordedTime)
	for _, r := range events {
		w.Evolve(r)
	}
	if len(w.Lost) > 0 {
		return fmt.Sprintf("it can't be recomputed: events of the season are lost (a gap of the log at position %d)", w.Lost[0]), nil
	}
	return domain.DifferentFinal(w, final), nil
}
