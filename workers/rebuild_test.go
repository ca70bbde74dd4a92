package workers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
	"thidua/workers"
)

// small is a config whose batches are small, so that there is much to break off.
func (b *bed) small(owner string, names ...string) workers.Config {
	cfg := b.only(owner, names...)
	cfg.Limit = eventlog.Limit{Count: 40, Bytes: 1 << 20, Linger: time.Millisecond}
	return cfg
}

var everything = []string{"audit", "facts", "standings", "pledges", "awards", "units", "people", "seasons"}

// A rebuild that is broken off goes on where it was, also where the sessions of the database end under it; the live tables serve until the swap.
func TestRebuildGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.registerMany(t, 1600)
	b.settled(t)
	b.exec(t, "DELETE FROM p_facts_1.value WHERE position > 300")
	came := domain.Position(0)                                 // how far all of them came together
	for round, stretch := range []domain.Position{1000, 300} { // the season lies in two batches, which come first
		ctx, cancel := context.WithCancel(t.Context())
		began, ends := false, domain.Position(0)
		_, err := workers.Rebuild(ctx, b.small(fmt.Sprint("rebuild-", round), everything...), func(done, _ domain.Position) {
			if !began {
				began, ends = true, done+stretch+rand.N[domain.Position](200)
				if now := b.rebuilt(t); now < came {
					t.Errorf("round %d begins with %d events in all tables, and left %d before", round, now, came)
				}
			}
			if done >= ends {
				b.breakSessions(t)
				cancel()
			}
		})
		cancel()
		if came = b.rebuilt(t); err == nil || came == 0 {
			t.Fatalf("round %d, which was broken off, gives %v with %d events in all tables", round, err, came)
		}
	}
	if _, err := workers.Rebuild(t.Context(), b.config("the-last"), quiet); err != nil {
		t.Error(err)
	}
	b.sound(t)
}

// registerMany puts n events on the log that lie in batches of a few.
func (b *bed) registerMany(t *testing.T, n int) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(16)
	for i := range n {
		group.Go(func() error {
			b.register(t, fmt.Sprint("many-", i))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// rebuilt adds up how far the rebuilds of all projections have come.
func (b *bed) rebuilt(t *testing.T) (events domain.Position) {
	t.Helper()
	const query = "SELECT coalesce(sum(position), 0)::bigint FROM frame.checkpoint WHERE schema LIKE '%\\_rebuild'"
	err := b.db.GetContext(t.Context(), &events, query)
	for tries := 0; projections.Passing(err) && tries < 10; tries++ {
		err = b.db.GetContext(t.Context(), &events, query)
	}
	if err != nil {
		t.Error(err)
	}
	return events
}

// breakSessions ends every session of the database.
func (b *bed) breakSessions(t *testing.T) {
	t.Helper()
	var ended int
	const terminate = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	if err := b.db.GetContext(t.Context(), &ended, terminate); err != nil && !projections.Passing(err) {
		t.Error(err)
	}
}

// Of two rebuilds of a projection the second is refused, with the name of the first.
func TestTwoRebuilds(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	var second error
	if _, err := workers.Rebuild(t.Context(), b.only("the-first", "facts", "units"), func(_, _ domain.Position) {
		if second == nil {
			_, second = workers.Rebuild(t.Context(), b.only("the-second", "units", "audit"), quiet)
		}
	}); err != nil {
		t.Error(err)
	}
	if !errors.Is(second, domain.ErrConflict) || !strings.Contains(second.Error(), "the-first") {
		t.Errorf("the second gets %v, want a conflict that names the first", second)
	}
	b.sound(t)
}

// An undo brings back what was there before, up to date, also when events came in between; another one takes that back.
func TestUndo(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	if _, err := workers.Undo(t.Context(), b.only("undo", "units"), quiet); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an undo of nothing gives %v, want %v", err, domain.ErrNotFound)
	}
	const mark = "UPDATE p_units_1.unit SET code = 'marked' WHERE unit = 'ha-giang'"
	b.exec(t, mark)
	marked := func() (n int) {
		t.Helper()
		if err := b.db.GetContext(t.Context(), &n, "SELECT count(*) FROM read.unit_v1 WHERE code = 'marked'"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	stop := b.run(t, b.config("live"))
	if _, err := workers.Rebuild(t.Context(), b.only("rebuild", "units", "audit"), quiet); err != nil || marked() != 0 {
		t.Errorf("rebuild: %v, %d rows marked, want none", err, marked())
	}
	b.reached(t, b.register(t, "between"), b.named(t, "units"))
	for i, want := range []int{1, 0} {
		position, err := workers.Undo(t.Context(), b.only("undo", "units", "audit"), quiet)
		if last, _ := b.log.Last(t.Context()); err != nil || position != last || marked() != want {
			t.Errorf("undo: %v, position %d of %d, %d rows marked, want %d", err, position, last, marked(), want)
		}
		b.reached(t, b.register(t, fmt.Sprint("after-", i)), projections.All(b.log, b.log)...)
	}
	b.sound(t)
	if err := stop(); err != nil {
		t.Error(err)
	}
	dropped, err := workers.DropOld(t.Context(), b.only("drop", "units", "audit", "facts"))
	if want := "[p_audit_1_old p_units_1_old]"; err != nil || fmt.Sprint(dropped) != want {
		t.Errorf("DropOld gives %v, %v, want %s", dropped, err, want)
	}
	if _, err := workers.Undo(t.Context(), b.only("undo", "units"), quiet); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an undo after that gives %v, want %v", err, domain.ErrNotFound)
	}
}

// A swap waits for a reader, a little at a time, and does not hold up who projects for longer than that.
func TestSwapWaitsForReaders(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	reader, err := b.db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reader.GetContext(t.Context(), &n, "SELECT count(*) FROM read.unit_v1"); err != nil {
		t.Fatal(err)
	}
	stop := b.run(t, b.config("live"))
	var rebuilding errgroup.Group
	rebuilding.Go(func() error {
		_, err := workers.Rebuild(t.Context(), b.only("rebuild", "units"), quiet)
		return err
	})
	b.until(t, "the swap waits", "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
	b.reached(t, b.register(t, "meanwhile"), b.named(t, "units"))
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := rebuilding.Wait(); err != nil {
		t.Error(err)
	}
	b.caughtUp(t)
	b.sound(t)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// until waits until the database says so.
func (b *bed) until(t *testing.T, what, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for so := false; !so; {
		if err := b.db.GetContext(ctx, &so, query, args...); err != nil {
			t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}
