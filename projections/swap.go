package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Swap puts a generation in the place of a projection's tables, in one transaction, and these in the place of Former. Reach is told the position
// that the live tables are held at and must bring the generation there. A projector goes on in the new tables as if nothing had been. Where a
// reader does not let go of a view soon, it fails with what is Passing, and nothing has happened.
func Swap(ctx context.Context, db *sqlx.DB, p Projection, g Generation, reach func(context.Context, domain.Position) error) error {
	err := inTransaction(ctx, db, func(tx *Tx) error {
		live, err := hold(ctx, tx, p.Schema())
		if err != nil {
			return err
		}
		if err := reach(ctx, live.Position); err != nil {
			return err
		}
		next, err := hold(ctx, tx, p.Beside(g))
		if err != nil {
			return err
		}
		if next.Position != live.Position || next.EventID != live.EventID {
			return fmt.Errorf("the replay stands at position %d (%s), the projection at %d (%s): %w", next.Position, next.EventID, live.Position, live.EventID, domain.ErrConflict)
		}
		if err := p.exchange(ctx, tx, g); err != nil || !live.Live {
			return err
		}
		return p.pointViews(ctx, tx, p.Schema())
	})
	if err != nil {
		return fmt.Errorf("projections: swap %s: %w", p.Name, err)
	}
	return nil
}

// exchange gives the live tables' name to those of a generation, and Former's name to the live tables. The checkpoint's row stays the projector's.
func (p Projection) exchange(ctx context.Context, tx *Tx, g Generation) error {
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '"+lockPatience+"'"); err != nil {
		return err
	}
	live, next, former := p.Schema(), p.Beside(g), p.Beside(Former)
	if next != former {
		if err := drop(ctx, tx, former); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE frame.checkpoint SET schema = $2 WHERE schema = $1", next, former); err != nil {
			return err
		}
	}
	const tables = `
		UPDATE frame.checkpoint AS one SET indexed = other.indexed, definition_sha256 = other.definition_sha256, parkings = one.parkings + 1
		FROM frame.checkpoint AS other
		WHERE (one.schema, other.schema) IN (($1, $2), ($2, $1))`
	if _, err := tx.ExecContext(ctx, tables, live, former); err != nil {
		return err
	}
	if err := exchangeParked(ctx, tx, live, former); err != nil {
		return err
	}
	rename := "ALTER SCHEMA %s RENAME TO %s;"
	aside, a, b, c := pq.QuoteIdentifier(p.Schema()+"_aside"), pq.QuoteIdentifier(live), pq.QuoteIdentifier(next), pq.QuoteIdentifier(former)
	_, err := tx.ExecContext(ctx, fmt.Sprintf(rename+rename+rename, a, aside, b, a, aside, c))
	return err
}

// exchangeParked exchanges what is parked in two schemas. On the way it stands at negative positions, where no two can meet.
func exchangeParked(ctx context.Context, tx *Tx, one, other string) error {
	for _, move := range []struct{ statement, from, to string }{
		{"UPDATE frame.parked SET schema = $2, position = -position WHERE schema = $1", one, other},
		{"UPDATE frame.parked SET schema = $2 WHERE schema = $1 AND position > 0", other, one},
		{"UPDATE frame.parked SET schema = $2, position = -position WHERE schema = $1 AND position < 0", other, other},
	} {
		if _, err := tx.ExecContext(ctx, move.statement, move.from, move.to); err != nil {
			return fmt.Errorf("table parked: %w", err)
		}
	}
	return nil
}

