package tasks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"thidua/domain"
)

// claimed is a task that this worker owns now.
type claimed struct {
	ID       string `db:"id"`
	Args     []byte `db:"args"`
	Fence    int64  `db:"fence"`
	Attempts int    `db:"attempts"`
	Losses   int    `db:"losses"`
	Done     int64  `db:"done"`
	Total    int64  `db:"total"`
}

// claim takes a task whose message was given to this worker: one that is due, or whose owner has been silent. The error is sql.ErrNoRows where it is
// neither.
func (q *Queue) claim(ctx context.Context, id, owner string) (c claimed, err error) {
	const statement = `
		UPDATE private.task SET
			state = 'running', owner = $2, fence = fence + 1, again = false, started_at = now(), beat_at = now(),
			losses = losses + CASE WHEN state = 'running' THEN 1 ELSE 0 END
		WHERE id = $1 AND (state = 'queued' AND due_at <= now() OR state = 'running' AND beat_at < now() - $3 * interval '1 microsecond')
		RETURNING id, args, fence, attempts, losses, done, total`
	return c, q.cfg.DB.GetContext(ctx, &c, statement, id, owner, q.silence().Microseconds())
}

// silence is how long an owner has not said that he lives where another may take his task.
func (q *Queue) silence() time.Duration { return q.cfg.Pace.Ack / 2 }

// beat says that the owner of a task lives, and how far he has come. The error is errLost where he is not its owner any more.
func (q *Queue) beat(ctx context.Context, r *Run) error {
	const statement = `
		UPDATE private.task SET beat_at = now(), losses = CASE WHEN $3 > done THEN 0 ELSE losses END, done = $3, total = $4
		WHERE id = $1 AND fence = $2 AND state = 'running'`
	done, total := r.progress()
	result, err := q.cfg.DB.ExecContext(ctx, statement, r.ID, r.fence, int64(done), int64(total))
	return ours(result, err)
}

// end is how a run has ended.
type end struct {
	state    State
	at       *time.Time    // when it is due again, nil for after the pause
	pause    time.Duration // until it is due again
	attempts int
	losses   int
	again    bool // where it was asked for again meanwhile, it is due at once
	reason   domain.Text
	result   File
}

// standing is where a task stands once its run has ended.
type standing struct {
	State State `db:"state"`
	Due   bool  `db:"due"` // where it is queued, whether its time has come
}

// settle writes how a run has ended, and returns where the task stands then. The error is errLost where this worker is not its owner any more; then
// nothing is written.
func (q *Queue) settle(ctx context.Context, r *Run, e end) (now standing, err error) {
	const statement = `
		UPDATE private.task SET
			state = CASE WHEN again AND $3 THEN 'queued' ELSE $4 END,
			due_at = CASE WHEN again AND $3 THEN now() ELSE coalesce($5, now() + $6 * interval '1 microsecond') END,
			ended_at = CASE WHEN again AND $3 OR $4 = 'queued' THEN NULL ELSE now() END,
			again = false, attempts = $7, losses = $8, reason_vi = $9, reason_en = $10, done = $11, total = $12,
			result_name = $13, result_sha256 = $14, result_size = $15,
			result_expires_at = CASE WHEN $13 = '' OR $16::bigint = 0 THEN NULL ELSE now() + $16::bigint * interval '1 microsecond' END
		WHERE id = $1 AND fence = $2 AND state = 'running'
		RETURNING state, due_at <= now() AS due`
	done, total := r.progress()
	if e.state == Queued && e.attempts > 0 {
		done = 0 // it begins anew
	}
	err = q.cfg.DB.GetContext(ctx, &now, statement, r.ID, r.fence, e.again, string(e.state), e.at, e.pause.Microseconds(),
		e.attempts, e.losses, e.reason.VI, e.reason.EN, int64(done), int64(total), e.result.Name, e.result.SHA256, e.result.Size, q.cfg.Keep.Microseconds())
	if errors.Is(err, sql.ErrNoRows) {
		err = errLost
	}
	if err != nil {
		return now, fmt.Errorf("tasks: task %s: %w", r.ID, err)
	}
	return now, nil
}

// ours judges that a statement found the task under this worker's fence.
func ours(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}
