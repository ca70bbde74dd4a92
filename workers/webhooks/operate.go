package webhooks

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Remove forgets an endpoint with its secrets, what waits and its delivery log.
func (w *Webhooks) Remove(ctx context.Context, name string) error {
	removed, err := affected(w.cfg.DB.ExecContext(ctx, "DELETE FROM private.webhook WHERE name = $1", name))
	if err == nil && !removed {
		err = none(name)
	}
	return err
}

// Pause lets nothing be read or delivered until Resume. What is being sent at this moment may still arrive.
func (w *Webhooks) Pause(ctx context.Context, name string) error {
	const statement = `
		UPDATE private.webhook SET state = 'paused', cause = 'asked', since = $2, revision = revision + 1
		WHERE name = $1`
	paused, err := affected(w.cfg.DB.ExecContext(ctx, statement, name, w.cfg.Now()))
	if err == nil && !paused {
		err = none(name)
	}
	return err
}

// PauseRestored pauses every endpoint, for they came from a backup: what is put back on another machine must not begin to send by itself.
func (w *Webhooks) PauseRestored(ctx context.Context) error {
	const statement = `UPDATE private.webhook SET state = 'paused', cause = 'restored', since = $1, revision = revision + 1`
	if _, err := w.cfg.DB.ExecContext(ctx, statement, w.cfg.Now()); err != nil {
		return fmt.Errorf("webhooks: pause: %w", err)
	}
	return nil
}

// Resume lets an endpoint go on: what waits is tried at once, and its time begins anew. With skip, the dead ones are given up and noted as skipped; it
// returns how many.
func (w *Webhooks) Resume(ctx context.Context, name string, skip bool) (skipped int, err error) {
	const resume = `
		UPDATE private.webhook SET state = 'active', cause = '', since = $2, failures = 0, rest_until = NULL, revision = revision + 1
		WHERE name = $1`
	const giveUp = `
		WITH dead AS (DELETE FROM private.webhook_pending WHERE webhook = $1 AND dead RETURNING position, event_id), noted AS (
			INSERT INTO private.webhook_attempt (webhook, position, event_id, at, took_ms, status, outcome, fault)
			SELECT $1, position, event_id, $2, 0, 0, 'skipped', 'given-up' FROM dead
		)
		SELECT count(*) FROM dead`
	const anew = `UPDATE private.webhook_pending SET attempts = 0, failing_since = NULL, due_at = $2, dead = false WHERE webhook = $1`
	return skipped, w.transact(ctx, func(tx *sqlx.Tx) error {
		now := w.cfg.Now()
		if found, err := affected(tx.ExecContext(ctx, resume, name, now)); err != nil || !found {
			return orNone(err, name)
		}
		if skip {
			if err := tx.GetContext(ctx, &skipped, giveUp, name, now); err != nil {
				return fmt.Errorf("webhooks: resume %s: %w", name, err)
			}
		}
		_, err := affected(tx.ExecContext(ctx, anew, name, now))
		return err
	})
}

// Rotate makes a new secret and returns it. The one before it signs too for as long as is said; one older than that signs no more.
func (w *Webhooks) Rotate(ctx context.Context, name string, overlap time.Duration) (secret string, err error) {
	const changed = "UPDATE private.webhook SET revision = revision + 1 WHERE name = $1"
	const older = "DELETE FROM private.webhook_secret WHERE webhook = $1 AND expires_at IS NOT NULL"
	const previous = "UPDATE private.webhook_secret SET expires_at = $2 WHERE webhook = $1"
	const next = `
		INSERT INTO private.webhook_secret (webhook, number, secret, made_at)
		SELECT $1, max(number) + 1, $2, $3 FROM private.webhook_secret WHERE webhook = $1`
	if secret, err = newSecret(w.cfg.Rand); err != nil {
		return "", err
	}
	now := w.cfg.Now()
	err = w.transact(ctx, func(tx *sqlx.Tx) error {
		if found, err := affected(tx.ExecContext(ctx, changed, name)); err != nil || !found {
			return orNone(err, name)
		}
		if _, err := affected(tx.ExecContext(ctx, older, name)); err != nil {
			return err
		}
		if _, err := affected(tx.ExecContext(ctx, previous, name, now.Add(overlap))); err != nil {
			return err
		}
		_, err := affected(tx.ExecContext(ctx, next, name, secret, now))
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// orNone is the error, or that there is no such endpoint.
func orNone(err error, name string) error {
	if err != nil {
		return err
	}
	return none(name)
}

// secrets are what an endpoint's messages are signed with now, the newest first. One that has expired is deleted.
func (w *Webhooks) secrets(ctx context.Context, name string) (all []string, err error) {
	now := w.cfg.Now()
	if _, err := affected(w.cfg.DB.ExecContext(ctx, "DELETE FROM private.webhook_secret WHERE webhook = $1 AND expires_at <= $2", name, now)); err != nil {
		return nil, err
	}
	const query = "SELECT secret FROM private.webhook_secret WHERE webhook = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY number DESC"
	if err := w.cfg.DB.SelectContext(ctx, &all, query, name, now); err != nil {
		return nil, fmt.Errorf("webhooks: %s: secrets: %w", name, err)
	}
	return all, nil
}
