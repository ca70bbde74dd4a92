package tasks

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// sweeping keeps on the queue what is due, until ctx ends.
func (q *Queue) sweeping(ctx context.Context) {
	q.regularly(ctx, q.cfg.Pace.Sweep, "tasks that are due were not put on the queue", q.Sweep)
}

// tidyEvery is how often what nobody needs any more is removed.
const tidyEvery = time.Hour

func (q *Queue) tidying(ctx context.Context) {
	q.regularly(ctx, tidyEvery, "old tasks and files were not removed", q.tidy)
}

// regularly does something at once and then now and then, until ctx ends.
func (q *Queue) regularly(ctx context.Context, every time.Duration, failed string, do func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			q.cfg.Logger.Warn(failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepLimit bounds how many tasks one sweep looks at; the next goes on.
const sweepLimit = 1000

// Sweep puts on the queue what is due and not there, whatever the reason: its asker was lost before he could, it has waited for its next try, the queue or the
// table was put back. A task that is said to run while its owner is silent and that has no message is queued anew. Workers sweep by themselves.
func (q *Queue) Sweep(ctx context.Context) error {
	var due []struct {
		ID    string `db:"id"`
		Kind  string `db:"kind"`
		State State  `db:"state"`
	}
	const query = `
		SELECT id, kind, state FROM private.task
		WHERE state = 'queued' AND due_at <= now() OR state = 'running' AND beat_at < now() - $1 * interval '1 microsecond'
		ORDER BY due_at LIMIT $2`
	err := q.cfg.DB.SelectContext(ctx, &due, query, (3 * q.cfg.Pace.Ack).Microseconds(), sweepLimit)
	if err != nil {
		return fmt.Errorf("tasks: sweep: %w", err)
	}
	if len(due) == 0 {
		return nil
	}
	there, err := q.onQueue(ctx)
	if err != nil {
		return err
	}
	for _, t := range due {
		if there[subjectOf(t.Kind, t.ID)] > 0 {
			continue
		}
		if t.State == Running {
			err = q.queueAnew(ctx, t.ID)
		}
		if err == nil {
			err = q.put(ctx, t.Kind, t.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// queueAnew queues a task whose owner is lost together with its message.
func (q *Queue) queueAnew(ctx context.Context, id string) error {
	const statement = `
		UPDATE private.task SET state = 'queued', fence = fence + 1, losses = losses + 1, due_at = now()
		WHERE id = $1 AND state = 'running' AND beat_at < now() - $2 * interval '1 microsecond'`
	if _, err := q.cfg.DB.ExecContext(ctx, statement, id, (3 * q.cfg.Pace.Ack).Microseconds()); err != nil {
		return fmt.Errorf("tasks: sweep: task %s: %w", id, err)
	}
	return nil
}

// How long ended tasks are listed: those that went well as long as their results, the others longer.
const (
	listedWell = keepResults
	listedElse = 90 * 24 * time.Hour
	// strayAge is how old a stored file must be that no task names, to be removed: older than any that is still being stored.
	strayAge = time.Hour
)

// tidy forgets tasks that ended long ago, and removes files that a worker has left which was lost at the wrong moment.
func (q *Queue) tidy(ctx context.Context) error {
	if err := q.forgetEnded(ctx); err != nil {
		return err
	}
	return q.removeStrays(ctx, strayAge)
}

func (q *Queue) forgetEnded(ctx context.Context) error {
	const old = `
		DELETE FROM private.task WHERE state IN ('done', 'cancelled') AND ended_at < now() - $1 * interval '1 microsecond'
		OR state IN ('failed', 'dead') AND ended_at < now() - $2 * interval '1 microsecond'`
	if _, err := q.cfg.DB.ExecContext(ctx, old, listedWell.Microseconds(), listedElse.Microseconds()); err != nil {
		return fmt.Errorf("tasks: tidy: %w", err)
	}
	return nil
}

// removeStrays removes stored results that no task names and pieces that nothing leads to, where they are older than an age.
func (q *Queue) removeStrays(ctx context.Context, age time.Duration) error {
	info, err := q.files.stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return fmt.Errorf("tasks: tidy: %w", err)
	}
	var names []string
	const named = `SELECT result_sha256 || '-' || id FROM private.task WHERE result_name <> ''`
	if err := q.cfg.DB.SelectContext(ctx, &names, named); err != nil {
		return fmt.Errorf("tasks: tidy: %w", err)
	}
	wanted, stray := map[string]bool{}, info.State.Subjects
	for _, name := range names {
		wanted[name] = true
	}
	for subject := range info.State.Subjects {
		encoded, isMeta := strings.CutPrefix(subject, metaPrefix)
		name, err := base64.URLEncoding.DecodeString(encoded)
		if !isMeta || err != nil || !wanted[string(name)] && !strings.HasSuffix(string(name), "-"+inputID) {
			continue
		}
		file, err := q.files.info(ctx, string(name))
		if err == nil {
			delete(stray, piecePrefix+file.NUID)
		}
		delete(stray, subject)
	}
	for subject := range stray {
		m, err := q.files.stream.GetLastMsgForSubject(ctx, subject)
		if err == nil && info.TimeStamp.Sub(m.Time) > age {
			err = q.files.overwrite(ctx, subject)
		}
		if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) { // else another was faster, or it has expired

			return fmt.Errorf("tasks: tidy: %w", err)
		}
	}
	return nil
}
