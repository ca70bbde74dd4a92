package webhooks

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// hasRoom reports whether the log has more and it may be taken up.
func (r *round) hasRoom() bool {
	return !r.over && !r.stuck && !r.to.Paused() && r.to.Position < r.last && r.lines.count < r.cfg.Pace.Waiting
}

// takeUp moves the position over the next events and notes as pending what the endpoint takes of them, in one transaction. At what is no event and was not
// discarded it goes no further: what follows might be of the same stream.
func (r *round) takeUp(ctx context.Context) error {
	if !r.hasRoom() {
		return nil
	}
	events, upTo, err := r.feed.Next(ctx)
	if errors.Is(err, domain.ErrRefused) {
		r.stuck = true
		r.cfg.Logger.Warn("a webhook waits until what can't be read is discarded", "webhook", r.to.Name, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	id, err := r.eventAt(ctx, upTo)
	if err != nil {
		return err
	}
	now := r.cfg.Now()
	taken := make([]*pending, len(events))
	for i, e := range events {
		taken[i] = &pending{Position: e.Position, Stream: e.Stream.String(), EventID: e.ID, DueAt: now}
	}
	err = r.transact(ctx, func(tx *sqlx.Tx) error {
		if err := r.turn.HoldIn(ctx, tx); err != nil {
			return err
		}
		if err := r.move(ctx, tx, upTo, id); err != nil {
			return err
		}
		return r.insert(ctx, tx, taken)
	})
	if err != nil {
		return err
	}
	r.to.Position, r.to.EventID = upTo, id
	for _, p := range taken {
		r.lines.add(p)
	}
	return nil
}

// move moves the position, from where this round knows it to be.
func (r *round) move(ctx context.Context, tx *sqlx.Tx, to domain.Position, id string) error {
	const statement = `
		UPDATE private.webhook SET position = $2, event_id = $3
		WHERE name = $1 AND revision = $4 AND position = $5`
	moved, err := affected(tx.ExecContext(ctx, statement, r.to.Name, to, id, r.to.Revision, r.to.Position))
	if err == nil && !moved {
		err = errChanged
	}
	return err
}

func (r *round) insert(ctx context.Context, tx *sqlx.Tx, taken []*pending) error {
	const statement = `
		INSERT INTO private.webhook_pending (webhook, position, stream, event_id, due_at)
		SELECT $1, position, stream, event_id, $5 FROM unnest($2::bigint[], $3::text[], $4::text[]) AS t (position, stream, event_id)`
	positions, streams, ids := make(pq.Int64Array, len(taken)), make(pq.StringArray, len(taken)), make(pq.StringArray, len(taken))
	for i, p := range taken {
		positions[i], streams[i], ids[i] = int64(p.Position), p.Stream, p.EventID
	}
	if len(taken) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, statement, r.to.Name, positions, streams, ids, taken[0].DueAt); err != nil {
		return fmt.Errorf("webhooks: %s: take up: %w", r.to.Name, err)
	}
	return nil
}
