package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Lease is the right of one process to do a work that only one may do at a time, such as carrying the log into a projection. Its owner renews it
// while it lives. Only the database's clock and the fence decide, so neither a process that was stopped for a while nor a clock that jumps
// can make two owners that both get through.
type Lease struct {
	Name  string // of what is owned; a projection's is its schema
	Owner string // the process
	Fence int64  // grows with each change of owner
}

// Worker is a process that takes leases.
type Worker struct {
	Owner string        // unique for each process that ever runs
	Able  []string      // names of the leases whose work it can do
	Term  time.Duration // how long it counts, and its leases hold, without being renewed
}

// Check fails with ErrConflict where the lease has another owner by now, or has run out. What has an effect outside the database checks right
// before the effect, and hands the fence on with it where the other side can refuse what comes under an older one. In the database no check is
// needed: the checkpoint moves only under the newest fence.
func (l Lease) Check(ctx context.Context, q Querier) error {
	const query = "SELECT expires_at > now() FROM frame.lease WHERE name = $1 AND owner = $2 AND fence = $3"
	var holds bool
	err := q.GetContext(ctx, &holds, query, l.Name, l.Owner, l.Fence)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("projections: lease of %s: %w", l.Name, err)
	}
	if !holds {
		return l.lost()
	}
	return nil
}

func (l Lease) lost() error {
	return fmt.Errorf("projections: the lease of %s with the fence %d is no longer that of %s: %w", l.Name, l.Fence, l.Owner, domain.ErrConflict)
}

// runsOut is when a lease can be taken: nobody has it, it has run out, or it was made before the database's clock was put back.
const runsOut = "(owner = '' OR expires_at <= now() OR expires_at > now() + 2 * term)"

// Enlist says that a worker lives and what it is able to do.
func Enlist(ctx context.Context, db *sqlx.DB, w Worker) error {
	const enlist = `
		INSERT INTO frame.worker (owner, able, expires_at) VALUES ($1, $2, now() + $3 * interval '1 microsecond')
		ON CONFLICT (owner) DO UPDATE SET able = excluded.able, expires_at = excluded.expires_at`
	if _, err := db.ExecContext(ctx, enlist, w.Owner, pq.Array(w.Able), w.Term.Microseconds()); err != nil {
		return fmt.Errorf("projections: enlist %s: %w", w.Owner, err)
	}
	return nil
}

// Leave takes a worker off the list, and those who have been dead for long.
func Leave(ctx context.Context, db *sqlx.DB, owner string) error {
	const leave = "DELETE FROM frame.worker WHERE owner = $1 OR expires_at < now() - interval '1 hour'"
	if _, err := db.ExecContext(ctx, leave, owner); err != nil {
		return fmt.Errorf("projections: leave of %s: %w", owner, err)
	}
	return nil
}

// Acquire gives a worker those of the named leases that nobody has or that have run out, or all that it does not have yet if it is alone: when no
// other process can live that worked on this database. Each gets a new fence, and counts as active until its new owner pauses it.
func Acquire(ctx context.Context, db *sqlx.DB, w Worker, names []string, alone bool) ([]Lease, error) {
	const found = `
		INSERT INTO frame.lease (name, fence)
		SELECT name, (SELECT coalesce(max(fence), 0) FROM frame.checkpoint)
		FROM unnest($1::text[]) AS name
		ON CONFLICT DO NOTHING`
	const acquire = `
		UPDATE frame.lease
		SET owner = $2, fence = fence + 1, state = 'active', cause = '', reason = '', since = CASE state WHEN 'active' THEN since ELSE now() END,
			term = $3 * interval '1 microsecond', expires_at = now() + $3 * interval '1 microsecond'
		WHERE name IN (
			SELECT name FROM frame.lease
			WHERE name = ANY ($1) AND ($4 OR owner = $2 OR ` + runsOut + `)
			ORDER BY name FOR UPDATE SKIP LOCKED)
		RETURNING name, owner, fence`
	if len(names) == 0 {
		return nil, nil
	}
	if _, err := db.ExecContext(ctx, found, pq.Array(names)); err != nil {
		return nil, fmt.Errorf("projections: acquire leases: %w", err)
	}
	var acquired []Lease
	if err := db.SelectContext(ctx, &acquired, acquire, pq.Array(names), w.Owner, w.Term.Microseconds(), alone); err != nil {
		return nil, fmt.Errorf("projections: acquire leases: %w", err)
	}
	return acquired, nil
}

// Renew lets a worker's leases hold for another term and returns those that still are its own, with their fences by name.
func Renew(ctx context.Context, db *sqlx.DB, w Worker) (map[string]int64, error) {
	const renew = `
		UPDATE frame.lease SET term = $2 * interval '1 microsecond', expires_at = now() + $2 * interval '1 microsecond'
		WHERE owner = $1
		RETURNING name, owner, fence`
	var kept []Lease
	if err := db.SelectContext(ctx, &kept, renew, w.Owner, w.Term.Microseconds()); err != nil {
		return nil, fmt.Errorf("projections: renew leases of %s: %w", w.Owner, err)
	}
	fences := make(map[string]int64, len(kept))
	for _, l := range kept {
		fences[l.Name] = l.Fence
	}
	return fences, nil
}

// Release gives a lease back, so that another can take it at once. Its session stays recorded: should it not have ended, the next owner ends it.
// Where the lease is lost already nothing happens.
func (l Lease) Release(ctx context.Context, db *sqlx.DB) error {
	const release = `
		UPDATE frame.lease SET owner = '', expires_at = now()
		WHERE name = $1 AND owner = $2 AND fence = $3`
	if _, err := db.ExecContext(ctx, release, l.Name, l.Owner, l.Fence); err != nil {
		return fmt.Errorf("projections: release %s: %w", l.Name, err)
	}
	return nil
}
