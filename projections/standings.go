package projections

import (
	"cmp"
	"context"
	_ "embed" // for the tables
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"thidua/domain"
)

//go:embed standings.sql
var standingsDDL string

const (
	rankingColumns  = "season, position, ruleset_sha256, timezone, day, turns, final, importing"
	standingColumns = "season, unit, rank, total, indicator_points, bonus, penalty, late, absent, verified_share, tier, eligible"
	sheetColumns    = "season, unit, states, targets, actuals, attainments, points"
	nameColumns     = "unit, position, name_vi, name_en"

	orderColumns = "season, ordinal, criterion"
	lineColumns  = "season, unit, position, name_vi, name_en, rank, total, indicator_points, bonus, penalty, late, absent, verified_share, tier, eligible"
	itemColumns  = "season, unit, criterion, position, ordinal, state, target, actual, attainment, points, verified"
)

// standings keeps the current ranking of every season: that of the day of the log's last event.
//
// A season is ranked when an event of its own came, and when its day turned on which a deadline or a hold changes something. What is stored
// hangs on the season's events, the names of units and that day alone, so the same log cut into any other batches gives the same tables.
func standings(history domain.History) Projection {
	return Projection{
		Name: "standings", Version: 2, DDL: standingsDDL,
		Tables: []Table{
			{Name: "ranking", Columns: rankingColumns, View: "ranking_v1"},
			{Name: "standing", Columns: standingColumns, OfSeason: true},
			{Name: "criterion", Columns: orderColumns, OfSeason: true},
			{Name: "sheet", Columns: sheetColumns, OfSeason: true},
			{Name: "unit", Columns: nameColumns},
			{Name: "standing_line", Columns: lineColumns, View: "standing_v1", Derived: true},
			{Name: "standing_item", Columns: itemColumns, View: "standing_item_v1", Derived: true},
		},
		New: func() Applier { return &standingsApplier{history: history, limit: foldLimit} },

		BySeason: true,
	}
}

// standingsApplier keeps the seasons that it met of late, so that an event costs the items that it changes and not a read of the season's whole
// history, and what it wrote of them, so that only rows are written that differ.
type standingsApplier struct {
	history domain.History
	limit   int // of bytes in memory
	// next is the position after the last batch, 0 while the memory below is void.
	next     domain.Position
	registry *domain.World              // the units, for the names of all seasons
	seasons  map[string]*seasonFold     // bounded by forget
	calendar map[string]*seasonCalendar // of every season whose standings can change with the days
	parked   func(season string) bool
}

func (a *standingsApplier) heed(parked func(season string) bool, changed bool) {
	a.parked = parked
	if changed {
		a.next = 0
	}
}

// Apply folds a batch into the seasons it touches, and ranks these.
func (a *standingsApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	if a.next != events[0].Position {
		if err := a.recall(ctx, tx); err != nil {
			return err
		}
	}
	a.next = 0 // until the batch is done
	b := newStandingsBatch(events)
	for _, r := range events {
		if err := a.fold(ctx, b, r); err != nil {
			return err
		}
	}
	if err := a.turn(ctx, b); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(b.touched)) {
		a.rank(b, b.touched[id])
	}
	if err := b.write(ctx, tx); err != nil {
		return err
	}
	a.forget()
	a.next = b.before + domain.Position(len(events)) + 1
	return nil
}

// fold adds one event to the season it belongs to, or to the register.
func (a *standingsApplier) fold(ctx context.Context, b *standingsBatch, r domain.Recorded) error {
	switch {
	case r.Event == nil:
		return unknown(r)
	case r.Stream.Aggregate == domain.AggregateUnit:
		a.registry.Evolve(r)
		if a.registry.Units[r.Stream.Unit] == nil { // what named it was discarded
			a.registry.Units[r.Stream.Unit] = &domain.Unit{ID: r.Stream.Unit, Position: r.Position}
		}
		b.rename(a.registry.Units[r.Stream.Unit])
		return nil
	case domain.IsGap(r):
		b.gaps++
		for _, f := range a.seasons {
			f.gaps++
		}
		return nil
	case r.Stream.Season == "":
		return nil
	}
	if _, ok := r.Event.(*domain.EventDiscarded); ok {
		delete(a.seasons, r.Stream.Season) // what was discarded may be in the fold
	}
	f, err := a.season(ctx, b, r.Stream.Season, r)
	if err == nil && f.add(r) != nil {
		// What is in memory may have been read from a replica that was behind.
		delete(a.seasons, r.Stream.Season)
		if f, err = a.season(ctx, b, r.Stream.Season, r); err == nil {
			err = f.add(r)
		}
	}
	b.touched[r.Stream.Season] = f
	return err
}

