package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"
)

// settle notes what became of attempts, in one transaction. Where an operator has changed the endpoint meanwhile, the round ends after that.
func (r *round) settle(ctx context.Context, all []landing) error {
	var errs []error
	var answered []landing
	r.flights -= len(all)
	for _, l := range all {
		if l.err != nil {
			errs = append(errs, l.err)
			continue
		}
		answered = append(answered, l)
	}
	if len(answered) == 0 {
		return errors.Join(errs...)
	}
	changed := false
	err := r.transact(ctx, func(tx *sqlx.Tx) (err error) {
		if err := r.turn.HoldIn(ctx, tx); err != nil {
			return err
		}
		if changed, err = r.lock(ctx, tx); err != nil {
			return err
		}
		for _, l := range answered {
			if err := r.write(ctx, tx, l, changed); err != nil {
				return err
			}
		}
		if changed {
			return nil
		}
		return r.save(ctx, tx)
	})
	if changed {
		errs = append(errs, errChanged)
	}
	return errors.Join(append(errs, err)...)
}

// lock keeps operators from changing the endpoint until the transaction ends, and reports whether one has changed it before.
func (r *round) lock(ctx context.Context, tx *sqlx.Tx) (changed bool, err error) {
	var revision int64
	err = tx.GetContext(ctx, &revision, "SELECT revision FROM private.webhook WHERE name = $1 FOR UPDATE", r.to.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return true, errChanged // it is gone, and all that it had
	}
	if err != nil {
		return false, fmt.Errorf("webhooks: %s: %w", r.to.Name, err)
	}
	return revision != r.to.Revision, nil
}

// write notes what became of one attempt. What was delivered was delivered, whatever an operator has changed.
func (r *round) write(ctx context.Context, tx *sqlx.Tx, l landing, changed bool) error {
	const done = "DELETE FROM private.webhook_pending WHERE webhook = $1 AND position = $2"
	const later = `
		UPDATE private.webhook_pending SET attempts = $3, failing_since = $4, due_at = $5, dead = $6
		WHERE webhook = $1 AND position = $2`
	p := l.line.first()
	attempt := r.judge(p, l.answer)
	var err error
	switch {
	case l.answer.delivered():
		_, err = affected(tx.ExecContext(ctx, done, r.to.Name, p.Position))
	case !changed:
		_, err = affected(tx.ExecContext(ctx, later, r.to.Name, p.Position, p.Attempts, p.FailingSince, p.DueAt, p.Dead))
	}
	if err != nil {
		return err
	}
	r.cfg.Observe(attempt.Outcome, l.answer.took)
	r.lines.landed(l.line, l.answer.delivered())
	return r.note(ctx, tx, r.to.Name, attempt)
}

// judge says what follows from the answer for the event and for the endpoint as a whole.
func (r *round) judge(p *pending, a answer) Attempt {
	now, pace := r.cfg.Now(), r.cfg.Pace
	row := Attempt{Position: &p.Position, EventID: p.EventID, At: a.begun, TookMS: int(a.took.Milliseconds()), Status: a.status, Fault: a.fault}
	if a.delivered() {
		row.Outcome = "delivered"
		r.woken = r.woken || r.to.RestUntil != nil
		r.to.Failures, r.to.RestUntil = 0, nil
		return row
	}
	row.Outcome = "failed"
	p.Attempts++
	if p.FailingSince == nil {
		p.FailingSince = &a.begun
	}
	p.DueAt = now.Add(pace.pause(p.Attempts, r.cfg.Jitter))
	r.to.Failures++
	if rest := r.rest(a); rest > 0 {
		until := now.Add(rest)
		r.to.RestUntil = &until
	}
	switch {
	case a.status == http.StatusGone:
		row.Outcome = "gone"
		r.pause("gone")
	case now.Sub(*p.FailingSince) >= pace.GiveUp:
		row.Outcome, p.Dead = "dead", true
		r.pause("exhausted")
	}
	return row
}

// rest is how long the endpoint is left alone as a whole: after many failures in a row, and where it asks for it.
func (r *round) rest(a answer) time.Duration {
	rest := a.rest
	if many := r.to.Failures - r.cfg.Pace.Patience; many >= 0 {
		rest = max(rest, r.cfg.Pace.pause(many+1, r.cfg.Jitter))
	}
	return rest
}

// pause stops the endpoint for a cause, in memory; save writes it.
func (r *round) pause(cause string) {
	r.to.State, r.to.Cause, r.to.Since = "paused", cause, r.cfg.Now()
	r.cfg.Logger.Warn("a webhook is paused", "webhook", r.to.Name, "cause", cause)
}

// save writes how the endpoint stands. Once it answers again after a rest, what waits is tried at once.
func (r *round) save(ctx context.Context, tx *sqlx.Tx) error {
	const statement = `
		UPDATE private.webhook SET state = $3, cause = $4, since = $5, failures = $6, rest_until = $7
		WHERE name = $1 AND revision = $2`
	saved, err := affected(tx.ExecContext(ctx, statement, r.to.Name, r.to.Revision, r.to.State, r.to.Cause, r.to.Since, r.to.Failures, r.to.RestUntil))
	if err == nil && !saved {
		err = errChanged
	}
	if err != nil || !r.woken || r.to.RestUntil != nil {
		return err
	}
	now := r.cfg.Now()
	r.lines.wake(now)
	r.woken = false
	_, err = affected(tx.ExecContext(ctx, "UPDATE private.webhook_pending SET due_at = $2 WHERE webhook = $1 AND due_at > $2", r.to.Name, now))
	return err
}

// collect waits for the attempts that were broken off, and notes those that were answered all the same. What is not noted is sent again.
func (r *round) collect(ctx context.Context) {
	var all []landing
	for len(all) < r.flights {
		all = append(all, <-r.landing)
	}
	const limit = 5 * time.Second
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer stop()
	if err := r.settle(ctx, all); err != nil {
		r.cfg.Logger.Debug("attempts of a webhook were broken off", "webhook", r.to.Name, "error", err)
	}
}
