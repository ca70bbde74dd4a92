package projections

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"thidua/domain"
)

// discard takes out of the parked events the one that a discard names, and then takes those behind it. Where the tables have taken that event,
// its effect is undone: in the end they are the same.
func (b *passage) discard(ctx context.Context, r domain.Recorded) error {
	e := r.Event.(*domain.EventDiscarded)
	if err := b.writeParked(ctx); err != nil { // it may be one of this batch
		return err
	}
	const remove = "DELETE FROM frame.parked WHERE schema = $1 AND position = $2 AND sha256 = $3 AND stream = $4"
	result, err := b.tx.ExecContext(ctx, remove, b.schema, int64(e.Position), e.SHA256, r.Stream.String())
	if err != nil {
		return err
	}
	if removed, err := result.RowsAffected(); err != nil || removed == 0 {
		return cmp.Or(err, b.undo(ctx, r))
	}
	key := b.p.key(r.Stream)
	if b.parked.keys[key]--; b.parked.keys[key] == 0 {
		delete(b.parked.keys, key)
	}
	if err := b.again(ctx, key, r); err != nil {
		return err
	}
	b.heed(true)
	return nil
}

// undo takes anew what hangs together with an event that was discarded after the tables had taken it.
func (b *passage) undo(ctx context.Context, d domain.Recorded) error {
	b.heed(true)
	scope := d.Stream
	if scope.Season != "" && b.p.BySeason {
		return nil
	}
	if scope.Season != "" && b.p.AcrossStreams {
		scope = domain.Stream{Season: scope.Season}
	}
	events, err := b.p.Log.Lying(ctx, scope, d.Position)
	if err != nil {
		return &sourceError{err}
	}
	if err := b.remove(ctx, events); err != nil {
		return err
	}
	if events, err = b.sound(ctx, events[:len(events)-1]); err != nil {
		return err
	}
	if err := b.takeAgain(ctx, events, d); err != nil {
		return err
	}
	for _, key := range b.parked.under(scope) { // what failed may have failed on what was discarded
		if err := b.again(ctx, key, d); err != nil {
			return err
		}
	}
	return nil
}

// remove takes out the rows that came from events, and what these did to others.
func (b *passage) remove(ctx context.Context, events []domain.Recorded) error {
	positions := make([]int64, len(events))
	for i, r := range events {
		positions[i] = int64(r.Position)
	}
	if b.p.undo != nil {
		if err := b.p.undo(ctx, b.tx, positions); err != nil {
			return err
		}
	}
	for _, t := range b.p.Tables {
		if t.OfSeason || t.Derived {
			continue
		}
		if _, err := b.tx.ExecContext(ctx, "DELETE FROM "+t.Name+" WHERE position = ANY ($1)", pq.Array(positions)); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return nil
}

// sound is events without those that are parked or count for nothing.
func (b *passage) sound(ctx context.Context, events []domain.Recorded) ([]domain.Recorded, error) {
	var parked []domain.Position
	if err := b.tx.SelectContext(ctx, &parked, "SELECT position FROM frame.parked WHERE schema = $1", b.schema); err != nil {
		return nil, fmt.Errorf("table parked: %w", err)
	}
	return slices.DeleteFunc(events, func(r domain.Recorded) bool {
		_, voided := r.Event.(*domain.Voided)
		return voided || r.Fault != nil || slices.Contains(parked, r.Position)
	}), nil
}
