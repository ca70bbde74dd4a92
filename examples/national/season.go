package national

import (
	"fmt"
	"strings"
	"time"
)

// period is a part of the year.
type period struct {
	id                       string
	from, to, deadline, lock time.Time // midnights
}

// newPeriod cuts the year up to the end of November into parts of nearly the same length.
func newPeriod(index, of int) period {
	const days = 334 // to 30 November
	first := time.Date(year, 1, 1, 0, 0, 0, 0, zone())
	from, to := first.AddDate(0, 0, index*days/of), first.AddDate(0, 0, (index+1)*days/of-1)
	return period{
		id:   fmt.Sprintf("%d-P%02d", year, index+1),
		from: from, to: to, deadline: to.AddDate(0, 0, 5), lock: to.AddDate(0, 0, 15),
	}
}

// criterion is one of a season's, with the shape of its values.
type criterion struct {
	id, kind, direction, overTime, formula string
	points                                 int
	extras                                 string // the formula's own keys, as lines of YAML
	target                                 int    // what is strived for in a year, 0 for none
	growing                                bool   // each value is the year to date
}

// shapes are the kinds of criteria that there are, in turn.
func shapes() []criterion {
	return []criterion{
		{kind: "number", direction: "higher", overTime: "latest", formula: "absolute", target: 40},
		{kind: "ratio", direction: "higher", overTime: "sum", formula: "steps", target: 80, extras: "      steps: [{at_least: 1, share: 1}, {at_least: 0.8, share: 0.7}, {at_least: 0.5, share: 0.4}]\n"},
		{kind: "number", direction: "higher", overTime: "cumulative", formula: "relative", target: 120, growing: true, extras: "      cap: 1.3\n"},
		{kind: "ratio", direction: "higher", overTime: "latest", formula: "absolute", target: 90},
		{kind: "number", direction: "higher", overTime: "sum", formula: "relative", target: 300},
		{kind: "number", direction: "higher", overTime: "sum", formula: "count", extras: "      per_item: 0.25\n"},
		{kind: "ratio", direction: "lower", overTime: "latest", formula: "deduction", target: 60, extras: "      step_percent: 10\n      per_step: 2\n"},
		{kind: "number", direction: "higher", overTime: "sum", formula: "per_max"},
		{kind: "number", direction: "lower", overTime: "sum", formula: "absolute", target: 250},
		{kind: "yes_no", direction: "higher", overTime: "latest", formula: "yes_no"},
		{kind: "number", direction: "higher", overTime: "mean", formula: "absolute", target: 20, extras: "      cap: 1.2\n"},
		{kind: "number", direction: "higher", overTime: "max", formula: "count", extras: "      per_item: 0.5\n"},
	}
}

// pointsOfAll is what the criteria of a season are worth together, at most: with the bonus no more than the scale of 1,000.
const pointsOfAll = 950

func newCriterion(index, of int) criterion {
	all := shapes()
	c := all[index%len(all)]
	c.id = fmt.Sprintf("%c%02d", 'A'+rune(index/10), index+1)
	c.points = pointsOfAll / of
	return c
}

func (c criterion) yaml() string {
	return fmt.Sprintf("    - id: %s\n      group: %s\n      name: {vi: \"Chỉ tiêu %s (minh hoạ)\", en: \"Indicator %s (illustrative)\"}\n"+
		"      measure: \"\"\n      kind: %s\n      direction: %s\n      over_time: %s\n      points: %d\n      formula: %s\n%s",
		c.id, c.id[:1], c.id, c.id, c.kind, c.direction, c.overTime, c.points, c.formula, c.extras)
}

// yaml is the season's file season.yaml.
func (s *season) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "season: %s\ncluster: %s\nyear: %d\n", s.id, s.cluster, year)
	fmt.Fprintf(&b, "title: {vi: \"Giao ước thi đua năm %d, cụm xã số %d (số liệu minh hoạ)\", en: \"%d covenant of commune cluster %d (illustrative figures)\"}\n", year, s.number, year, s.number)
	fmt.Fprintf(&b, "timezone: Asia/Ho_Chi_Minh\nmembers: [%s]\nhead: %s\nfinalised_at: %s\nperiods:\n", strings.Join(s.units, ", "), s.units[0], instant(s.finalised()))
	for _, p := range s.periods {
		fmt.Fprintf(&b, "  - {id: %s, from: %s, to: %s, deadline: %s, lock: %s}\n", p.id, day(p.from), day(p.to), day(p.deadline), day(p.lock))
	}
	b.WriteString("awards:\n  - {id: certificate, title: {vi: \"Bằng khen (minh hoạ)\", en: \"Certificate of merit (illustrative)\"}, limit: 1, ballot: {body: cluster, at_least_percent: 50}}\n")
	b.WriteString("ruleset:\n  scale: 1000\n  rounding: {digits: 2}\n  bonus_cap: 50\n  lateness: {per_report: 2, max: 10}\n")
	b.WriteString("  tie_break: [fewer_penalty_points, higher_indicator_points, higher_verified_share]\n  tiers:\n")
	b.WriteString("    - {id: excellent, name: {vi: \"Xuất sắc\", en: \"Excellent\"}, min_total: 700, min_item_share: 0.2}\n")
	b.WriteString("    - {id: good, name: {vi: \"Tốt\", en: \"Good\"}, min_total: 0}\n  criteria:\n")
	for _, c := range s.criteria {
		b.WriteString(c.yaml())
	}
	return b.String()
}

// finalised is when the season's ranking is final: after every lock.
func (s *season) finalised() time.Time { return time.Date(year, 12, 22, 15, 0, s.number%60, 0, zone()) }

func day(t time.Time) string     { return t.Format(time.DateOnly) }
func instant(t time.Time) string { return t.Format(time.RFC3339) }
