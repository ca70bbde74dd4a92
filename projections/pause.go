package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// PauseCause is why a projection can't go on.
type PauseCause string

// The causes of a pause. What is unknown waits for a newer program; everything else is tried again.
const (
	PauseUnknown     PauseCause = "unknown-event"
	PauseCorrupt     PauseCause = "corrupt"
	PauseUnreachable PauseCause = "unreachable"
	PauseFailed      PauseCause = "failed"
)

// candid is an error whose text says nothing of what an event says, so that everybody who runs the system may read it.
type candid struct{ error }

func (e *candid) Unwrap() error { return e.error }

// WhyPaused tells the cause of a failure that a projection can't get over, and the reason in a sentence, without anything that an event says.
func WhyPaused(err error) (PauseCause, string) {
	reason := told(err)
	if said, ok := errors.AsType[*candid](err); ok {
		reason = said.Error()
	}
	switch {
	case errors.Is(err, domain.ErrUnknownEvent):
		return PauseUnknown, reason
	case errors.Is(err, domain.ErrCorrupt):
		return PauseCorrupt, reason
	case Passing(err):
		return PauseUnreachable, reason
	}
	return PauseFailed, reason
}

// Pause notes why the work of a lease can't go on; Resume, that it goes on. Both fail with ErrConflict where the lease is lost.
func (l Lease) Pause(ctx context.Context, db *sqlx.DB, cause PauseCause, reason string) error {
	return l.settle(ctx, db, "paused", cause, reason)
}

// Resume takes back what Pause noted.
func (l Lease) Resume(ctx context.Context, db *sqlx.DB) error {
	return l.settle(ctx, db, "active", "", "")
}

func (l Lease) settle(ctx context.Context, db *sqlx.DB, state string, cause PauseCause, reason string) error {
	const settle = `
		UPDATE frame.lease SET state = $4, cause = $5, reason = $6, since = CASE WHEN state = $4 THEN since ELSE now() END
		WHERE name = $1 AND owner = $2 AND fence = $3`
	result, err := db.ExecContext(ctx, settle, l.Name, l.Owner, l.Fence, state, string(cause), reason)
	if err != nil {
		return fmt.Errorf("projections: note that %s is %s: %w", l.Name, state, err)
	}
	if noted, err := result.RowsAffected(); err != nil || noted > 0 {
		return err
	}
	return l.lost()
}
