package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// redeliverLimit bounds what waits at an endpoint together with what is asked for one by one.
const redeliverLimit = 10_000

// Redeliver takes one event up again. It is sent under its old id, before whatever of its stream waits. It reports false where the event waits already.
// What the endpoint does not take, or has not come to, is a Refusal.
func (w *Webhooks) Redeliver(ctx context.Context, name string, position domain.Position) (taken bool, err error) {
	e, err := w.Find(ctx, name)
	if err != nil {
		return false, err
	}
	if e.Waiting >= redeliverLimit {
		return false, refuse(fmt.Sprintf("đã có %d sự kiện đang chờ webhook này; hãy đợi, hoặc dùng --since", e.Waiting),
			fmt.Sprintf("%d events wait for this webhook already; let it come to them, or use --since", e.Waiting))
	}
	if position == 0 || position > e.Position {
		return false, refuse(fmt.Sprintf("webhook này mới nhận đến vị trí %d; sự kiện sau đó sẽ được gửi lần đầu", e.Position),
			fmt.Sprintf("this webhook has come to position %d; what follows will be sent for the first time", e.Position))
	}
	event, err := w.cfg.Log.At(ctx, position)
	if err != nil {
		return false, err
	}
	wanted, err := e.wanted()
	if err != nil {
		return false, err
	}
	if event.Fault != nil || !wanted.Wants(event) {
		return false, refuse(fmt.Sprintf("webhook này không nhận sự kiện ở vị trí %d", position), fmt.Sprintf("this webhook does not take the event at position %d", position))
	}
	const changed = "UPDATE private.webhook SET revision = revision + 1 WHERE name = $1"
	const pending = `
		INSERT INTO private.webhook_pending (webhook, position, stream, event_id, due_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`
	return taken, w.transact(ctx, func(tx *sqlx.Tx) error {
		if found, err := affected(tx.ExecContext(ctx, changed, name)); err != nil || !found {
			return orNone(err, name)
		}
		taken, err = affected(tx.ExecContext(ctx, pending, name, position, event.Stream.String(), event.ID, w.cfg.Now()))
		return err
	})
}

// RedeliverSince puts the endpoint back, so that all that it takes from behind a position is sent again, in order, under the old ids. One that stood still for
// another log goes on there when it is resumed. A position that it has not come to is a Refusal; ErrNotFound says that the log has no such position.
func (w *Webhooks) RedeliverSince(ctx context.Context, name string, since domain.Position) error {
	id, err := w.eventAt(ctx, since)
	if err != nil {
		return err
	}
	const back = `
		UPDATE private.webhook SET position = $2, event_id = $3, revision = revision + 1
		WHERE name = $1 AND (position >= $2 OR cause = 'log')`
	return w.transact(ctx, func(tx *sqlx.Tx) error {
		var position domain.Position
		err := tx.GetContext(ctx, &position, "SELECT position FROM private.webhook WHERE name = $1 FOR UPDATE", name)
		if errors.Is(err, sql.ErrNoRows) {
			return none(name)
		}
		if err != nil {
			return fmt.Errorf("webhooks: redeliver: %w", err)
		}
		found, err := affected(tx.ExecContext(ctx, back, name, since, id))
		if err != nil {
			return err
		}
		if !found {
			return refuse(fmt.Sprintf("webhook này mới nhận đến vị trí %d; sự kiện sau đó sẽ được gửi lần đầu", position),
				fmt.Sprintf("this webhook has come to position %d; what follows will be sent for the first time", position))
		}
		_, err = affected(tx.ExecContext(ctx, "DELETE FROM private.webhook_pending WHERE webhook = $1 AND position > $2", name, since))
		return err
	})
}
