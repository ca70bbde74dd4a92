package projections

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Session is where transactions are begun: a pool of connections, or one connection.
type Session interface {
	Querier
	BeginTxx(ctx context.Context, opts *sql.TxOptions) (*sqlx.Tx, error)
}

// endPatience is how long a session of the database may take to end when it is told to.
const endPatience = 5 * time.Second

// Seat gives the owner of a lease a session of its own, which is recorded with the lease. First the session that is recorded there is ended, whoever's it
// was: one whose client was stopped or cut off in the middle of a batch would hold its locks for ever, and might still commit. It fails with
// ErrConflict where the lease is lost. Discard gives the session back.
func (l Lease) Seat(ctx context.Context, db *sqlx.DB) (*sqlx.Conn, error) {
	if err := l.endSession(ctx, db); err != nil {
		return nil, fmt.Errorf("projections: the session before on %s: %w", l.Name, err)
	}
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("projections: session for %s: %w", l.Name, err)
	}
	if err := l.sit(ctx, conn); err != nil {
		Discard(conn)
		return nil, err
	}
	return conn, nil
}

// endSession ends the session that is recorded with a lease, if it is still there, and waits for its end.
func (l Lease) endSession(ctx context.Context, db *sqlx.DB) error {
	const end = `
		SELECT activity.backend_start IS NOT NULL AS seen,
			CASE WHEN activity.backend_start = lease.backend_start THEN pg_terminate_backend(activity.pid, $2) ELSE true END AS gone
		FROM frame.lease
		JOIN pg_stat_activity AS activity ON activity.pid = lease.backend_pid
		WHERE lease.name = $1 AND lease.owner = $3 AND lease.fence = $4`
	var found struct {
		Seen bool `db:"seen"`
		Gone bool `db:"gone"`
	}
	err := db.GetContext(ctx, &found, end, l.Name, endPatience.Milliseconds(), l.Owner, l.Fence)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case !found.Seen:
		return errors.New("it belongs to another role of the database and can't be looked at; let all workers use one role, or grant pg_read_all_stats and pg_signal_backend")
	case !found.Gone:
		return fmt.Errorf("it was told to end and has not within %v", endPatience)
	}
	return nil
}

// sit records a session with the lease.
func (l Lease) sit(ctx context.Context, conn *sqlx.Conn) error {
	const name = "SELECT set_config('application_name', left('thidua ' || $1, 63), false)"
	if _, err := conn.ExecContext(ctx, name, l.Name); err != nil {
		return fmt.Errorf("projections: session for %s: %w", l.Name, err)
	}
	const record = `
		UPDATE frame.lease
		SET backend_pid = pg_backend_pid(), backend_start = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
		WHERE name = $1 AND owner = $2 AND fence = $3`
	result, err := conn.ExecContext(ctx, record, l.Name, l.Owner, l.Fence)
	if err != nil {
		return fmt.Errorf("projections: session for %s: %w", l.Name, err)
	}
	if recorded, err := result.RowsAffected(); err != nil || recorded > 0 {
		return err
	}
	return l.lost()
}

// Discard ends a session that Seat gave. It never goes back to its pool, where the next owner of the lease might end it under somebody else.
func Discard(conn *sqlx.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}
