package analytics_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/analytics"
	"thidua/domain"
	"thidua/examples/national"
	"thidua/projections"
)

// facts counts the rows of each season in the views that must not show a part of an import, in one statement, as an analyst could.
func facts(ctx context.Context, q interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
},
) (lines []string, err error) {
	const query = `
		SELECT concat_ws(' ', season, view, count(*))
		FROM (
			SELECT season, 'value' AS view FROM analytics.fact_value_v1
			UNION ALL SELECT season, 'score' FROM analytics.fact_score_v1
			UNION ALL SELECT season, 'standing' FROM analytics.fact_standing_v1
			UNION ALL SELECT season, 'award' FROM analytics.fact_award_v1
			UNION ALL SELECT season, 'criterion' FROM analytics.dim_criterion_v1
			UNION ALL SELECT season, 'period' FROM analytics.dim_period_v1
			UNION ALL SELECT season, 'complete' FROM analytics.dim_season_v1 WHERE complete
		) AS shown
		GROUP BY season, view
		ORDER BY 1`
	return lines, q.SelectContext(ctx, &lines, query)
}

// However far each read model has come, of an import all of a view is seen or nothing.
func TestNobodySeesHalfOfAnImport(t *testing.T) {
	t.Parallel()
	r := imported(t)
	r.generate(t, national.Config{Units: 7, Criteria: 6, Periods: 3, Seed: 11})
	db := database(t)
	all := r.projections()
	at := make([]int, len(all))
	chance := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	steps := 0
	for behind := true; behind; steps++ {
		i := chance.IntN(len(all))
		at[i] = min(len(r.events), at[i]+1+chance.IntN(300))
		r.project(t, db, all[i], at[i])
		lines, err := facts(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			seen[line] = true
		}
		behind = false
		for _, to := range at {
			behind = behind || to < len(r.events)
		}
	}
	whole, err := facts(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, line := range whole {
		want[line] = true
	}
	if diff := cmp.Diff(want, seen); diff != "" || len(whole) != 2*7 || steps < 50 {
		t.Errorf("what was seen in %d steps (-whole seasons +seen):\n%s", steps, diff)
	}
}

// An analyst who reads while every read model is built anew beside the live one and swapped in sees the same all the time.
func TestAnalystsReadOnDuringARebuild(t *testing.T) {
	t.Parallel()
	r := imported(t)
	db := r.projected(t)
	a, _ := analyst(t, db)
	want, err := facts(t.Context(), a)
	if err != nil || len(want) != 7 {
		t.Fatalf("%d lines and %v before", len(want), err)
	}
	swapped := make(chan struct{})
	var reading errgroup.Group
	reading.Go(func() error {
		for {
			got, err := facts(t.Context(), a)
			if err != nil {
				return err
			}
			if diff := cmp.Diff(want, got); diff != "" {
				return fmt.Errorf("during a rebuild (-before +during):\n%s", diff)
			}
			select {
			case <-swapped:
				return nil
			default:
			}
		}
	})
	for _, p := range r.projections() {
		r.rebuild(t, db, p)
	}
	close(swapped)
	if err := reading.Wait(); err != nil {
		t.Error(err)
	}
	for _, p := range r.projections() {
		if _, err := projections.DropFormer(t.Context(), db, p); err != nil {
			t.Error(err)
		}
	}
	if got, err := facts(t.Context(), a); err != nil || !cmp.Equal(want, got) {
		t.Errorf("after the old tables were dropped there are %v, %v, want %v", got, err, want)
	}
	if err := analytics.Install(t.Context(), db); err != nil {
		t.Error(err)
	}
}

// rebuild builds a projection anew beside the live one and swaps it in, as often as a reader is in the way.
func (r *record) rebuild(t *testing.T, db *sqlx.DB, p projections.Projection) {
	t.Helper()
	c, err := projections.Resume(t.Context(), db, p, projections.Rebuilding, "epoch", "rebuilder")
	if err != nil {
		t.Fatal(err)
	}
	reach := func(ctx context.Context, to domain.Position) error {
		return projections.ProjectIn(ctx, db, p, p.Beside(projections.Rebuilding), p.New(), c, r.events[c.Position:to])
	}
	for {
		err := projections.Swap(t.Context(), db, p, projections.Rebuilding, reach)
		if err == nil {
			return
		}
		if !projections.Passing(err) {
			t.Fatal(err)
		}
	}
}

// Where a projection is not there yet the views are not made, and nothing fails; they are made when it is. Any number may try at once.
func TestInstallWaitsForTheReadModels(t *testing.T) {
	t.Parallel()
	db := frame(t)
	all := projections.All(nil, nil)
	for _, p := range all {
		if err := analytics.Install(t.Context(), db); !errors.Is(err, analytics.ErrNotYet) && p.Name != "keys" { // of which there is nothing in the views
			t.Fatalf("Install before %s gives %v, want that it is not yet possible", p.Name, err)
		}
		if err := projections.Install(t.Context(), db, p); err != nil {
			t.Fatal(err)
		}
	}
	var group errgroup.Group
	for range 4 {
		group.Go(func() error { return analytics.Install(t.Context(), db) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if lines, err := facts(t.Context(), db); err != nil || len(lines) > 0 {
		t.Errorf("the views give %v, %v, want nothing", lines, err)
	}
}
