package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"thidua/domain"
)

// Project applies a batch of events, which must follow the checkpoint, and moves the checkpoint past it: both in one transaction, or neither.
// A batch whose commit was answered by nothing but a broken connection can be given again; it counts once. An event that can't be taken is
// parked, and with it those that come after it in its stream; the checkpoint moves past them all the same.
//
// It fails with ErrConflict where another process has taken the projection over, with ErrCorrupt where an event is missing, and with
// ErrUnknownEvent where a newer version wrote one, after projecting those before it; Passing tells whether another try can help.
func Project(ctx context.Context, db Session, p Projection, applier Applier, c *Checkpoint, events []domain.Recorded) error {
	return ProjectIn(ctx, db, p, p.Schema(), applier, c, events)
}

// ProjectIn is Project for a replay in another schema.
func ProjectIn(ctx context.Context, db Session, p Projection, schema string, applier Applier, c *Checkpoint, events []domain.Recorded) error {
	if known := p.known(events); known < len(events) {
		if err := ProjectIn(ctx, db, p, schema, applier, c, events[:known]); err != nil {
			return err
		}
		return fmt.Errorf("projections: %s: %w", p.Name, unknown(events[known]))
	}
	if len(events) == 0 {
		return nil
	}
	last := events[len(events)-1]
	err := c.precedes(events)
	if err == nil {
		err = c.carry(ctx, db, &passage{p: p, schema: schema, applier: applier}, events)
	}
	if err != nil && !errors.Is(err, errStands) {
		return fmt.Errorf("projections: %s, positions %d to %d: %w", p.Name, events[0].Position, last.Position, err)
	}
	c.Position, c.EventID = last.Position, last.ID
	return nil
}

// known is the number of events before the first of a type that this version does not know. Without its data nobody can say what it changes.
func (p Projection) known(events []domain.Recorded) int {
	for i, r := range events {
		if r.Event == nil && r.Fault == nil && !p.TakesAll {
			return i
		}
	}
	return len(events)
}

// precedes judges that events go on where the checkpoint stands, without a gap.
func (c *Checkpoint) precedes(events []domain.Recorded) error {
	want := c.Position
	for _, r := range events {
		if want++; r.Position != want {
			return &candid{fmt.Errorf("the event at position %d is missing, position %d came in its place: %w", want, r.Position, domain.ErrCorrupt)}
		}
	}
	return nil
}

// carry brings a batch into the tables in one transaction. Where an event of it can't be taken, the transaction is tried again with a savepoint
// around each part, until what can't be taken stands alone.
func (c *Checkpoint) carry(ctx context.Context, db Session, b *passage, events []domain.Recorded) error {
	parked := c.parked
	try := func(tx *Tx) (err error) {
		b.tx, b.rows, b.count = tx, nil, 0
		parked, err = c.project(ctx, b, events)
		return err
	}
	err := inTransaction(ctx, db, try)
	if _, ok := errors.AsType[*poison](err); ok {
		b.careful = true
		err = inTransaction(ctx, db, try)
	}
	if err != nil {
		c.parked = nil // it is not known what stands there now
		return err
	}
	c.parked = parked
	c.Parked += b.count
	return nil
}

// project moves the checkpoint first, so that of two owners the second waits for the first and then learns that it is late. The commit needs
// not be durable: what a crash loses of it is projected again, since rows and checkpoint are lost together.
func (c *Checkpoint) project(ctx context.Context, b *passage, events []domain.Recorded) (*parking, error) {
	if _, err := b.tx.ExecContext(ctx, "SET LOCAL synchronous_commit = off; SET LOCAL search_path = "+pq.QuoteIdentifier(b.schema)); err != nil {
		return nil, err
	}
	parkings, err := c.advance(ctx, b.tx, b.schema, events[len(events)-1])
	if err != nil {
		return nil, err
	}
	b.parked = c.parked.clone()
	changed := b.parked == nil || b.parked.parkings != parkings
	if changed {
		if b.parked, err = b.p.loadParking(ctx, b.tx, b.schema, parkings); err != nil {
			return nil, err
		}
	}
	b.heed(changed)
	return b.parked, b.carry(ctx, events)
}
