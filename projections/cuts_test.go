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
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/projections"
)

// TestCutsDoNotMatter projects the same log twice, cut into different batches, with restarts and failed transactions in between.
func TestCutsDoNotMatter(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	for _, p := range all {
		if err := projections.InstallIn(t.Context(), db, p, p.Schema()+"_other"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j := drawJournal(rt)
		for _, p := range projections.All(j, j) {
			projectInCuts(rt, t.Context(), db, p, p.Schema(), j.events)
			projectInCuts(rt, t.Context(), db, p, p.Schema()+"_other", j.events)
			difference, err := projections.Differ(t.Context(), db, p, p.Schema()+"_other")
			if err != nil {
				rt.Fatal(err)
			}
			if difference != "" {
				rt.Errorf("%s: two replays of one log differ: %s", p.Name, difference)
			}
		}
	})
}

// TestRankingIsThatOfTheWorld compares the standings, after any log in any cuts, with the ranking of the whole record at its last moment.
func TestRankingIsThatOfTheWorld(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j := drawJournal(rt)
		p := named(t, projections.All(j, j), "standings")
		projectInCuts(rt, t.Context(), db, p, p.Schema(), j.events)
		for season := range j.seasons {
			w := j.world(season)
			got, err := projections.Ranking(t.Context(), db, season)
			if err != nil {
				rt.Fatal(err)
			}
			if got.Importing != (w.Season.Importing != "") {
				rt.Fatalf("season %s: importing is %v", season, got.Importing)
			}
			want := domain.Ranking{Final: w.Season.Final != nil}
			if !got.Importing {
				want = w.Ranking(j.events[len(j.events)-1].RecordedTime)
			}
			if got.Final != want.Final {
				rt.Errorf("season %s: final is %v, want %v", season, got.Final, want.Final)
			}
			if diff := cmp.Diff(append([]domain.Standing{}, want.Standings...), got.Standings); diff != "" {
				rt.Errorf("season %s: standings (-want +got):\n%s", season, diff)
			}
		}
	})
}

// projectInCuts projects events in batches that it draws. Between two of them the process may have been started again, or a batch may fail.
func projectInCuts(rt *rapid.T, ctx context.Context, db *sqlx.DB, p projections.Projection, schema string, events []domain.Recorded) {
	c := &projections.Checkpoint{Name: p.Name, Version: p.Version, Epoch: epoch}
	applier := p.New()
	for len(events) > 0 {
		n := rapid.IntRange(1, max(1, len(events))).Draw(rt, "batch of "+schema)
		switch rapid.SampledFrom([]string{"go on", "go on", "restart", "fail"}).Draw(rt, "then") {
		case "restart":
			applier = p.New()
		case "fail":
			if err := projections.ProjectIn(ctx, db, p, schema, failing{applier}, c, events[:n]); !errors.Is(err, errFailing) {
				rt.Fatalf("a failing batch gives %v", err)
			}
			n = rapid.IntRange(1, len(events)).Draw(rt, "batch after a failure")
		}
		if err := projections.ProjectIn(ctx, db, p, schema, applier, c, events[:n]); err != nil {
			rt.Fatal(err)
		}
		events = events[n:]
	}
}

// empty brings the tables back to where nothing was projected.
func empty(t *testing.T, db *sqlx.DB, all []projections.Projection) {
	t.Helper()
	var schemas []string
	if err := db.SelectContext(t.Context(), &schemas, "SELECT schema FROM frame.checkpoint"); err != nil {
		t.Fatal(err)
	}
	statements := []string{"UPDATE frame.checkpoint SET position = 0, event_id = ''", "DELETE FROM frame.parked"}
	for _, p := range all {
		for _, schema := range []string{p.Schema(), p.Schema() + "_other"} {
			if !slices.Contains(schemas, schema) {
				continue
			}
			for _, table := range p.Tables {
				if table.Derived {
					continue
				}
				statements = append(statements, fmt.Sprintf("DELETE FROM %s.%s", schema, table.Name))
			}
		}
	}
	if _, err := db.ExecContext(t.Context(), strings.Join(statements, ";")); err != nil {
		t.Fatal(err)
	}
}
