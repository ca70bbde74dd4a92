package tasks

import (
	"context"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"thidua/domain"
)

// Ask asks for a task and returns its id, or that of the live task of the same kind and key. Once it returns the task is not lost, whatever happens. The
// error is of kind domain.ErrInvalid where what is asked has not the form.
func (q *Queue) Ask(ctx context.Context, a Asked) (id string, err error) {
	args, err := a.check()
	if err != nil {
		return "", err
	}
	for range 10 { // the live one may end between being met and being looked for
		if id, err = q.insert(ctx, a, args); err == nil {
			break
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("tasks: ask: %w", err)
		}
		if id, err = q.joinLive(ctx, a); err == nil {
			break
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("tasks: ask: %w", err)
		}
	}
	if err != nil {
		return "", fmt.Errorf("tasks: ask for %s %s: %w", a.Kind, a.Key, domain.ErrConflict)
	}
	if err := q.put(ctx, a.Kind, id); err != nil {
		q.cfg.Logger.Warn("a task was asked for and is not on the queue yet; it is put there later", "task", id, "error", err)
	}
	return id, nil
}

// insert makes the task, or fails with sql.ErrNoRows where one of the same key lives.
func (q *Queue) insert(ctx context.Context, a Asked, args []byte) (id string, err error) {
	if id, err = q.newID(); err != nil {
		return "", err
	}
	const statement = `
		INSERT INTO private.task (id, kind, args, key, asked_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, key) WHERE key <> '' AND state IN ('queued', 'running') DO NOTHING
		RETURNING id`
	return id, q.cfg.DB.GetContext(ctx, &id, statement, id, a.Kind, string(args), a.Key, a.By)
}

// joinLive finds the live task of a key and, where it is asked for again, sees to it that it runs after this.
func (q *Queue) joinLive(ctx context.Context, a Asked) (id string, err error) {
	const look = `SELECT id FROM private.task WHERE kind = $1 AND key = $2 AND state IN ('queued', 'running')`
	const again = `
		UPDATE private.task
		SET again = (state = 'running'), due_at = CASE WHEN state = 'queued' THEN least(due_at, now()) ELSE due_at END
		WHERE kind = $1 AND key = $2 AND state IN ('queued', 'running')
		RETURNING id`
	statement := look
	if a.Again {
		statement = again
	}
	return id, q.cfg.DB.GetContext(ctx, &id, statement, a.Kind, a.Key)
}

// newID draws the id of a task: 80 bits, in letters and digits that fit a subject.
func (q *Queue) newID() (string, error) {
	var b [10]byte
	if _, err := io.ReadFull(q.cfg.Rand, b[:]); err != nil {
		return "", fmt.Errorf("tasks: id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}
