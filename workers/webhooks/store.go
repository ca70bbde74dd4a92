package webhooks

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// transact does something in a transaction, wholly or not at all.
func (w *Webhooks) transact(ctx context.Context, do func(*sqlx.Tx) error) error {
	tx, err := w.cfg.DB.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("webhooks: commit: %w", err)
	}
	return nil
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("webhooks: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
