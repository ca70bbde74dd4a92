package analytics_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	"thidua/analytics"
)

// line is a unit's criterion; cell is one of its periods.
type (
	line struct{ unit, criterion string }
	cell struct {
		line
		period string
	}
)

// reported is a value on the log.
type reported struct {
	cell
	value int
}

// criterion is what the suppression hangs on.
type criterion struct {
	id, formula, overTime string
	sensitive             bool
}

func (c criterion) coupled() bool { return c.formula == "relative" || c.formula == "per_max" }

// table is a season's values, drawn at random, in the order of the log.
type table struct {
	season   string
	units    []string
	criteria []criterion
	values   []reported
}

// drawTable draws a season: few units, few periods, and many small numbers.
func drawTable(rt *rapid.T, season string) *table {
	s := &table{season: season}
	for i := range rapid.IntRange(1, 6).Draw(rt, "units") {
		s.units = append(s.units, fmt.Sprintf("u%d", i))
	}
	for i := range rapid.IntRange(1, 5).Draw(rt, "criteria") {
		s.criteria = append(s.criteria, criterion{
			id:        fmt.Sprintf("c%d", i),
			formula:   rapid.SampledFrom([]string{"absolute", "count", "relative", "per_max", "steps"}).Draw(rt, "formula"),
			overTime:  rapid.SampledFrom([]string{"sum", "latest", "cumulative"}).Draw(rt, "over time"),
			sensitive: rapid.IntRange(0, 2).Draw(rt, "sensitive") == 0,
		})
	}
	var cells []cell
	for _, u := range s.units {
		for _, c := range s.criteria {
			for p := range rapid.IntRange(1, 3).Draw(rt, "periods") {
				cells = append(cells, cell{line{u, c.id}, fmt.Sprintf("p%d", p)})
			}
		}
	}
	for _, c := range rapid.Permutation(cells).Draw(rt, "order") {
		if rapid.IntRange(0, 5).Draw(rt, "missing") > 0 {
			s.values = append(s.values, reported{c, rapid.SampledFrom([]int{0, 3, 4, 5, 8, 13, 40, 70, 200}).Draw(rt, "value")})
		}
	}
	return s
}

// put writes the season, without its values, as if it had been projected.
func (s *table) put(ctx context.Context, db *sqlx.DB) error {
	statements := []string{fmt.Sprintf("INSERT INTO p_seasons_2.season (season, position, events) VALUES ('%s', 1, 1)", s.season)}
	for i, c := range s.criteria {
		statements = append(statements, fmt.Sprintf(`
			INSERT INTO p_seasons_2.criterion (season, criterion, position, group_id, name_vi, measure, kind, direction, over_time, points, formula, steps)
			VALUES ('%s', '%s', %d, 'A', '', '', 'number', 'higher', '%s', 10, '%s', '[]')`, s.season, c.id, i, c.overTime, c.formula))
		for _, u := range s.units {
			statements = append(statements, fmt.Sprintf(
				"INSERT INTO p_pledges_1.target (season, unit, criterion, position, target, target_text, na) VALUES ('%s', '%s', '%s', 1, 50, '50', false)", s.season, u, c.id))
		}
	}
	if _, err := db.ExecContext(ctx, strings.Join(statements, ";")); err != nil {
		return err
	}
	for _, c := range s.criteria {
		if c.sensitive {
			if err := analytics.Mark(ctx, db, s.season, c.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// report writes values behind those that are there.
func (s *table) report(ctx context.Context, db *sqlx.DB, values []reported) error {
	for _, v := range values {
		const insert = `
			INSERT INTO p_facts_1.value (position, recordedtime, season, unit, period, criterion, version, corrected, value, value_text, submitted_by, evidence)
			SELECT coalesce(max(position), 0) + 1, 'epoch', $1, $2, $3, $4, 1, false, $5, '', '', '[]' FROM p_facts_1.value`
		if _, err := db.ExecContext(ctx, insert, s.season, v.unit, v.period, v.criterion, v.value); err != nil {
			return err
		}
	}
	return nil
}

// hidden reads which lines are hidden, and which units' totals.
func (s *table) hidden(ctx context.Context, db *sqlx.DB) (lines map[line]bool, totals map[string]bool, err error) {
	var rows []struct{ Unit, Criterion string }
	const query = `
		SELECT unit, criterion FROM analytics_rules.line WHERE season = $1
		UNION ALL
		SELECT unit, '' FROM analytics_rules.total WHERE season = $1`
	if err := db.SelectContext(ctx, &rows, query, s.season); err != nil {
		return nil, nil, err
	}
	lines, totals = map[line]bool{}, map[string]bool{}
	for _, r := range rows {
		if r.Criterion == "" {
			totals[r.Unit] = true
		} else {
			lines[line{r.Unit, r.Criterion}] = true
		}
	}
	return lines, totals, nil
}

// small lists the cells of lines of sensitive criteria in which there is a number under 5, or between two of which there is one.
func (s *table) small() (cells []reported) {
	for _, c := range s.criteria {
		for _, u := range s.units {
			values := s.of(line{u, c.id})
			if c.sensitive && slices.ContainsFunc(values, func(v reported) bool {
				return v.value < 5 || c.overTime == "cumulative" && slices.ContainsFunc(values, func(w reported) bool { return w != v && max(v.value-w.value, w.value-v.value) < 5 })
			}) {
				cells = append(cells, values...)
			}
		}
	}
	return cells
}

// of lists the values of a line by period.
func (s *table) of(l line) (values []reported) {
	for _, v := range s.values {
		if v.line == l {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b reported) int { return strings.Compare(a.period, b.period) })
	return values
}
