package tasks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"thidua/domain"
)

const columns = `id, kind, args, key, asked_by, state, attempts, losses, done, total, reason_vi AS "reason.vi", reason_en AS "reason.en", owner, fence,
	result_name AS "result.name", result_sha256 AS "result.sha256", result_size AS "result.size", result_expires_at, asked_at, due_at, started_at, ended_at`

// Task returns a task. The error is of kind domain.ErrNotFound where there is none of that id.
func (q *Queue) Task(ctx context.Context, id string) (t Task, err error) {
	return t, named(id, q.cfg.DB.GetContext(ctx, &t, `SELECT `+columns+` FROM private.task WHERE id = $1`, id))
}

// listLimit bounds how many tasks are listed.
const listLimit = 1000

// Tasks lists the tasks of a state, or all where it is empty, the newest first: 1,000 at most.
func (q *Queue) Tasks(ctx context.Context, state State) (all []Task, err error) {
	const query = `SELECT ` + columns + ` FROM private.task WHERE $1 = '' OR state = $1 ORDER BY asked_at DESC, id LIMIT $2`
	if err := q.cfg.DB.SelectContext(ctx, &all, query, string(state), listLimit); err != nil {
		return nil, fmt.Errorf("tasks: list: %w", err)
	}
	return all, nil
}

// Cancel ends a task that is queued or running: who runs it is told within its next beat and may do no further effect. The error is of kind
// domain.ErrRefused where the task has ended already.
func (q *Queue) Cancel(ctx context.Context, id string) (Task, error) {
	const statement = `
		UPDATE private.task SET state = 'cancelled', again = false, fence = fence + 1, ended_at = now(), reason_vi = '', reason_en = ''
		WHERE id = $1 AND state IN ('queued', 'running') RETURNING ` + columns
	return q.change(ctx, id, statement, domain.Text{VI: "việc này đã kết thúc, không còn gì để huỷ", EN: "it has ended, there is nothing to cancel"})
}

// Retry queues a task again that has failed, was cancelled, or is dead. The error is of kind domain.ErrRefused where it is none of these, or where
// another task of its key lives.
func (q *Queue) Retry(ctx context.Context, id string) (Task, error) {
	const statement = `
		UPDATE private.task SET state = 'queued', attempts = 0, losses = 0, done = 0, due_at = now(), ended_at = NULL
		WHERE id = $1 AND state IN ('failed', 'cancelled', 'dead')
		AND NOT EXISTS (SELECT FROM private.task other WHERE task.key <> '' AND other.kind = task.kind AND other.key = task.key AND other.state IN ('queued', 'running'))
		RETURNING ` + columns
	t, err := q.change(ctx, id, statement, domain.Text{
		VI: "chỉ thử lại được việc đã hỏng, đã huỷ hoặc đã bỏ, khi không có việc nào cùng loại và cùng khoá đang chờ hay đang chạy",
		EN: "only what has failed, was cancelled, or is dead can be retried, and where no task of the same kind and key is queued or running",
	})
	if err != nil {
		return t, err
	}
	return t, q.put(ctx, t.Kind, t.ID)
}

// change changes a task, or says why it can't be.
func (q *Queue) change(ctx context.Context, id, statement string, otherwise domain.Text) (t Task, err error) {
	err = q.cfg.DB.GetContext(ctx, &t, statement, id)
	if !errors.Is(err, sql.ErrNoRows) {
		return t, named(id, err)
	}
	if t, err = q.Task(ctx, id); err != nil {
		return t, err
	}
	return t, &Refusal{Task: t, Why: otherwise}
}

// Refusal says why something can't be done to a task. It is of kind domain.ErrRefused.
type Refusal struct {
	Task Task
	Why  domain.Text
}

func (r *Refusal) Error() string { return r.Text().EN }
func (r *Refusal) Unwrap() error { return domain.ErrRefused }

// Text is the refusal for people.
func (r *Refusal) Text() domain.Text {
	return domain.Text{
		VI: fmt.Sprintf("Việc %s (%s): %s.", r.Task.ID, r.Task.State, r.Why.VI), EN: fmt.Sprintf("Task %s (%s): %s.", r.Task.ID, r.Task.State, r.Why.EN),
	}
}

// named gives an error the id of the task that it is about.
func named(id string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("tasks: task %s: %w", id, err)
	}
	return nil
}

// Figures is how many tasks of a kind stand how.
type Figures struct {
	Kind   string        `db:"kind"`
	State  State         `db:"state"`
	Count  int           `db:"count"`
	Oldest time.Duration `db:"-"` // since the oldest of those queued was due; 0 for other states
}

// Figures counts the tasks by kind and state.
func (q *Queue) Figures(ctx context.Context) (all []Figures, err error) {
	var rows []struct {
		Figures
		Seconds float64 `db:"seconds"`
	}
	const query = `
		SELECT kind, state, count(*), CASE WHEN state = 'queued' THEN greatest(0, extract(epoch FROM now() - min(due_at))) ELSE 0 END AS seconds
		FROM private.task GROUP BY kind, state ORDER BY kind, state`
	if err := q.cfg.DB.SelectContext(ctx, &rows, query); err != nil {
		return nil, fmt.Errorf("tasks: figures: %w", err)
	}
	for _, r := range rows {
		r.Oldest = time.Duration(r.Seconds * float64(time.Second))
		all = append(all, r.Figures)
	}
	return all, nil
}
