package projections

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"thidua/domain"
)

// passage is one batch on its way into a projection's tables, in one transaction. What is parked hangs on the events alone, and not on where
// batches are cut: each event is taken as if it came alone.
type passage struct {
	p       Projection
	schema  string
	applier Applier
	tx      *Tx
	// careful says that an earlier try failed on an event: parts are tried in savepoints, to find it.
	careful bool
	parked  *parking
	rows    [][]any // that are to be added to frame.parked
	count   uint64  // of those that were noted
}

// carry takes events in order. Those that change what is parked are taken alone.
func (b *passage) carry(ctx context.Context, events []domain.Recorded) error {
	if b.p.TakesAll {
		return b.p.take(ctx, b.tx, b.applier, events)
	}
	for begin := 0; begin < len(events); {
		end := begin
		for end < len(events) && !b.turns(events[end]) {
			end++
		}
		if end > begin {
			if err := b.take(ctx, events[begin:end]); err != nil {
				return err
			}
		} else {
			if err := b.turn(ctx, events[end]); err != nil {
				return err
			}
			end++
		}
		begin = end
	}
	return b.writeParked(ctx)
}

// turns reports whether an event changes what is parked: it discards another, or is none and lies in a stream where nothing is parked yet.
func (b *passage) turns(r domain.Recorded) bool {
	if r.Fault != nil {
		return b.parked.keys[b.p.key(r.Stream)] == 0
	}
	_, discards := r.Event.(*domain.EventDiscarded)
	return discards
}

func (b *passage) turn(ctx context.Context, r domain.Recorded) error {
	if r.Fault != nil {
		return b.park(ctx, r, r.Fault)
	}
	if err := b.discard(ctx, r); err != nil {
		return err
	}
	return b.take(ctx, []domain.Recorded{r})
}

// take takes events that do not change what is parked, but for those that turn out to be poison.
func (b *passage) take(ctx context.Context, events []domain.Recorded) error {
	trial, behind := b.sift(events)
	err := b.try(ctx, func() error { return b.p.take(ctx, b.tx, b.applier, trial) })
	found, ok := errors.AsType[*poison](err)
	switch {
	case err == nil:
		for _, r := range behind {
			b.note(r, CauseBehind, "")
		}
		return nil
	case !ok || !b.careful:
		return err
	case len(events) == 1 && len(behind) == 0:
		return b.park(ctx, events[0], found.err)
	case len(events) == 1:
		return fmt.Errorf("nothing happens at position %d, and yet: %w", events[0].Position, found.err) // it must not be laid to an innocent event
	}
	half := len(events) / 2
	if err := b.take(ctx, events[:half]); err != nil {
		return err
	}
	return b.take(ctx, events[half:])
}

// sift puts placeholders where an event lies behind a parked one.
func (b *passage) sift(events []domain.Recorded) (trial, behind []domain.Recorded) {
	if len(b.parked.keys) == 0 {
		return events, nil
	}
	trial = make([]domain.Recorded, len(events))
	for i, r := range events {
		trial[i] = r
		if b.parked.keys[b.p.key(r.Stream)] > 0 {
			trial[i] = placeholder(r)
			behind = append(behind, r)
		}
	}
	return trial, behind
}

// park parks an event that can't be taken, and lets the position pass.
func (b *passage) park(ctx context.Context, r domain.Recorded, why error) error {
	b.note(r, CausePoison, told(why))
	b.heed(true)
	return b.p.take(ctx, b.tx, b.applier, []domain.Recorded{placeholder(r)})
}

func (b *passage) note(r domain.Recorded, cause Cause, why string) {
	if r.Fault != nil {
		cause, why = CausePoison, told(r.Fault)
	}
	b.rows = append(b.rows, parkedRow(b.schema, r, cause, why))
	b.parked.keys[b.p.key(r.Stream)]++
	b.count++
}

// try does something that may fail on an event, in a savepoint where the transaction is to outlive that.
func (b *passage) try(ctx context.Context, do func() error) error {
	if !b.careful {
		return do()
	}
	return inSavepoint(ctx, b.tx, do)
}

// inSavepoint undoes what was done where it fails on an event. After any other failure the transaction is at its end.
func inSavepoint(ctx context.Context, tx *Tx, do func() error) error {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT part"); err != nil {
		return err
	}
	end := "RELEASE SAVEPOINT part"
	err := do()
	if err != nil {
		if _, ok := errors.AsType[*poison](err); !ok {
			return err
		}
		end = "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part"
	}
	if _, ended := tx.ExecContext(ctx, end); ended != nil {
		return ended
	}
	return err
}

// heed tells the applier what is parked now.
func (b *passage) heed(changed bool) { heed(b.applier, b.parked, changed) }

func heed(applier Applier, parked *parking, changed bool) {
	if h, ok := applier.(heedful); ok {
		h.heed(func(season string) bool { return parked.keys[domain.Stream{Season: season}] > 0 }, changed)
	}
}

func (k *parking) clone() *parking {
	if k == nil {
		return nil
	}
	return &parking{k.parkings, maps.Clone(k.keys)}
}

// writeParked adds what was parked.
func (b *passage) writeParked(ctx context.Context) error {
	noted := &rows{table: "frame.parked", columns: parkedColumns}
	for _, row := range b.rows {
		noted.add(row...)
	}
	b.rows = nil
	return copyAll(ctx, b.tx, noted)
}
