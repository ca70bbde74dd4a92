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

// TestDifferFindsOneChangedRow changes, takes away and adds one row of each table of each projection.
func TestDifferFindsOneChangedRow(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	stream := domain.AwardsStream("small-2019")
	j.add(stream, &domain.BallotTallied{Award: "flag", Unit: "son-la", Body: domain.BodyCluster, Members: "4", Present: "4", Yes: "2", No: "2", Blank: "0", Invalid: "0"})
	j.add(stream, &domain.AwardGranted{Award: "flag", Unit: "son-la", DecisionNumber: "12/QĐ", Signer: "p-1", Competence: j.say("Chủ tịch"), By: "p-2"})
	db, all := database(t, j)
	project(t, db, all, j.events)
	for _, p := range all {
		proof, _ := replay(t, db, p, j.events)
		if got, err := projections.Differ(t.Context(), db, p, proof); got != "" || err != nil {
			t.Errorf("%s: Differ before any change gives %q, %v", p.Name, got, err)
		}
		for _, table := range p.Tables {
			if table.Derived || table.OfSeason {
				continue // without a position of its own
			}
			live, fresh := p.Schema()+"."+table.Name, proof+"."+table.Name
			change := "position = position + 1"
			if strings.Contains(table.Columns, "recordedtime") { // there the position may be the key
				change = "recordedtime = recordedtime + interval '1 microsecond'"
			}
			for _, test := range []struct{ statement, want string }{
				{"UPDATE " + live + " SET " + change + " WHERE ctid = (SELECT max(ctid) FROM " + live + ")", "has a row that does not follow"},
				{"DELETE FROM " + live + " WHERE ctid = (SELECT max(ctid) FROM " + live + ")", "lacks a row"},
				{"DELETE FROM " + fresh + " WHERE ctid = (SELECT max(ctid) FROM " + fresh + ")", "has a row that does not follow"},
			} {
				got := differAfter(t, db, p, proof, test.statement)
				if want := "table " + table.Name + " " + test.want; !strings.HasPrefix(got, want) || !strings.Contains(got, "position") {
					t.Errorf("%s: Differ after %q gives %q, want %q and the position", p.Name, test.statement, got, want)
				}
			}
		}
	}
}

// differAfter compares after a change that is taken back then.
func differAfter(t *testing.T, db *sqlx.DB, p projections.Projection, schema, change string) string {
	t.Helper()
	tx, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if n, err := tx.MustExecContext(t.Context(), change).RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s changes %d rows, want 1", change, n)
	}
	difference, err := projections.DifferIn(t.Context(), tx, p, schema)
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

// TestDifferSeesHowANumberIsWritten changes a number's digits and not its value.
func TestDifferSeesHowANumberIsWritten(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events)
	replayIn(t, db, p, projections.Proof, j.events)
	db.MustExecContext(t.Context(), "UPDATE p_standings_1.standing SET total = round(total, scale(total) + 1)")
	difference, err := projections.Differ(t.Context(), db, p, p.Beside(projections.Proof))
	if want := "table standing has a row"; err != nil || !strings.HasPrefix(difference, want) {
		t.Errorf("Differ gives %q, %v, want %q", difference, err, want)
	}
}

// TestDifferNeedsTheKeys doubles a row, which only a table without its key lets happen.
func TestDifferNeedsTheKeys(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "units")
	project(t, db, []projections.Projection{p}, j.events)
	replayIn(t, db, p, projections.Proof, j.events)
	db.MustExecContext(t.Context(), "ALTER TABLE p_units_1.unit DROP CONSTRAINT unit_pkey; INSERT INTO p_units_1.unit SELECT * FROM p_units_1.unit LIMIT 1")
	difference, err := projections.Differ(t.Context(), db, p, p.Beside(projections.Proof))
	if want := "primary key"; err != nil || !strings.Contains(difference, want) {
		t.Errorf("Differ gives %q, %v, want that it names the %s", difference, err, want)
	}
}

func TestDifferComparesWhatIsParked(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	sound := named(t, all, "facts")
	trips := projections.Tripping(sound, func(position domain.Position) bool { return position == 31 })
	project(t, db, []projections.Projection{sound}, j.events)
	c := replayIn(t, db, trips, projections.Proof, j.events)
	if c.Parked == 0 {
		t.Fatal("nothing is parked: the test shows nothing")
	}
	difference, err := projections.Differ(t.Context(), db, sound, sound.Beside(projections.Proof))
	if want := "position 31 is not parked"; err != nil || !strings.Contains(difference, want) {
		t.Errorf("Differ gives %q, %v, want %q", difference, err, want)
	}
}

// TestCompareHoldsForAMoment compares while the projection goes on: what comes after it was held is not seen.
func TestCompareHoldsForAMoment(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events[:30])
	c := replayIn(t, db, p, projections.Proof, j.events[:10])
	difference, err := projections.Compare(t.Context(), db, p, projections.Proof, reaching(db, p, projections.Proof, c, j.events))
	if err != nil || difference != "" || c.Position != 30 {
		t.Errorf("Compare gives %q, %v at position %d, want no difference at 30", difference, err, c.Position)
	}
}

