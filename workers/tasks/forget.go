package tasks

import (
	"context"
	"fmt"
)

// Forget removes every result and every input that is stored, and has their bytes overwritten: what was made before a person was erased must not outlive
// the erasure, and nobody knows of a file whom it names. What runs begins anew, so that nothing of it has been read before either. It is to be called when
// the texts themselves are gone. What it has not done when it fails it does when it is called again.
func (q *Queue) Forget(ctx context.Context) error {
	const unnamed = `UPDATE private.task SET result_name = '', result_expires_at = NULL WHERE result_name <> ''`
	const anew = `UPDATE private.task SET state = 'queued', fence = fence + 1, due_at = now() WHERE state = 'running'`
	for _, statement := range []string{anew, unnamed} {
		if _, err := q.cfg.DB.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("tasks: forget: %w", err)
		}
	}
	return q.files.empty(ctx)
}
