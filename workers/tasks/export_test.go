package tasks

import "context"

// TidyNow tidies, and takes strays of any age.
func (q *Queue) TidyNow(ctx context.Context) error {
	if err := q.forgetEnded(ctx); err != nil {
		return err
	}
	return q.removeStrays(ctx, -1)
}
