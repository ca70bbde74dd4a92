package analytics_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/examples/national"
)

// standings are a season's as the views give them, in the form of the ranking.
func standings(t testing.TB, db *sqlx.DB, season string) []domain.Standing {
	t.Helper()
	const query = `
		SELECT coalesce(json_agg(line ORDER BY rank, unit), '[]')
		FROM (
			SELECT rank, unit, json_build_object('vi', name_vi, 'en', name_en) AS name, total::text, indicator_points::text, bonus::text, penalty::text, late, absent,
				verified_share::text, tier, eligible,
				(
					SELECT json_agg(json_build_object('criterion', criterion, 'state', state, 'target', target::text, 'actual', actual::text,
						'attainment', attainment::text, 'points', points::text, 'verified', verified) ORDER BY ordinal)
					FROM analytics.fact_score_v1 AS item
					JOIN analytics.dim_criterion_v1 USING (season, criterion)
					WHERE item.season = standing.season AND item.unit = standing.unit
				) AS items
			FROM analytics.fact_standing_v1 AS standing
			JOIN analytics.dim_unit_v1 USING (unit)
			WHERE season = $1 AND current
		) AS line`
	var document []byte
	if err := db.GetContext(t.Context(), &document, query, season); err != nil {
		t.Fatal(err)
	}
	var all []domain.Standing
	if err := json.Unmarshal(document, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSeasons reads the example season, and two that were drawn, as analysts do.
func TestSeasons(t *testing.T) {
	t.Parallel()
	r := imported(t)
	r.generate(t, national.Config{Units: 14, Criteria: 24, Periods: 2, Seed: 7})
	db := r.projected(t)
	t.Run("scores", func(t *testing.T) { scoresAreThoseOfTheRanking(t, r, db) })
	t.Run("values", func(t *testing.T) { valuesInForceMakeTheActuals(t, db) })
	t.Run("privacy", func(t *testing.T) { nothingPersonalIsShown(t, r, db) })
	t.Run("examples", func(t *testing.T) { examplesOfTheGuideRun(t, db) })
	t.Run("suppression", func(t *testing.T) { suppressionShows(t, db) }) // the last, for it marks criteria
}

// Totals and items are those of the ranking, to the last digit: of the example season as it is expected, and of seasons that were drawn.
func scoresAreThoseOfTheRanking(t *testing.T, r *record, db *sqlx.DB) {
	t.Helper()
	content, err := os.ReadFile("../examples/expected/" + example + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Standings []domain.Standing }
	if err := json.Unmarshal(content, &expected); err != nil {
		t.Fatal(err)
	}
	got := standings(t, db, example)
	for i := range got { // which the file does not have
		got[i].Name, got[i].Eligible = domain.StandingName{}, false
	}
	if diff := cmp.Diff(expected.Standings, got); diff != "" || len(expected.Standings) != 7 {
		t.Errorf("%s (-expected +views):\n%s", example, diff)
	}
	if n := len(r.seasons()); n != 3 {
		t.Fatalf("%d seasons, want 3", n)
	}
	for _, season := range r.seasons() {
		want := r.world(season).Ranking(now()).Standings
		if diff := cmp.Diff(want, standings(t, db, season)); diff != "" || len(want) < 7 {
			t.Errorf("%s (-ranking +views):\n%s", season, diff)
		}
	}
}

// The values in force are those that the scores are made of.
func valuesInForceMakeTheActuals(t *testing.T, db *sqlx.DB) {
	t.Helper()
	const query = `
		SELECT count(*) AS lines, count(*) FILTER (WHERE score.actual IS DISTINCT FROM made.actual) AS wrong
		FROM analytics.fact_score_v1 AS score
		JOIN analytics.dim_criterion_v1 AS criterion USING (season, criterion)
		JOIN (
			SELECT season, unit, criterion, kind,
				round(CASE
					WHEN over_time = 'sum' AND kind = 'number' THEN sum(value)
					WHEN over_time = 'mean' THEN avg(value)
					WHEN over_time = 'max' THEN max(value)
					WHEN over_time = 'sum' THEN 100 * sum(value) / nullif(sum(denominator), 0)
					WHEN kind = 'ratio' THEN 100 * (array_agg(value ORDER BY place DESC))[1] / nullif((array_agg(denominator ORDER BY place DESC))[1], 0)
					ELSE (array_agg(value ORDER BY place DESC))[1]
				END, 6) AS actual
			FROM analytics.fact_value_v1
			JOIN analytics.dim_criterion_v1 USING (season, criterion)
			JOIN (SELECT season, period, ordinal AS place FROM analytics.dim_period_v1) AS calendar USING (season, period)
			WHERE in_force
			GROUP BY season, unit, criterion, kind, over_time
		) AS made USING (season, unit, criterion)
		WHERE state = 'scored'`
	var got struct{ Lines, Wrong int }
	if err := db.GetContext(t.Context(), &got, query); err != nil {
		t.Fatal(err)
	}
	if got.Lines < 150 || got.Wrong > 0 {
		t.Errorf("%d of %d actual values do not follow from the values in force", got.Wrong, got.Lines)
	}
	var sources []string
	const kinds = "SELECT DISTINCT source || ' ' || in_force FROM analytics.fact_value_v1 ORDER BY 1"
	if err := db.SelectContext(t.Context(), &sources, kinds); err != nil {
		t.Fatal(err)
	}
	want := []string{"corrected false", "corrected true", "reported false", "reported true", "verified true"}
	if diff := cmp.Diff(want, sources); diff != "" {
		t.Errorf("what there is (-want +got):\n%s", diff)
	}
}
