package projections_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
)

// acquire takes leases as a worker, and wants them to be these.
func acquire(t *testing.T, db *sqlx.DB, w projections.Worker, want ...projections.Lease) {
	t.Helper()
	got, err := projections.Acquire(t.Context(), db, w, w.Able, false)
	if err != nil {
		t.Fatal(err)
	}
	byName := cmpopts.SortSlices(func(a, b projections.Lease) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, got, byName, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("leases of %s (-want +got):\n%s", w.Owner, diff)
	}
}

func TestLeaseHasOneOwner(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	first := projections.Worker{Owner: "first", Able: []string{"a", "b"}, Term: time.Hour}
	second := projections.Worker{Owner: "second", Able: []string{"a", "b", "c"}, Term: time.Hour}
	acquire(t, db, first, projections.Lease{Name: "a", Owner: "first", Fence: 1}, projections.Lease{Name: "b", Owner: "first", Fence: 1})
	acquire(t, db, second, projections.Lease{Name: "c", Owner: "second", Fence: 1})
	if err := (projections.Lease{Name: "a", Owner: "first", Fence: 1}).Release(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	acquire(t, db, second, projections.Lease{Name: "a", Owner: "second", Fence: 2}, projections.Lease{Name: "c", Owner: "second", Fence: 2})
	kept, err := projections.Renew(t.Context(), db, first)
	if diff := cmp.Diff(map[string]int64{"b": 1}, kept); err != nil || diff != "" {
		t.Errorf("what the first keeps: %v (-want +got):\n%s", err, diff)
	}
	alone, err := projections.Acquire(t.Context(), db, second, []string{"b"}, true)
	if diff := cmp.Diff([]projections.Lease{{Name: "b", Owner: "second", Fence: 2}}, alone); err != nil || diff != "" {
		t.Errorf("what one who is alone gets: %v (-want +got):\n%s", err, diff)
	}
}

// A lease can be taken when it has run out, and when it was made before the clock of the database was put back.
func TestLeaseRunsOut(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	first := projections.Worker{Owner: "first", Able: []string{"a"}, Term: time.Hour}
	second := projections.Worker{Owner: "second", Able: []string{"a"}, Term: time.Hour}
	acquire(t, db, first, projections.Lease{Name: "a", Owner: "first", Fence: 1})
	acquire(t, db, second)
	for i, shift := range []string{"now() - interval '1 second'", "now() + interval '3 hours'"} {
		if _, err := db.ExecContext(t.Context(), "UPDATE frame.lease SET expires_at = "+shift); err != nil {
			t.Fatal(err)
		}
		fence := int64(2 + i)
		acquire(t, db, second, projections.Lease{Name: "a", Owner: "second", Fence: fence})
	}
}

// Who has an effect outside the database asks right before it whether he still may.
func TestCheckAtTheEffect(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	first := projections.Worker{Owner: "first", Able: []string{"webhooks"}, Term: time.Hour}
	lease := projections.Lease{Name: "webhooks", Owner: "first", Fence: 1}
	acquire(t, db, first, lease)
	var effects []int64
	deliver := func(l projections.Lease) error {
		tx, err := db.BeginTxx(t.Context(), nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := l.Check(t.Context(), tx); err != nil {
			return err
		}
		effects = append(effects, l.Fence)
		return tx.Commit()
	}
	if err := deliver(lease); err != nil {
		t.Errorf("the owner gets %v", err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE frame.lease SET expires_at = now()"); err != nil {
		t.Fatal(err)
	}
	if err := deliver(lease); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("an owner whose lease has run out gets %v, want a conflict", err)
	}
	next := projections.Lease{Name: "webhooks", Owner: "second", Fence: 2}
	acquire(t, db, projections.Worker{Owner: "second", Able: []string{"webhooks"}, Term: time.Hour}, next)
	if err := deliver(lease); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the owner before gets %v, want a conflict", err)
	}
	if err := deliver(next); err != nil {
		t.Errorf("the next owner gets %v", err)
	}
	if diff := cmp.Diff([]int64{1, 2}, effects); diff != "" {
		t.Errorf("effects, by fence (-want +got):\n%s", diff)
	}
}

// The next owner ends the session of the one before, with what it has locked, and nobody else's.
func TestSeatEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	w := projections.Worker{Owner: "first", Able: []string{"a"}, Term: 0}
	lease := projections.Lease{Name: "a", Owner: "first", Fence: 1}
	acquire(t, db, w, lease)
	before, err := lease.Seat(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer projections.Discard(before)
	tx, err := before.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE p_units_1.unit"); err != nil {
		t.Fatal(err)
	}
	lease.Owner, lease.Fence = "second", 2
	acquire(t, db, projections.Worker{Owner: "second", Able: []string{"a"}, Term: time.Hour}, lease)
	next, err := lease.Seat(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer projections.Discard(next)
	if _, err := next.ExecContext(t.Context(), "BEGIN; LOCK TABLE p_units_1.unit NOWAIT; ROLLBACK"); err != nil {
		t.Errorf("the table is still locked: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the transaction of the owner before was committed")
	}
	if _, err := (projections.Lease{Name: "a", Owner: "first", Fence: 1}).Seat(t.Context(), db); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the owner before gets a session: %v, want a conflict", err)
	}
	// The number of a session may come again for somebody else's.
	if _, err := db.ExecContext(t.Context(), "UPDATE frame.lease SET backend_start = backend_start - interval '1 second'"); err != nil {
		t.Fatal(err)
	}
	other, err := lease.Seat(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer projections.Discard(other)
	if err := next.PingContext(t.Context()); err != nil {
		t.Errorf("a session that began at another time was ended: %v", err)
	}
}
