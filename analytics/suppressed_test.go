package analytics_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/analytics"
	"thidua/domain"
)

// suppressionShows marks criteria of the example season and looks at what the views hold back then: one that is a ratio, and one whose points couple the
// units. Everything else stays as it was.
func suppressionShows(t *testing.T, db *sqlx.DB) {
	t.Helper()
	for _, c := range []string{"A5", "B1"} {
		if err := analytics.Mark(t.Context(), db, example, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := analytics.Mark(t.Context(), db, example, "A6"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("marking what is no criterion gives %v", err)
	}
	faults := map[string]string{
		"numbers beside suppressed": `
			SELECT count(*) FROM analytics.fact_value_v1
			WHERE suppressed <> (value IS NULL) OR suppressed <> (value_text IS NULL) OR suppressed AND (denominator IS NOT NULL OR denominator_text IS NOT NULL)`,
		"scores beside suppressed": `
			SELECT count(*) FROM analytics.fact_score_v1
			WHERE suppressed <> (points IS NULL) OR suppressed AND (target IS NOT NULL OR actual IS NOT NULL OR attainment IS NOT NULL)`,
		"small numbers": `
			SELECT count(*) FROM analytics.fact_value_v1 JOIN analytics.dim_criterion_v1 USING (season, criterion)
			WHERE sensitive AND (value < 5 OR denominator < 5)`,
		"lines of which a part is shown": `
			SELECT count(*) FROM (
				SELECT FROM analytics.fact_value_v1 JOIN analytics.fact_score_v1 AS score USING (season, unit, criterion) WHERE fact_value_v1.suppressed <> score.suppressed
			) AS torn`,
		"units that are measured by each other and of which some are shown": `
			SELECT count(*) FROM analytics.fact_score_v1 WHERE season = '` + example + `' AND criterion = 'B1' AND NOT suppressed`,
		"units with only one hidden item":  "SELECT count(*) FROM (SELECT FROM analytics.fact_score_v1 WHERE suppressed GROUP BY season, unit HAVING count(*) = 1) AS bare",
		"other seasons":                    "SELECT count(*) FROM analytics.fact_value_v1 WHERE suppressed AND season <> '" + example + "'",
		"totals where something covers it": "SELECT count(*) FROM analytics.fact_standing_v1 WHERE suppressed OR total IS NULL",
	}
	for what, query := range faults {
		var n int
		if err := db.GetContext(t.Context(), &n, query); err != nil || n > 0 {
			t.Errorf("%s: %d and %v, want none", what, n, err)
		}
	}
	var criteria []string
	const hidden = "SELECT DISTINCT criterion FROM analytics.fact_score_v1 WHERE suppressed ORDER BY 1"
	if err := db.SelectContext(t.Context(), &criteria, hidden); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A1", "A5", "B1"}, criteria); diff != "" {
		t.Errorf("hidden are (-want +got):\n%s", diff)
	}
	unsureHidesAll(t, db)
}

// unsureHidesAll sets the read model of the values back behind the standings: what is small can't be told then.
func unsureHidesAll(t *testing.T, db *sqlx.DB) {
	t.Helper()
	const back = "UPDATE frame.checkpoint SET position = position + $1 WHERE name = 'facts'"
	var shown int
	const query = `
		SELECT (SELECT count(*) FROM analytics.fact_score_v1 WHERE season = $1 AND points IS NOT NULL)
			+ (SELECT count(*) FROM analytics.fact_standing_v1 WHERE season = $1 AND coalesce(total, indicator_points) IS NOT NULL)`
	if _, err := db.ExecContext(t.Context(), back, -100000); err != nil {
		t.Fatal(err)
	}
	if err := db.GetContext(t.Context(), &shown, query, example); err != nil || shown > 0 {
		t.Errorf("%d scores and totals are shown while the values are behind, %v", shown, err)
	}
	if _, err := db.ExecContext(t.Context(), back, 100000); err != nil {
		t.Fatal(err)
	}
	if err := db.GetContext(t.Context(), &shown, query, example); err != nil || shown < 100 {
		t.Errorf("%d scores and totals are shown when the values are there again, %v", shown, err)
	}
}
