package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Attempt is a row of the delivery log.
type Attempt struct {
	Position *domain.Position `db:"position"` // nil for a test
	EventID  string           `db:"event_id"`
	At       time.Time        `db:"at"`
	TookMS   int              `db:"took_ms"`
	Status   int              `db:"status"`  // 0 where there was no answer
	Outcome  string           `db:"outcome"` // as in the table's comment
	Fault    string           `db:"fault"`
}

// keepAttempts is how long the delivery log goes back.
const keepAttempts = 14 * 24 * time.Hour

// Attempts returns the newest rows of an endpoint's delivery log, the newest first.
func (w *Webhooks) Attempts(ctx context.Context, name string, limit int) (all []Attempt, err error) {
	const query = `
		SELECT position, event_id, at, took_ms, status, outcome, fault FROM private.webhook_attempt
		WHERE webhook = $1 ORDER BY id DESC LIMIT $2`
	if err := w.cfg.DB.SelectContext(ctx, &all, query, name, limit); err != nil {
		return nil, fmt.Errorf("webhooks: %s: attempts: %w", name, err)
	}
	return all, nil
}

// note writes rows of the delivery log.
func (w *Webhooks) note(ctx context.Context, tx *sqlx.Tx, name string, attempts ...Attempt) error {
	const statement = `
		INSERT INTO private.webhook_attempt (webhook, position, event_id, at, took_ms, status, outcome, fault)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	for _, a := range attempts {
		if _, err := affected(tx.ExecContext(ctx, statement, name, a.Position, a.EventID, a.At, a.TookMS, a.Status, a.Outcome, a.Fault)); err != nil {
			return err
		}
	}
	return nil
}

// forget deletes the rows that are too old.
func (w *Webhooks) forget(ctx context.Context) error {
	_, err := affected(w.cfg.DB.ExecContext(ctx, "DELETE FROM private.webhook_attempt WHERE at < $1", w.cfg.Now().Add(-keepAttempts)))
	return err
}
