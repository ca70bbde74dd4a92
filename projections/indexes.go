package projections

import (
	"context"
	"fmt"

	"github.com/lib/pq"

	"thidua/domain"
)

// Index makes the secondary indexes of a projection's tables, all or none, unless they are there. Readers go on meanwhile. It fails with
// ErrConflict where another process has taken the projection over.
func Index(ctx context.Context, db Session, p Projection, c *Checkpoint) error {
	return IndexIn(ctx, db, p, p.Schema(), c)
}

// IndexIn is Index for a replay in another schema.
func IndexIn(ctx context.Context, db Session, p Projection, schema string, c *Checkpoint) error {
	err := inTransaction(ctx, db, func(tx *Tx) error { return p.index(ctx, tx, schema, c) })
	if err != nil {
		return fmt.Errorf("projections: index %s: %w", p.Name, err)
	}
	c.Indexed = true
	return nil
}

func (p Projection) index(ctx context.Context, tx *Tx, schema string, c *Checkpoint) error {
	held, err := hold(ctx, tx, schema)
	if err != nil || held.Indexed {
		return err
	}
	if held.Owner != c.Owner || held.Fence != c.Fence {
		return fmt.Errorf("it belongs to %q with the fence %d, not to %q with %d: %w", held.Owner, held.Fence, c.Owner, c.Fence, domain.ErrConflict)
	}
	if _, err := tx.ExecContext(ctx, "SET LOCAL search_path = "+pq.QuoteIdentifier(schema)+";\n"+p.Indexes); err != nil {
		return err
	}
	if err := setEach(ctx, tx, schema, "RESET (autovacuum_enabled)"); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE frame.checkpoint SET indexed = true WHERE schema = $1", schema)
	return err
}
