package projections

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// AuditRow is one event of the audit trail as a second full record of the log needs it: nothing of it is trusted.
type AuditRow struct {
	Position domain.Position `db:"position"`
	ID       string          `db:"id"`
	Subject  string          `db:"subject"`
	Payload  []byte          `db:"payload"`
	SHA256   []byte          `db:"sha256"`
}

// AuditRows returns the rows of a run of positions, in order.
func AuditRows(ctx context.Context, db Querier, from, to domain.Position) ([]AuditRow, error) {
	const query = "SELECT position, id, subject, payload, sha256 FROM read.audit_v1 WHERE position BETWEEN $1 AND $2 ORDER BY position"
	var all []AuditRow
	if err := db.SelectContext(ctx, &all, query, int64(from), int64(to)); err != nil {
		return nil, fmt.Errorf("projections: audit trail, positions %d to %d: %w", from, to, err)
	}
	return all, nil
}

// AuditDigest is the digest that the audit trail wrote down beside an event, in hex. Sound says that the bytes still have it.
type AuditDigest struct {
	Position domain.Position `db:"position"`
	SHA256   string          `db:"sha256"`
	Sound    bool            `db:"sound"`
}

// AuditDigests returns the digests of a run of positions, in order.
func AuditDigests(ctx context.Context, db Querier, from, to domain.Position) ([]AuditDigest, error) {
	const query = `
		SELECT position, encode(sha256, 'hex') AS sha256, sha256 = sha256(payload) AS sound
		FROM read.audit_v1
		WHERE position BETWEEN $1 AND $2
		ORDER BY position`
	var all []AuditDigest
	if err := db.SelectContext(ctx, &all, query, int64(from), int64(to)); err != nil {
		return nil, fmt.Errorf("projections: audit trail, positions %d to %d: %w", from, to, err)
	}
	return all, nil
}

// WorkersAlive counts the worker processes that are alive or were a moment ago.
func WorkersAlive(ctx context.Context, db Querier) (n int, err error) {
	if err := db.GetContext(ctx, &n, "SELECT count(*) FROM frame.worker WHERE expires_at > now()"); err != nil {
		return 0, fmt.Errorf("projections: workers: %w", err)
	}
	return n, nil
}

// Rebase moves read models over to a log that was put in the place of another, in one transaction: those that whole finds to be what a replay of
// the new log would give keep their tables, and their checkpoints get its epoch. The others are removed, to be made anew; they are
// returned. Nobody may project meanwhile.
func Rebase(ctx context.Context, db *sqlx.DB, epoch string, whole func(Checkpoint) (bool, error)) (removed []string, err error) {
	err = inTransaction(ctx, db, func(tx *Tx) error {
		var all []struct {
			Checkpoint
			Schema string `db:"schema"`
		}
		if err := tx.SelectContext(ctx, &all, "SELECT schema, "+checkpointColumns+" FROM frame.checkpoint ORDER BY schema FOR UPDATE"); err != nil {
			return err
		}
		for _, c := range all {
			keep, err := whole(c.Checkpoint)
			if err != nil {
				return err
			}
			if !keep {
				removed = append(removed, c.Name)
				if err := remove(ctx, tx, c.Schema); err != nil {
					return err
				}
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE frame.checkpoint SET epoch = $2, owner = '' WHERE schema = $1", c.Schema, epoch); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("projections: rebase: %w", err)
	}
	return removed, nil
}

// remove takes away a projection's tables, views, checkpoint and what it has parked.
func remove(ctx context.Context, tx *Tx, schema string) error {
	for _, statement := range []string{"DELETE FROM frame.parked WHERE schema = $1", "DELETE FROM frame.checkpoint WHERE schema = $1"} {
		if _, err := tx.ExecContext(ctx, statement, schema); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+pq.QuoteIdentifier(schema)+" CASCADE")
	return err
}
