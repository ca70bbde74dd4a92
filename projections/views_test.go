package projections_test

import (
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/internal/testenv"
	"thidua/projections"
)

// A swap that waits for a reader holds no view meanwhile, or each would wait for the other: the reader may read any view next.
func TestASwapThatWaitsHoldsNoView(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events)
	c := replayIn(t, db, p, projections.Rebuilding, j.events)
	reader, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Rollback() })
	last, first := p.Tables[len(p.Tables)-1].View, p.Tables[0].View
	reader.MustExecContext(t.Context(), "SELECT FROM read."+last)
	var swapping errgroup.Group
	swapping.Go(func() error { return patientSwap(t, db, p, projections.Rebuilding, c, j) })
	t.Cleanup(func() { _ = swapping.Wait() })
	testenv.Eventually(t, "a swap that waits for "+last+" and holds nothing", func() bool { return waitsHoldingNothing(t, db, last) })
	reader.MustExecContext(t.Context(), "SELECT FROM read."+first)
	if err := reader.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := swapping.Wait(); err != nil {
		t.Error(err)
	}
}

// waitsHoldingNothing reports whether a session waits for a view to change it and holds no other for itself alone.
func waitsHoldingNothing(t *testing.T, db *sqlx.DB, view string) (is bool) {
	t.Helper()
	const query = `
		WITH alone AS (
			SELECT pid, relname, granted
			FROM pg_locks
			JOIN pg_database ON pg_database.oid = database AND datname = current_database()
			JOIN pg_class ON pg_class.oid = relation AND relnamespace = 'read'::regnamespace
			WHERE mode = 'AccessExclusiveLock'
		)
		SELECT EXISTS (SELECT FROM alone WHERE relname = $1 AND NOT granted AND pid NOT IN (SELECT pid FROM alone WHERE granted))`
	if err := db.GetContext(t.Context(), &is, query, view); err != nil {
		t.Fatal(err)
	}
	return is
}
