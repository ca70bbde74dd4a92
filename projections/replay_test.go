package projections_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/projections"
)

// replay projects events into a schema of its own.
func replay(t *testing.T, db *sqlx.DB, p projections.Projection, events []domain.Recorded) (schema string, c *projections.Checkpoint) {
	t.Helper()
	schema = p.Schema() + "_replay"
	if err := projections.InstallIn(t.Context(), db, p, schema); err != nil {
		t.Fatal(err)
	}
	c = &projections.Checkpoint{Name: p.Name, Version: p.Version, Epoch: epoch}
	if err := projections.ProjectIn(t.Context(), db, p, schema, p.New(), c, events); err != nil {
		t.Fatal(err)
	}
	return schema, c
}

func TestDifferFindsOneChangedRow(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	project(t, db, all, j.events)
	for projection, change := range map[string]struct{ statement, want string }{
		"facts":     {"UPDATE p_facts_1.value SET value = value + 1 WHERE position = (SELECT max(position) FROM p_facts_1.value)", "table value has a row that does not follow"},
		"audit":     {"DELETE FROM p_audit_1.audit WHERE position = 7", "table audit lacks a row"},
		"standings": {"UPDATE p_standings_2.standing SET rank = 3 WHERE rank = 1", "table standing has a row that does not follow"},
		"people":    {"INSERT INTO p_people_1.text VALUES ('x', 1, 'y')", "table text has a row that does not follow"},
	} {
		p := named(t, all, projection)
		schema, _ := replay(t, db, p, j.events)
		before, err := projections.Differ(t.Context(), db, p, schema)
		if err != nil || before != "" {
			t.Errorf("%s: Differ before the change gives %q, %v", projection, before, err)
		}
		db.MustExecContext(t.Context(), change.statement)
		after, err := projections.Differ(t.Context(), db, p, schema)
		if err != nil || !strings.HasPrefix(after, change.want) {
			t.Errorf("%s: Differ after the change gives %q, %v, want %q", projection, after, err, change.want)
		}
		if err := projections.Drop(t.Context(), db, schema); err != nil {
			t.Error(err)
		}
	}
}

func TestHoldComparesAtOnePosition(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events)
	schema, c := replay(t, db, p, j.events[:10])
	reach := func(ctx context.Context, position domain.Position) error {
		return projections.ProjectIn(ctx, db, p, schema, p.New(), c, j.events[c.Position:position])
	}
	var difference string
	err := projections.Hold(t.Context(), db, p, reach, func(ctx context.Context, q projections.Querier) (err error) {
		difference, err = projections.Differ(ctx, q, p, schema)
		return err
	})
	if err != nil || difference != "" {
		t.Errorf("Hold gives %v, difference %q, want none", err, difference)
	}
}

func TestSwapPutsTheReplayInPlace(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		c, applier := claim(t, db, p), p.New()
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[:30]); err != nil {
			t.Fatal(err)
		}
		want := rowsOf(t, db, p)
		table := p.Schema() + "." + p.Tables[0].Name
		db.MustExecContext(t.Context(), "DELETE FROM "+table) // what the rebuild is to mend
		schema, replayed := replay(t, db, p, j.events[:12])
		err := projections.Swap(t.Context(), db, p, schema, func(ctx context.Context, live domain.Position) error {
			return projections.ProjectIn(ctx, db, p, schema, p.New(), replayed, j.events[replayed.Position:live])
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, rowsOf(t, db, p)); diff != "" {
			t.Errorf("%s: rows after the swap (-want +got):\n%s", p.Name, diff)
		}
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[30:]); err != nil {
			t.Errorf("%s: the projector after the swap: %v", p.Name, err)
		}
		if view := p.Tables[0].View; view != "" && count(t, db, "read."+view) != count(t, db, table) {
			t.Errorf("%s: the view does not show the table after the swap", p.Name)
		}
	}
	if n := count(t, db, "frame.checkpoint"); n != len(all) {
		t.Errorf("%d checkpoints after the swaps, want %d", n, len(all))
	}
}

func TestSwapRefusesAReplayThatIsBehind(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "facts")
	project(t, db, []projections.Projection{p}, j.events)
	before := rowsOf(t, db, p)
	schema, _ := replay(t, db, p, j.events[:30])
	err := projections.Swap(t.Context(), db, p, schema, func(context.Context, domain.Position) error { return nil })
	if !errors.Is(err, domain.ErrConflict) {
		t.Errorf("Swap gives %v, want a conflict", err)
	}
	if diff := cmp.Diff(before, rowsOf(t, db, p)); diff != "" {
		t.Errorf("rows after a refused swap (-want +got):\n%s", diff)
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

func TestNewVersionGoesLiveWhenItHasCaughtUp(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	first := named(t, all, "units")
	project(t, db, []projections.Projection{first}, j.events)
	second := first
	second.Version = 2
	if err := projections.Install(t.Context(), db, second); err != nil {
		t.Fatal(err)
	}
	shown := func() int { return count(t, db, "read.unit_v1") }
	c, applier := claim(t, db, second), second.New()
	if err := projections.Project(t.Context(), db, second, applier, c, j.events[:1]); err != nil {
		t.Fatal(err)
	}
	if c.Live || shown() != len(members) {
		t.Errorf("behind: live is %v and %d units are shown, want the old version's %d", c.Live, shown(), len(members))
	}
	if err := projections.Project(t.Context(), db, second, applier, c, j.events[1:]); err != nil {
		t.Fatal(err)
	}
	db.MustExecContext(t.Context(), "DELETE FROM p_units_1.unit")
	if !c.Live || shown() != len(members) {
		t.Errorf("caught up: live is %v and %d units are shown, want the new version's %d", c.Live, shown(), len(members))
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
	swapped := make(chan struct{})
	var reading errgroup.Group
	for range 3 {
		reading.Go(func() error {
			for {
				got, err := projections.Ranking(t.Context(), db, "small-2019")
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
		err := projections.Swap(t.Context(), db, p, p.Schema()+"_replay", func(context.Context, domain.Position) error {
			replay(t, db, p, j.events)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	close(swapped)
	if err := reading.Wait(); err != nil {
		t.Error(err)
	}
}
