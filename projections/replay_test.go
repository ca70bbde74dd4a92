package projections_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
)

// replayIn projects events into a generation.
func replayIn(t *testing.T, db *sqlx.DB, p projections.Projection, g projections.Generation, events []domain.Recorded) *projections.Checkpoint {
	t.Helper()
	c, err := projections.Resume(t.Context(), db, p, g, epoch, owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := projections.ProjectIn(t.Context(), db, p, p.Beside(g), p.New(), c, events[c.Position:]); err != nil {
		t.Fatal(err)
	}
	return c
}

// replay projects events into a schema of its own.
func replay(t *testing.T, db *sqlx.DB, p projections.Projection, events []domain.Recorded) (schema string, c *projections.Checkpoint) {
	t.Helper()
	c = replayIn(t, db, p, projections.Proof, events)
	return p.Beside(projections.Proof), c
}

// drop drops a generation.
func drop(t *testing.T, db *sqlx.DB, p projections.Projection, g projections.Generation) {
	t.Helper()
	if err := projections.Drop(t.Context(), db, p.Beside(g)); err != nil {
		t.Fatal(err)
	}
}

// reaching brings a generation to where it is asked to be.
func reaching(db *sqlx.DB, p projections.Projection, g projections.Generation, c *projections.Checkpoint, events []domain.Recorded) func(context.Context, domain.Position) error {
	return func(ctx context.Context, to domain.Position) error {
		return projections.ProjectIn(ctx, db, p, p.Beside(g), p.New(), c, events[c.Position:to])
	}
}

func TestDropRefusesWhatIsRead(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	if err := projections.Drop(t.Context(), db, all[0].Schema()); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("Drop of a live schema gives %v, want a refusal", err)
	}
	if err := projections.Drop(t.Context(), db, "p_nothing_1_replay"); err != nil {
		t.Errorf("Drop of nothing gives %v", err)
	}
}

// count counts the rows of a table or view.
func count(t *testing.T, db *sqlx.DB, table string) int {
	t.Helper()
	var n int
	if err := db.GetContext(t.Context(), &n, "SELECT count(*) FROM "+table); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestExcludeNamesTheOther(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	first, err := projections.Exclude(t.Context(), db, all, projections.Rebuilding, "first-worker")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := projections.Exclude(t.Context(), db, all[3:4], projections.Rebuilding, "second"); !errors.Is(err, domain.ErrConflict) || !strings.Contains(err.Error(), "first-worker") {
		t.Errorf("the second gets %v, want a conflict that names the first", err)
	}
	other, err := projections.Exclude(t.Context(), db, all, projections.Proof, "verifier")
	if err != nil {
		t.Fatalf("another generation: %v", err)
	}
	other.Release()
	if err := first.Holds(t.Context()); err != nil {
		t.Error(err)
	}
	db.MustExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first-worker'")
	if err := first.Holds(t.Context()); err == nil {
		t.Error("a lock whose session has ended still holds")
	}
	first.Release()
	second, err := projections.Exclude(t.Context(), db, all, projections.Rebuilding, "second")
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
}

// TestResumeGoesOnOrBeginsAnew takes up tables of the same definition and log, and no other.
func TestResumeGoesOnOrBeginsAnew(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "facts")
	changed := p
	changed.Indexes += "-- another"
	for _, test := range []struct {
		name  string
		p     projections.Projection
		epoch string
		want  domain.Position
	}{
		{"the same", p, epoch, 30}, {"another definition", changed, epoch, 0}, {"another log", p, "epoch-2", 0},
	} {
		replayIn(t, db, p, projections.Rebuilding, j.events[:30])
		_, taken := projections.TakeUp(t.Context(), db, test.p, projections.Rebuilding, test.epoch, "next")
		if wrong := test.want == 0; wrong != (taken != nil) {
			t.Errorf("%s: TakeUp gives %v", test.name, taken)
		}
		c, err := projections.Resume(t.Context(), db, test.p, projections.Rebuilding, test.epoch, "next")
		if err != nil || c.Position != test.want || c.Owner != "next" {
			t.Errorf("%s: Resume gives %+v, %v, want it at position %d", test.name, c, err, test.want)
		}
		drop(t, db, p, projections.Rebuilding)
	}
}
