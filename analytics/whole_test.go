package analytics_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/analytics"
	"thidua/domain"
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
			UNION ALL SELECT season, 'granted' FROM analytics.fact_award_v1 WHERE granted
			UNION ALL SELECT season, 'criterion' FROM analytics.dim_criterion_v1
			UNION ALL SELECT season, 'period' FROM analytics.dim_period_v1
			UNION ALL SELECT season, 'complete' FROM analytics.dim_season_v1 WHERE complete
		) AS shown
		GROUP BY season, view
		ORDER BY 1`
	return lines, q.SelectContext(ctx, &lines, query)
}

// However far the seasons and the other read models have come, of an import all of a view is seen or nothing: of the example season's first half, and of
// the rest.
func TestNobodySeesHalfOfAnImport(t *testing.T) {
	t.Parallel()
	r := newRecord(t)
	r.take(t, firstHalf(t))
	half := len(r.events)
	r.take(t, "../examples/"+example)
	end := len(r.events)
	within, later, last := half/2, (half+end)/2, end-3 // before it ends come awards
	seen := map[string]bool{}
	for _, way := range [][][2]int{ // how far the seasons are, and the others
		{{within, 0}, {half, within}, {half, half}, {half, later}, {later, later}, {end, later}, {end, last}, {end, end}},
		{{0, within}, {0, later}, {within, later}, {half, last}, {half, end}, {later, end}, {last, end}, {end, end}},
	} {
		db := database(t)
		for _, at := range way {
			for line := range r.looked(t, db, at) {
				seen[line] = true
			}
		}
	}
	whole := r.looked(t, database(t), [2]int{half, half})
	for line := range r.looked(t, database(t), [2]int{end, end}) {
		whole[line] = true
	}
	if diff := cmp.Diff(whole, seen); diff != "" || len(whole) != 9 {
		t.Errorf("what was seen (-after an import +seen):\n%s", diff)
	}
}

// looked brings the seasons and the other read models to two positions, and gives what the views show then.
func (r *record) looked(t *testing.T, db *sqlx.DB, at [2]int) map[string]bool {
	t.Helper()
	for _, p := range r.projections() {
		to := at[1]
		if p.Name == "seasons" {
			to = at[0]
		}
		r.project(t, db, p, to)
	}
	lines, err := facts(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, line := range lines {
		shown[line] = true
	}
	return shown
}

// firstHalf is the example season as it was in July: its third and fourth quarters and its end have not come yet.
func firstHalf(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), example)
	if err := os.CopyFS(dir, os.DirFS("../examples/"+example)); err != nil {
		t.Fatal(err)
	}
	later, err := filepath.Glob(filepath.Join(dir, "evidence", "*-q[34].*"))
	for _, name := range later {
		err = errors.Join(err, os.Remove(name))
	}
	for name, pattern := range map[string]string{
		"values.csv": `.*,2019-Q[34],.*\n`, "verifications.csv": `.*,2019-Q[34],.*\n`, "exceptions.csv": `.*,2019-Q[34],.*\n`,
		"ballots.csv": `.*,son-la,.*\n|.*,20..-.*\n`, "awards.csv": `.*,20..-.*\n`, "season.yaml": `finalised_at:.*\n`,
	} {
		content, failed := os.ReadFile(filepath.Join(dir, name))
		content = regexp.MustCompile(pattern).ReplaceAll(content, nil)
		err = errors.Join(err, failed, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// An analyst who reads while every read model is built anew beside the live one and swapped in sees the same all the time.
func TestAnalystsReadOnDuringARebuild(t *testing.T) {
	t.Parallel()
	r := imported(t)
	db := r.projected(t)
	a, _ := analyst(t, db)
	want, err := facts(t.Context(), a)
	if err != nil || len(want) != 8 {
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

// An analyst who does not let go of a view keeps new ones from being made, but not other readers from reading; then they are made.
func TestInstallDoesNotWaitForAnalysts(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, _ := analyst(t, db)
	tx, err := a.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := facts(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	db.MustExecContext(t.Context(), "DELETE FROM frame.analytics") // as if they were of another program
	if err := analytics.Install(t.Context(), db); err == nil || !projections.Passing(err) {
		t.Errorf("Install while an analyst reads gives %v, want that it can be tried again", err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := analytics.Install(t.Context(), db); err != nil {
		t.Error(err)
	}
}
