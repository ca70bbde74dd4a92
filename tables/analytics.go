package tables

// Analytics is the schema analytics.
func Analytics() Source {
	season, unit := Reference{[]string{"season"}, "dim_season_v1", []string{"season"}}, Reference{[]string{"unit"}, "dim_unit_v1", []string{"unit"}}
	criterion := Reference{[]string{"season", "criterion"}, "dim_criterion_v1", []string{"season", "criterion"}}
	period := Reference{[]string{"season", "period"}, "dim_period_v1", []string{"season", "period"}}
	return Source{
		Schema: "analytics",
		Moment: `
			SELECT view, position, parked, (SELECT max(epoch) FROM frame.checkpoint WHERE live) AS epoch
			FROM analytics.position_v1`,
		Seasons: `
			SELECT season, position, complete, ARRAY(
				SELECT criterion FROM private.sensitive_criterion AS marked WHERE marked.season = season.season ORDER BY criterion
			)
			FROM analytics.dim_season_v1 AS season`,
		Tables: []Table{
			// A value's row changes after its event: one comes that counts in its place, the season becomes final, or numbers are held back.
			{Name: "fact_value_v1", Key: []string{"position"}, References: []Reference{season, unit, period, criterion}, BySeason: true},
			// Standings change with the day alone, without an event of their season.
			{Name: "fact_score_v1", Key: []string{"season", "unit", "criterion"}, References: []Reference{season, unit, criterion}},
			{Name: "fact_standing_v1", Key: []string{"season", "unit"}, References: []Reference{season, unit}},
			{Name: "fact_award_v1", Key: []string{"season", "award", "unit"}, References: []Reference{season, unit}},
			{Name: "dim_unit_v1", Key: []string{"unit", "version"}},
			{Name: "dim_criterion_v1", Key: []string{"season", "criterion"}, References: []Reference{season}},
			{Name: "dim_period_v1", Key: []string{"season", "period"}, References: []Reference{season}},
			{Name: "dim_season_v1", Key: []string{"season"}, References: []Reference{{[]string{"head"}, "dim_unit_v1", []string{"unit"}}, {[]string{"deputy"}, "dim_unit_v1", []string{"unit"}}}},
			{Name: "position_v1", Key: []string{"view"}},
		},
	}
}
