package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Hold stops a projection for a moment, so that a replay of it can be brought to the same position: reach is told the position, then look
// reads in the transaction that holds it. A projector waits meanwhile; readers do not.
func Hold(ctx context.Context, db *sqlx.DB, p Projection, reach func(context.Context, domain.Position) error, look func(context.Context, Querier) error) error {
	err := inTransaction(ctx, db, func(tx *sqlx.Tx) error {
		held, err := hold(ctx, tx, p.Schema())
		if err != nil {
			return err
		}
		if err := reach(ctx, held.Position); err != nil {
			return err
		}
		return look(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("projections: hold %s: %w", p.Name, err)
	}
	return nil
}

// hold locks a checkpoint until the transaction ends.
func hold(ctx context.Context, tx *sqlx.Tx, schema string) (*Checkpoint, error) {
	c := &Checkpoint{}
	err := tx.GetContext(ctx, c, "SELECT "+checkpointColumns+" FROM frame.checkpoint WHERE schema = $1 FOR UPDATE", schema)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("checkpoint of %s: %w", schema, domain.ErrNotFound)
	}
	return c, err
}

// Swap puts a replay in the place of a projection's tables, in one transaction. Reach is told the position that the live tables are held at and
// must bring the replay there. A projector goes on in the new tables as if nothing had been; readers wait for less than lockPatience.
func Swap(ctx context.Context, db *sqlx.DB, p Projection, schema string, reach func(context.Context, domain.Position) error) error {
	err := inTransaction(ctx, db, func(tx *sqlx.Tx) error {
		live, err := hold(ctx, tx, p.Schema())
		if err != nil {
			return err
		}
		if err := reach(ctx, live.Position); err != nil {
			return err
		}
		replay, err := hold(ctx, tx, schema)
		if err != nil {
			return err
		}
		if replay.Position != live.Position || replay.EventID != live.EventID {
			return fmt.Errorf("the replay stands at position %d (%s), the projection at %d (%s): %w", replay.Position, replay.EventID, live.Position, live.EventID, domain.ErrConflict)
		}
		return p.replace(ctx, tx, live, replay, schema)
	})
	if err != nil {
		return fmt.Errorf("projections: swap %s: %w", p.Name, err)
	}
	return nil
}

// lockPatience is how long the swap waits for who reads the old tables, and holds up who comes after them.
const lockPatience = "10s"

func (p Projection) replace(ctx context.Context, tx *sqlx.Tx, live, replay *Checkpoint, schema string) error {
	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '"+lockPatience+"'"); err != nil {
		return err
	}
	if live.Live {
		if err := p.pointViews(ctx, tx, schema); err != nil {
			return err
		}
	}
	if err := moveParked(ctx, tx, schema, p.Schema()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM frame.checkpoint WHERE schema = $1", schema); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE frame.checkpoint SET indexed = $2 WHERE schema = $1", p.Schema(), replay.Indexed); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("DROP SCHEMA %[1]s CASCADE; ALTER SCHEMA %[2]s RENAME TO %[1]s",
		pq.QuoteIdentifier(p.Schema()), pq.QuoteIdentifier(schema)))
	return err
}

// moveParked puts what a replay has parked in the place of what was parked before.
func moveParked(ctx context.Context, tx *sqlx.Tx, from, to string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM frame.parked WHERE schema = $1", to); err != nil {
		return fmt.Errorf("table parked: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE frame.parked SET schema = $2 WHERE schema = $1", from, to); err != nil {
		return fmt.Errorf("table parked: %w", err)
	}
	_, err := tx.ExecContext(ctx, "UPDATE frame.checkpoint SET parkings = parkings + 1 WHERE schema = $1", to)
	return err
}

// shownRow is how many characters of a differing row are shown.
const shownRow = 600

// Differ compares each table of a projection with the table of a replay, and says in which row they differ first, "" where in none. What is
// parked is compared too.
func Differ(ctx context.Context, q Querier, p Projection, schema string) (string, error) {
	if difference, err := differParked(ctx, q, p, schema); difference != "" || err != nil {
		return difference, err
	}
	for _, t := range p.Tables {
		for _, side := range []struct{ has, lacks, says string }{
			{p.Schema(), schema, "table %s has a row that does not follow from the log: %s"},
			{schema, p.Schema(), "table %s lacks a row that follows from the log: %s"},
		} {
			query := fmt.Sprintf("SELECT left(row_to_json(r)::text, %d) FROM (SELECT * FROM %s.%[4]s EXCEPT ALL SELECT * FROM %[3]s.%[4]s) AS r LIMIT 1",
				shownRow, pq.QuoteIdentifier(side.has), pq.QuoteIdentifier(side.lacks), t.Name)
			var row string
			err := q.GetContext(ctx, &row, query)
			if err == nil {
				return fmt.Sprintf(side.says, t.Name, row), nil
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return "", fmt.Errorf("projections: compare %s with %s: %w", p.Name, schema, err)
			}
		}
	}
	return "", nil
}

// differParked names the first event that only one of two replays of a projection has parked.
func differParked(ctx context.Context, q Querier, p Projection, schema string) (string, error) {
	for _, side := range []struct{ has, lacks, says string }{
		{p.Schema(), schema, "the event at position %d is parked, and a fresh replay takes it; take it again: thidua parked retry"},
		{schema, p.Schema(), "the event at position %d is not parked, and a fresh replay can't take it"},
	} {
		const query = `
			SELECT position FROM frame.parked WHERE schema = $1
			EXCEPT SELECT position FROM frame.parked WHERE schema = $2
			ORDER BY position LIMIT 1`
		var position domain.Position
		err := q.GetContext(ctx, &position, query, side.has, side.lacks)
		if err == nil {
			return fmt.Sprintf(side.says, position), nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("projections: compare %s with %s: %w", p.Name, schema, err)
		}
	}
	return "", nil
}
