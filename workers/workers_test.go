package workers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
	"thidua/workers"
)

const season = "northern-border-2019"

// What is projected is what the log says, and goes on after a stop where it was.
func TestRun(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	b.register(t, "later")
	b.settled(t)

	events, err := b.log.Season(t.Context(), season, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := domain.NewWorld(season, now())
	for _, r := range events {
		w.Evolve(r)
	}
	got, err := projections.Ranking(t.Context(), b.db, season)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.Ranking(now()).Standings, got.Standings); diff != "" {
		t.Errorf("standings (-want +got):\n%s", diff)
	}
}

// A checkpoint that the log cannot have made stops the workers, with what is wrong.
func TestRunRefusesAnotherLog(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, statement, says string }{
		{"a lost tail", "UPDATE frame.checkpoint SET position = position + 7 WHERE name = 'facts'", "events 827 to 833 are lost"},
		{"another event", "UPDATE frame.checkpoint SET event_id = 'other.1' WHERE name = 'facts'", "was at event other.1 at position 826"},
		{"another epoch", "UPDATE frame.checkpoint SET epoch = 'other' WHERE name = 'facts'", "epoch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			b.settled(t)
			b.exec(t, test.statement)
			err := workers.Run(t.Context(), b.config("again"))
			if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Run: %v; want %v that says %q", err, domain.ErrCorrupt, test.says)
			}
		})
	}
}

// A database that breaks off is tried again until it is back; nothing is lost and nothing is twice.
func TestRunOutlivesBrokenSessions(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	stop := b.run(t, b.config("steady"))
	const terminate = `
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`
	for i := range 20 {
		b.register(t, fmt.Sprintf("unit-%d", i))
		var ended int
		if err := b.db.GetContext(t.Context(), &ended, terminate); err != nil && !projections.Passing(err) {
			t.Fatal(err)
		}
	}
	b.caughtUp(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	verdict, err := workers.Verify(t.Context(), b.config("verifier"), "", func(uint64, uint64) {})
	if err != nil || !verdict.OK() {
		t.Errorf("verify: %v, %+v", err, verdict)
	}
}

// A projection that hangs holds back no other.
func TestSlowProjectionHoldsBackNobody(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	tx, err := b.db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE p_audit_1.audit IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	stop := b.run(t, b.config("others"))
	position := b.register(t, "new")
	b.reached(t, position, b.named(t, "units"), b.named(t, "standings"), b.named(t, "seasons"))
	c, err := projections.LoadCheckpoint(t.Context(), b.db, b.named(t, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Position >= position {
		t.Errorf("the audit trail has come to %d though it is locked: the test shows nothing", c.Position)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	b.caughtUp(t)
	if err := stop(); err != nil {
		t.Error(err)
	}
}