// GoLive lets the views show this version once its tables have their indexes and have caught up with the older version that the views show. It
// does nothing where they show this one already, or a newer one. What was retired is kept, for Return; what was retired before that is dropped.
func GoLive(ctx context.Context, db Session, p Projection, c *Checkpoint) error {
	if c.Live || !c.Indexed {
		return nil
	}
	var live bool
	err := inTransaction(ctx, db, func(tx *Tx) (err error) {
		live, err = p.goLive(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("projections: show version %d of %s: %w", p.Version, p.Name, err)
	}
	c.Live = live
	return nil
}

func (p Projection) goLive(ctx context.Context, tx *Tx) (bool, error) {
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '"+lockPatience+"'"); err != nil {
		return false, err
	}
	if _, err := hold(ctx, tx, p.Schema()); err != nil {
		return false, err
	}
	const retire = `
		UPDATE frame.checkpoint SET live = false
		WHERE name = $1 AND live AND version < $2
		AND position <= (SELECT position FROM frame.checkpoint WHERE schema = $3)
		RETURNING schema`
	var retired []string
	if err := tx.SelectContext(ctx, &retired, retire, p.Name, p.Version, p.Schema()); err != nil {
		return false, err
	}
	if len(retired) > 0 {
		if err := p.dropOlder(ctx, tx, retired[0]); err != nil {
			return false, err
		}
	}
	return p.enter(ctx, tx)
}

// enter lets the views show this version where they show none.
func (p Projection) enter(ctx context.Context, tx *Tx) (bool, error) {
	const enter = `
		UPDATE frame.checkpoint SET live = true
		WHERE schema = $2 AND NOT EXISTS (SELECT FROM frame.checkpoint WHERE name = $1 AND live)`
	result, err := tx.ExecContext(ctx, enter, p.Name, p.Schema())
	if err != nil {
		return false, err
	}
	if entered, err := result.RowsAffected(); err != nil || entered == 0 {
		return false, err
	}
	return true, p.pointViews(ctx, tx, p.Schema())
}

// dropOlder drops what stands of older versions, but for one schema.
func (p Projection) dropOlder(ctx context.Context, tx *Tx, kept string) error {
	const older = "SELECT schema FROM frame.checkpoint WHERE name = $1 AND version < $2 AND schema <> $3 AND NOT live ORDER BY schema"
	var schemas []string
	if err := tx.SelectContext(ctx, &schemas, older, p.Name, p.Version, kept); err != nil {
		return err
	}
	for _, schema := range schemas {
		if err := drop(ctx, tx, schema); err != nil {
			return err
		}
	}
	return nil
}

// Return lets the views show this version again in the place of another one, once it has caught up with that. It is for the program of
// this version: the other one's would let the views show its own at its next start. It fails with ErrNotFound where the views show no other
// version, and with ErrConflict where this one is behind.
func Return(ctx context.Context, db *sqlx.DB, p Projection) error {
	err := inTransaction(ctx, db, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '"+lockPatience+"'"); err != nil {
			return err
		}
		const retire = `
			UPDATE frame.checkpoint SET live = false
			WHERE name = $1 AND live AND version <> $2
			RETURNING position`
		var positions []domain.Position
		own, err := hold(ctx, tx, p.Schema())
		if err == nil {
			err = tx.SelectContext(ctx, &positions, retire, p.Name, p.Version)
		}
		switch {
		case err != nil:
			return err
		case len(positions) == 0:
			return fmt.Errorf("the views show no other version: %w", domain.ErrNotFound)
		case own.Position < positions[0]:
			return fmt.Errorf("this version stands at position %d, the other one at %d: %w", own.Position, positions[0], domain.ErrConflict)
		}
		_, err = p.enter(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("projections: show version %d of %s again: %w", p.Version, p.Name, err)
	}
	return nil
}

// DropFormer drops what was kept for an undo: the generation Former, and the tables of other versions that the views do not show. It returns
// the names of the schemas.
func DropFormer(ctx context.Context, db *sqlx.DB, p Projection) (dropped []string, err error) {
	const kept = `
		SELECT schema FROM frame.checkpoint
		WHERE name = $1 AND NOT live AND (schema = $2 OR version < $3 AND EXISTS (SELECT FROM frame.checkpoint AS own WHERE own.schema = $4 AND own.live))
		ORDER BY schema`
	err = inTransaction(ctx, db, func(tx *Tx) error {
		if err := tx.SelectContext(ctx, &dropped, kept, p.Name, p.Beside(Former), p.Version, p.Schema()); err != nil {
			return err
		}
		var failed error
		for _, schema := range dropped {
			failed = errors.Join(failed, drop(ctx, tx, schema))
		}
		return failed
	})
	if err != nil {
		return nil, fmt.Errorf("projections: drop what is old of %s: %w", p.Name, err)
	}
	return dropped, nil
}

// quoted is the name of a table in a schema.
func quoted(schema, table string) string {
	return pq.QuoteIdentifier(schema) + "." + pq.QuoteIdentifier(table)
}