// season returns a season as of the events that were folded so far: from memory, or from the log up to the batch. The event next, which the
// log holds already, is to be folded in then; position 0 is none.
func (a *standingsApplier) season(ctx context.Context, b *standingsBatch, id string, next domain.Recorded) (*seasonFold, error) {
	if f := a.seasons[id]; f != nil {
		return f, nil
	}
	f := &seasonFold{board: domain.NewScoreboard(id)}
	if next.SeasonVersion == 1 {
		f.written = &writtenSeason{} // the tables have not heard of it
	} else if b.before > 0 {
		events, err := a.load(ctx, b, id, next.Position)
		if err != nil {
			return nil, fmt.Errorf("season %s: %w", id, err)
		}
		for _, r := range events {
			if r.Stream.Season != id && !domain.IsGap(r) || r.Position > b.before {
				continue
			}
			if err := f.add(r); err != nil {
				return nil, &torn{err}
			}
		}
	}
	f.gaps += b.gaps
	a.seasons[id] = f
	return f, nil
}

// load reads a season up to the end of the batch: what the batch discards does not count before it either. Where that fails and the season before
// the batch can be read, the batch is at fault.
func (a *standingsApplier) load(ctx context.Context, b *standingsBatch, id string, next domain.Position) ([]domain.Recorded, error) {
	events, err := a.history.Season(ctx, id, b.last)
	if errors.Is(err, domain.ErrCorrupt) {
		if _, before := a.history.Season(ctx, id, b.before); before != nil {
			return nil, &torn{before}
		}
		return nil, err
	}
	if err != nil {
		return nil, &sourceError{err}
	}
	if next > 0 && !slices.ContainsFunc(events, func(r domain.Recorded) bool { return r.Position == next }) {
		return nil, &sourceError{fmt.Errorf("a replica does not have position %d yet", next)}
	}
	return events, nil
}

// turn finds the seasons that were not touched but whose day has changed, and touches those whose standings can change with it.
func (a *standingsApplier) turn(ctx context.Context, b *standingsBatch) error {
	days := map[*time.Location]domain.Date{}
	for _, id := range slices.Sorted(a.turning(b, days)) {
		c := a.calendar[id]
		if day := days[c.zone]; c.turns == "" || day < c.turns {
			c.day = day
			b.aged = append(b.aged, agedRow{Season: id, Day: day})
			continue
		}
		f, err := a.season(ctx, b, id, domain.Recorded{})
		if err != nil {
			return err
		}
		b.touched[id] = f
	}
	return nil
}

// turning lists those seasons, and finds out what day it is in their zones.
func (a *standingsApplier) turning(b *standingsBatch, days map[*time.Location]domain.Date) iter.Seq[string] {
	return func(yield func(string) bool) {
		for id, c := range a.calendar {
			if days[c.zone] == "" {
				days[c.zone] = domain.DateOf(b.now, c.zone)
			}
			if b.touched[id] == nil && days[c.zone] > c.day && (a.parked == nil || !a.parked(id)) && !yield(id) {
				return
			}
		}
	}
}

// rank ranks one season and notes when that can change without an event.
func (a *standingsApplier) rank(b *standingsBatch, f *seasonFold) {
	header, lines := f.rank(b.now)
	b.add(f, header, lines)
	f.touched = b.before
	delete(a.calendar, header.Season)
	if header.Day != nil && !header.Final {
		c := &seasonCalendar{zone: f.board.Season.Zone(), day: *header.Day}
		if header.Turns != nil {
			c.turns = *header.Turns
		}
		a.calendar[header.Season] = c
	}
}

// foldLimit is how many bytes the seasons in memory may take together, about: twice what a country's year of a million values needs.
const foldLimit = 300 << 20

// forget drops the seasons that were touched the longest time ago, once they take too much memory. The last one stays.
func (a *standingsApplier) forget() {
	size := 0
	for _, f := range a.seasons {
		size += f.size()
	}
	if size <= a.limit {
		return
	}
	oldest := slices.SortedFunc(maps.Values(a.seasons), func(x, y *seasonFold) int { return cmp.Compare(x.touched, y.touched) })
	for _, f := range oldest[:len(oldest)-1] {
		if size <= a.limit {
			return
		}
		size -= f.size()
		delete(a.seasons, f.board.Season.ID)
	}
}

// recall empties the memory and reads back what the tables hold: names, and the days that seasons turn on.
func (a *standingsApplier) recall(ctx context.Context, tx *Tx) error {
	a.next, a.registry = 0, domain.NewWorld("", time.Time{})
	a.seasons, a.calendar = map[string]*seasonFold{}, map[string]*seasonCalendar{}
	names, err := selectRows[nameRow](ctx, tx, "SELECT "+nameColumns+" FROM unit")
	if err != nil {
		return fmt.Errorf("table unit: %w", err)
	}
	for _, n := range names {
		a.registry.Units[n.Unit] = n.unit()
	}
	open, err := selectRows[rankingRow](ctx, tx, "SELECT "+rankingColumns+" FROM ranking WHERE day IS NOT NULL AND NOT final")
	if err != nil {
		return fmt.Errorf("table ranking: %w", err)
	}
	for _, r := range open {
		if a.calendar[r.Season], err = r.calendar(); err != nil {
			return fmt.Errorf("table ranking: season %s: %w", r.Season, err)
		}
	}
	return nil
}
