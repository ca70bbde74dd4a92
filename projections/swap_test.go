package projections_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/projections"
)

// TestSwapPutsTheReplayInPlace mends damaged tables by a swap, and puts the damaged ones back by another, with events in between.
func TestSwapPutsTheReplayInPlace(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		swapThereAndBack(t, db, p, j)
	}
	if n := count(t, db, "frame.checkpoint"); n != len(all) {
		t.Errorf("%d checkpoints after the swaps, want %d", n, len(all))
	}
}

func swapThereAndBack(t *testing.T, db *sqlx.DB, p projections.Projection, j *journal) {
	t.Helper()
	live, applier := claim(t, db, p), p.New()
	carry := func(to int) {
		t.Helper()
		if err := projections.Project(t.Context(), db, p, applier, live, j.events[live.Position:to]); err != nil {
			t.Fatalf("%s: the projector: %v", p.Name, err)
		}
	}
	carry(20)
	want := rowsOf(t, db, p)
	table := p.Schema() + "." + p.Tables[0].Name
	db.MustExecContext(t.Context(), "DELETE FROM "+table) // what the rebuild is to mend
	swap(t, db, p, projections.Rebuilding, replayIn(t, db, p, projections.Rebuilding, j.events[:8]), j)
	if diff := cmp.Diff(want, rowsOf(t, db, p)); diff != "" {
		t.Errorf("%s: rows after the swap (-want +got):\n%s", p.Name, diff)
	}
	if n := count(t, db, p.Beside(projections.Former)+"."+p.Tables[0].Name); n != 0 {
		t.Errorf("%s: %d rows in the table that was taken out, want the damaged one", p.Name, n)
	}
	carry(28)
	if view := p.Tables[0].View; view != "" && count(t, db, "read."+view) != count(t, db, table) {
		t.Errorf("%s: the view does not show the table after the swap", p.Name)
	}
	former, err := projections.TakeUp(t.Context(), db, p, projections.Former, epoch, owner)
	if err != nil || former.Position != 20 {
		t.Fatalf("%s: what was taken out is %+v, %v, want it at position 20", p.Name, former, err)
	}
	rebuilt := rowsOf(t, db, p)
	swap(t, db, p, projections.Former, former, j)
	swap(t, db, p, projections.Former, former, j)
	if diff := cmp.Diff(rebuilt, rowsOf(t, db, p)); diff != "" {
		t.Errorf("%s: rows after there and back (-want +got):\n%s", p.Name, diff)
	}
	carry(len(j.events))
	schemas, err := projections.DropFormer(t.Context(), db, p)
	if diff := cmp.Diff([]string{p.Beside(projections.Former)}, schemas); diff != "" || err != nil {
		t.Errorf("%s: dropped (-want +got):\n%s%v", p.Name, diff, err)
	}
}

// swap swaps a generation in.
func swap(t *testing.T, db *sqlx.DB, p projections.Projection, g projections.Generation, c *projections.Checkpoint, j *journal) {
	t.Helper()
	if err := patientSwap(t, db, p, g, c, j); err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
}

// patientSwap swaps a generation in, in as many tries as slow readers make necessary.
func patientSwap(t *testing.T, db *sqlx.DB, p projections.Projection, g projections.Generation, c *projections.Checkpoint, j *journal) error {
	for {
		err := projections.Swap(t.Context(), db, p, g, reaching(db, p, g, c, j.events))
		if err == nil || !projections.Passing(err) {
			return err
		}
	}
}

// TestSwapTakesWhatIsParkedWithIt swaps tables that have parked an event for such as have parked another.
func TestSwapTakesWhatIsParkedWithIt(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	sound := named(t, all, "facts")
	at := func(positions ...domain.Position) projections.Projection {
		return projections.Tripping(sound, func(p domain.Position) bool { return slices.Contains(positions, p) })
	}
	project(t, db, []projections.Projection{at(30, 31)}, j.events)
	c := replayIn(t, db, at(31, 32), projections.Rebuilding, j.events)
	poisoned := func() string { return strings.Join(parkedPoison(t, db, sound), " ") }
	before := poisoned()
	for _, g := range []projections.Generation{projections.Rebuilding, projections.Former} {
		swap(t, db, sound, g, c, j)
		if g == projections.Rebuilding {
			if got := poisoned(); got != "31 32" {
				t.Errorf("parked after the swap: %s, want 31 32", got)
			}
		}
	}
	if got := poisoned(); got != before || got != "30 31" {
		t.Errorf("parked after the undo: %s, want 30 31", got)
	}
}

func parkedPoison(t *testing.T, db *sqlx.DB, p projections.Projection) (positions []string) {
	t.Helper()
	const query = "SELECT position FROM frame.parked WHERE schema = $1 AND cause = 'poison' ORDER BY position"
	if err := db.SelectContext(t.Context(), &positions, query, p.Schema()); err != nil {
		t.Fatal(err)
	}
	return positions
}

func TestSwapRefusesAReplayThatIsBehind(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "facts")
	project(t, db, []projections.Projection{p}, j.events)
	before := rowsOf(t, db, p)
	replayIn(t, db, p, projections.Rebuilding, j.events[:30])
	err := projections.Swap(t.Context(), db, p, projections.Rebuilding, func(context.Context, domain.Position) error { return nil })
	if !errors.Is(err, domain.ErrConflict) {
		t.Errorf("Swap gives %v, want a conflict", err)
	}
	if diff := cmp.Diff(before, rowsOf(t, db, p)); diff != "" {
		t.Errorf("rows after a refused swap (-want +got):\n%s", diff)
	}
}

// TestReadersNeverSeeHalfASwap reads a ranking over and over while its tables are swapped.
func TestReadersNeverSeeHalfASwap(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events)
	want, err := projections.Ranking(t.Context(), db, "small-2019")
	if err != nil {
		t.Fatal(err)
	}
	often := projections.Prepare(db)
	swapped := make(chan struct{})
	var reading errgroup.Group
	for _, from := range []projections.Querier{db, db, often, often, often, often, often, often} {
		reading.Go(func() error {
			for {
				got, err := projections.Ranking(t.Context(), from, "small-2019")
				if err != nil {
					return err
				}
				if diff := cmp.Diff(want, got); diff != "" {
					return fmt.Errorf("ranking during a swap (-want +got):\n%s", diff)
				}
				select {
				case <-swapped:
					return nil
				default:
				}
			}
		})
	}
	for range 6 {
		c := replayIn(t, db, p, projections.Rebuilding, j.events)
		swap(t, db, p, projections.Rebuilding, c, j)
	}
	close(swapped)
	if err := reading.Wait(); err != nil {
		t.Error(err)
	}
}
