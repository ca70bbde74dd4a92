package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// again takes the events that are parked under a key, in order, up to the first that fails; now is the last event that the tables hold. The
// events of a season that is folded as a whole are taken all or none.
func (b *passage) again(ctx context.Context, key domain.Stream, now domain.Recorded) error {
	events, err := b.parkedUnder(ctx, key)
	if err != nil || len(events) == 0 {
		return err
	}
	taken, failed, err := 0, error(nil), error(nil)
	outer := inSavepoint(ctx, b.tx, func() error {
		if taken, failed, err = b.prefix(ctx, events, now); err == nil && b.p.BySeason && failed != nil {
			return &poison{failed}
		}
		return err
	})
	if _, undone := errors.AsType[*poison](outer); outer != nil && !undone {
		return outer
	}
	if failed != nil {
		const mark = "UPDATE frame.parked SET cause = $3, error = $4 WHERE schema = $1 AND position = $2"
		if _, err := b.tx.ExecContext(ctx, mark, b.schema, int64(events[taken].Position), string(CausePoison), told(failed)); err != nil {
			return err
		}
		if b.p.BySeason {
			taken = 0
		}
	}
	return b.unpark(ctx, key, events[:taken])
}

// prefix takes as many events as can be taken, and returns their number and why the next could not be.
func (b *passage) prefix(ctx context.Context, events []domain.Recorded, now domain.Recorded) (taken int, failed, err error) {
	err = inSavepoint(ctx, b.tx, func() error { return b.takeAgain(ctx, events, now) })
	found, ok := errors.AsType[*poison](err)
	switch {
	case err == nil:
		return len(events), nil, nil
	case !ok:
		return 0, nil, err
	case len(events) == 1:
		return 0, found.err, nil
	}
	half := len(events) / 2
	if taken, failed, err = b.prefix(ctx, events[:half], now); failed != nil || err != nil {
		return taken, failed, err
	}
	more, failed, err := b.prefix(ctx, events[half:], now)
	return taken + more, failed, err
}

// takeAgain takes events out of their turn, with an applier that knows of nothing else. The last that it is given is what the tables hold last,
// so that it sees the same moment as they.
func (b *passage) takeAgain(ctx context.Context, events []domain.Recorded, now domain.Recorded) error {
	for _, r := range events {
		if r.Fault != nil {
			return &poison{r.Fault}
		}
		if r.Event == nil {
			return &poison{unknown(r)}
		}
	}
	applier := b.p.New()
	heed(applier, b.parked, true)
	trial := append(append([]domain.Recorded{}, events...), placeholder(now))
	err := b.p.take(ctx, b.tx, applier, trial)
	_, source := errors.AsType[*sourceError](err)
	_, whole := errors.AsType[*torn](err)
	if (source || whole) && !Passing(err) {
		return &poison{err} // what could not be read then can't be read yet
	}
	return err
}

// parkedUnder reads the events that are parked under a key, in order.
func (b *passage) parkedUnder(ctx context.Context, key domain.Stream) (events []domain.Recorded, err error) {
	query, named := "SELECT position FROM frame.parked WHERE schema = $1 AND stream = $2 ORDER BY position", key.String()
	if key.Aggregate == "" {
		query, named = "SELECT position FROM frame.parked WHERE schema = $1 AND season = $2 ORDER BY position", key.Season
	}
	var positions []domain.Position
	if err := b.tx.SelectContext(ctx, &positions, query, b.schema, named); err != nil {
		return nil, err
	}
	for _, position := range positions {
		r, err := b.p.Log.At(ctx, position)
		if err != nil {
			return nil, fmt.Errorf("parked event at position %d: %w", position, &sourceError{err})
		}
		events = append(events, r)
	}
	return events, nil
}

// unpark removes events that were taken.
func (b *passage) unpark(ctx context.Context, key domain.Stream, taken []domain.Recorded) error {
	positions := make([]int64, len(taken))
	for i, r := range taken {
		positions[i] = int64(r.Position)
	}
	if _, err := b.tx.ExecContext(ctx, "DELETE FROM frame.parked WHERE schema = $1 AND position = ANY ($2)", b.schema, pq.Array(positions)); err != nil {
		return err
	}
	if b.parked.keys[key] -= len(taken); b.parked.keys[key] <= 0 {
		delete(b.parked.keys, key)
	}
	return nil
}

// Retry takes again what a projection has parked, after what it failed on was mended: the events of each stream in order, up to the first that
// fails again. It returns how many were taken and how many are left. The projector waits meanwhile.
func Retry(ctx context.Context, db *sqlx.DB, p Projection) (taken, left int, err error) {
	err = inTransaction(ctx, db, func(tx *Tx) error {
		taken, left, err = p.retry(ctx, tx)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("projections: retry %s: %w", p.Name, err)
	}
	return taken, left, nil
}

func (p Projection) retry(ctx context.Context, tx *Tx) (taken, left int, err error) {
	c, err := hold(ctx, tx, p.Schema())
	if err != nil {
		return 0, 0, err
	}
	b := &passage{p: p, schema: p.Schema(), applier: p.New(), tx: tx, careful: true}
	if b.parked, err = p.loadParking(ctx, tx, b.schema, 0); err != nil || len(b.parked.keys) == 0 {
		return 0, 0, err
	}
	if _, err := tx.ExecContext(ctx, "SET LOCAL search_path = "+pq.QuoteIdentifier(b.schema)); err != nil {
		return 0, 0, err
	}
	now, err := p.lastKnown(ctx, c.Position)
	if err != nil {
		return 0, 0, err
	}
	before := b.parked.total()
	for _, key := range b.parked.all() {
		if err := b.again(ctx, key, now); err != nil {
			return 0, 0, err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE frame.checkpoint SET parkings = parkings + 1 WHERE schema = $1", b.schema)
	return before - b.parked.total(), b.parked.total(), err
}

// lastKnown is the last event up to a position of which it is known when the log took it, with that position.
func (p Projection) lastKnown(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	for at := position; at > 0; at-- {
		r, err := p.Log.At(ctx, at)
		if err != nil {
			return r, &sourceError{err}
		}
		if r.Fault == nil {
			r.Position = position
			return r, nil
		}
	}
	return domain.Recorded{Position: position}, nil
}

// under lists the keys that are a stream, or belong to a season where it names only that.
func (k *parking) under(scope domain.Stream) (keys []domain.Stream) {
	for key := range k.keys {
		if key == scope || scope.Aggregate == "" && key.Season == scope.Season {
			keys = append(keys, key)
		}
	}
	return inOrder(slices.Values(keys))
}

func (k *parking) all() []domain.Stream { return inOrder(maps.Keys(k.keys)) }

func inOrder(keys iter.Seq[domain.Stream]) []domain.Stream {
	return slices.SortedFunc(keys, func(a, b domain.Stream) int { return cmp.Compare(a.String(), b.String()) })
}

func (k *parking) total() (n int) {
	for _, events := range k.keys {
		n += events
	}
	return n
}
