package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Project applies a batch of events, which must follow the checkpoint, and moves the checkpoint past it: both in one transaction, or neither.
// A batch whose commit was answered by nothing but a broken connection can be given again; it counts once.
//
// It fails with ErrConflict where another process has taken the projection over, with ErrCorrupt where an event is missing, and with
// ErrUnknownEvent where a newer version wrote one; Passing tells whether another try can help.
func Project(ctx context.Context, db *sqlx.DB, p Projection, applier Applier, c *Checkpoint, events []domain.Recorded) error {
	return ProjectIn(ctx, db, p, p.Schema(), applier, c, events)
}

// ProjectIn is Project for a replay in another schema.
func ProjectIn(ctx context.Context, db *sqlx.DB, p Projection, schema string, applier Applier, c *Checkpoint, events []domain.Recorded) error {
	if len(events) == 0 {
		return nil
	}
	last := events[len(events)-1]
	err := c.precedes(events)
	live := c.Live
	if err == nil {
		err = inTransaction(ctx, db, func(tx *sqlx.Tx) error {
			if err := c.project(ctx, tx, schema, applier, events); err != nil {
				return err
			}
			if live || schema != p.Schema() {
				return nil
			}
			live, err = p.goLive(ctx, tx)
			return err
		})
	}
	if err != nil && !errors.Is(err, errStands) {
		return fmt.Errorf("projections: %s, positions %d to %d: %w", p.Name, events[0].Position, last.Position, err)
	}
	c.Position, c.EventID, c.Live = last.Position, last.ID, live
	return nil
}

// precedes judges that events go on where the checkpoint stands, without a gap.
func (c *Checkpoint) precedes(events []domain.Recorded) error {
	want := c.Position
	for _, r := range events {
		if want++; r.Position != want {
			return fmt.Errorf("the event at position %d is missing, position %d came in its place: %w", want, r.Position, domain.ErrCorrupt)
		}
	}
	return nil
}

// project moves the checkpoint first, so that of two owners the second waits for the first and then learns that it is late. The commit needs
// not be durable: what a crash loses of it is projected again, since rows and checkpoint are lost together.
func (c *Checkpoint) project(ctx context.Context, tx *sqlx.Tx, schema string, applier Applier, events []domain.Recorded) error {
	if _, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit = off; SET LOCAL search_path = "+pq.QuoteIdentifier(schema)); err != nil {
		return err
	}
	if err := c.advance(ctx, tx, schema, events[len(events)-1]); err != nil {
		return err
	}
	return applier.Apply(ctx, tx, events)
}
