package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"
)

// Tenure is how a lease stands.
type Tenure struct {
	Name  string `db:"name"`  // of the lease: a projection's schema
	Owner string `db:"owner"` // "" where nobody has it, or it has run out
	Fence int64  `db:"fence"`
	// Cause is why it is paused, "" where it is not; Reason says more, without anything that an event says.
	Cause  PauseCause `db:"cause"`
	Reason string     `db:"reason"`
	Since  time.Time  `db:"since"` // by the database's clock, for operators
}

// Tenures lists how every lease stands, by name.
func Tenures(ctx context.Context, q Querier) ([]Tenure, error) {
	const query = `
		SELECT name, CASE WHEN ` + runsOut + ` THEN '' ELSE owner END AS owner, fence, cause, reason, since
		FROM frame.lease
		ORDER BY name`
	var all []Tenure
	if err := q.SelectContext(ctx, &all, query); err != nil {
		return nil, fmt.Errorf("projections: leases: %w", err)
	}
	return all, nil
}

// Workers lists the workers that live, by owner, with what they are able to do.
func Workers(ctx context.Context, q Querier) ([]Worker, error) {
	const query = "SELECT owner, able FROM frame.worker WHERE expires_at > now() ORDER BY owner"
	var lines []struct {
		Owner string         `db:"owner"`
		Able  pq.StringArray `db:"able"`
	}
	if err := q.SelectContext(ctx, &lines, query); err != nil {
		return nil, fmt.Errorf("projections: workers: %w", err)
	}
	all := make([]Worker, len(lines))
	for i, l := range lines {
		all[i] = Worker{Owner: l.Owner, Able: l.Able}
	}
	return all, nil
}