// TestSwapPutsTheReplayInPlace mends damaged tables by a swap, and puts the damaged ones back by another, with events in between.
func TestSwapPutsTheReplayInPlace(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		live, applier := claim(t, db, p), p.New()
		carry := func(to int) {
			t.Helper()
			if err := projections.Project(t.Context(), db, p, applier, live, j.events[live.Position:to]); err != nil {
				t.Fatalf("%s: the projector: %v", p.Name, err)
			}
		}
		swap := func(g projections.Generation, c *projections.Checkpoint) {
			t.Helper()
			if err := projections.Swap(t.Context(), db, p, g, reaching(db, p, g, c, j.events)); err != nil {
				t.Fatal(err)
			}
		}
		carry(20)
		want := rowsOf(t, db, p)
		table := p.Schema() + "." + p.Tables[0].Name
		db.MustExecContext(t.Context(), "DELETE FROM "+table) // what the rebuild is to mend
		swap(projections.Rebuilding, replayIn(t, db, p, projections.Rebuilding, j.events[:8]))
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
		swap(projections.Former, former)
		swap(projections.Former, former)
		if diff := cmp.Diff(rebuilt, rowsOf(t, db, p)); diff != "" {
			t.Errorf("%s: rows after there and back (-want +got):\n%s", p.Name, diff)
		}
		carry(len(j.events))
		schemas, err := projections.DropFormer(t.Context(), db, p)
		if diff := cmp.Diff([]string{p.Beside(projections.Former)}, schemas); diff != "" || err != nil {
			t.Errorf("%s: dropped (-want +got):\n%s%v", p.Name, diff, err)
		}
	}
	if n := count(t, db, "frame.checkpoint"); n != len(all) {
		t.Errorf("%d checkpoints after the swaps, want %d", n, len(all))
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
		if err := projections.Swap(t.Context(), db, sound, g, reaching(db, sound, g, c, j.events)); err != nil {
			t.Fatal(err)
		}
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

// TestNewVersionGoesLiveWhenItHasCaughtUp adds a column in a second version, and goes back to the first.
func TestNewVersionGoesLiveWhenItHasCaughtUp(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	first := named(t, all, "units")
	project(t, db, []projections.Projection{first}, j.events)
	second := first
	second.Version = 2
	second.DDL += "ALTER TABLE unit ADD COLUMN short text; COMMENT ON COLUMN unit.short IS 'Short name.';"
	second.Tables = []projections.Table{first.Tables[0]}
	second.Tables[0].Columns += ", short"
	if err := projections.Install(t.Context(), db, second); err != nil {
		t.Fatal(err)
	}
	c, applier := claim(t, db, second), second.New()
	step := func(events []domain.Recorded) {
		t.Helper()
		if err := errors.Join(
			projections.Project(t.Context(), db, second, applier, c, events),
			projections.GoLive(t.Context(), db, second, c),
		); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "read.unit_v1"); n != len(members) {
			t.Errorf("readers see %d units at position %d, want %d", n, c.Position, len(members))
		}
	}
	shown := func() (columns int) {
		t.Helper()
		const query = "SELECT count(short) FILTER (WHERE short = 's') FROM read.unit_v1"
		db.MustExecContext(t.Context(), "UPDATE p_units_2.unit SET short = 's'")
		if err := db.GetContext(t.Context(), &columns, query); err != nil {
			t.Fatal(err)
		}
		return columns
	}
	step(j.events[:1])
	step(j.events[1:])
	if c.Live {
		t.Error("it went live without its indexes")
	}
	if err := errors.Join(projections.Index(t.Context(), db, second, c), projections.GoLive(t.Context(), db, second, c)); err != nil {
		t.Fatal(err)
	}
	if n := shown(); !c.Live || n != len(members) {
		t.Errorf("caught up: live is %v and %d units of the new version are shown, want all %d", c.Live, n, len(members))
	}
	if err := projections.Return(t.Context(), db, first); err != nil {
		t.Fatal(err)
	}
	if n := shown(); n != 0 || count(t, db, "read.unit_v1") != len(members) {
		t.Errorf("back at the first version: %d units of the new version are shown, want those of the first", n)
	}
	if err := projections.Return(t.Context(), db, first); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a second Return gives %v, want %v", err, domain.ErrNotFound)
	}
}

// TestNewerVersionsKeepOnlyTheOneBefore goes through three versions.
func TestNewerVersionsKeepOnlyTheOneBefore(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "units")
	project(t, db, []projections.Projection{p}, j.events)
	for version := 2; version <= 3; version++ {
		p.Version = version
		if err := projections.Install(t.Context(), db, p); err != nil {
			t.Fatal(err)
		}
		c := claim(t, db, p)
		if err := errors.Join(projections.Project(t.Context(), db, p, p.New(), c, j.events), projections.Index(t.Context(), db, p, c),
			projections.GoLive(t.Context(), db, p, c)); err != nil {
			t.Fatal(err)
		}
	}
	var schemas []string
	if err := db.SelectContext(t.Context(), &schemas, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'p_units%' ORDER BY nspname"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p_units_2", "p_units_3"}, schemas); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
	dropped, err := projections.DropFormer(t.Context(), db, p)
	if diff := cmp.Diff([]string{"p_units_2"}, dropped); diff != "" || err != nil {
		t.Errorf("dropped (-want +got):\n%s%v", diff, err)
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
		c := replayIn(t, db, p, projections.Rebuilding, j.events)
		if err := projections.Swap(t.Context(), db, p, projections.Rebuilding, reaching(db, p, projections.Rebuilding, c, j.events)); err != nil {
			t.Error(err)
		}
	}
	close(swapped)
	if err := reading.Wait(); err != nil {
		t.Error(err)
	}
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
