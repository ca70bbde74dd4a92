package explain

import (
	"math/big"
	"slices"

	"thidua/domain"
	"thidua/domain/scoring"
)

// member is one unit's part in the calculation of a criterion's points. The names of another unit's terms begin with its id and a colon.
type member struct {
	*calculation
	w         *domain.World
	criterion *domain.CriterionDefined
	at        domain.Position // of the criterion
	unit      string
	prefix    string
	item      scoring.Item
}

// calculate writes how the points of one criterion follow from the record, for the i-th line of the ranking and the j-th criterion.
func (s *Season) calculate(i, j int) []Term {
	item := s.ranking.Detail[i].Items[j]
	own := s.member(newCalculation(), i, j)
	own.prefix = ""
	if item.Actual != nil {
		own.actual()
	}
	if item.State != scoring.StateScored {
		own.given("points", new(big.Rat), From{Rule: "an item that is " + string(item.State) + " gives no points"})
		return own.terms
	}
	if scoring.Formula(own.criterion.Formula).NeedsTarget() {
		own.attainment()
	}
	own.event("M", own.criterion.Points.Rat(), own.at, "points")
	own.points(func() string { return s.lead(own, j) })
	own.event("digits", big.NewRat(s.w.Season.Draft.Rounding.Digits.Int(), 1), s.w.Season.DraftAt, "rounding.digits")
	own.compute("points", OpRound, "exact", "digits")
	return own.terms
}

func (s *Season) member(c *calculation, i, j int) *member {
	d := s.ranking.Detail[i]
	return &member{
		calculation: c, w: s.w, criterion: &s.w.Season.Criteria[j], at: s.w.Season.CriteriaAt[j], unit: d.Unit, prefix: d.Unit + ":", item: d.Items[j],
	}
}

// lead writes the number that the formula measures every unit by: the largest attainment (relative) or actual (per_max) of all scored items.
func (s *Season) lead(own *member, j int) string {
	measure := func(m *member) string { return m.prefix + "r" }
	if scoring.Formula(own.criterion.Formula) == scoring.FormulaPerMax {
		measure = func(m *member) string { return m.prefix + "A" }
	}
	var of []string
	for i, d := range s.ranking.Detail {
		m := s.member(own.calculation, i, j)
		switch {
		case d.Unit == own.unit:
			m = own
		case m.item.State != scoring.StateScored:
			continue
		default:
			m.actual()
			if scoring.Formula(m.criterion.Formula).NeedsTarget() {
				m.attainment()
			}
		}
		of = append(of, measure(m))
	}
	return own.compute("L", OpMax, of...)
}

// actual writes how the year's actual is made of the values of the periods.
func (m *member) actual() {
	var values, denominators []string
	ratio := scoring.Kind(m.criterion.Kind) == scoring.KindRatio
	for _, u := range m.item.Used {
		position := m.position(u)
		values = append(values, m.event(m.prefix+"value."+u.Period, u.Value, position, "value"))
		if ratio {
			denominators = append(denominators, m.event(m.prefix+"denominator."+u.Period, u.Denominator, position, "denominator"))
		}
	}
	total := m.prefix + "total"
	switch {
	case ratio:
		m.compute(total, OpSum, values...)
		m.compute(m.prefix+"denominators", OpSum, denominators...)
		m.compute(m.prefix+"share", OpQuotient, total, m.prefix+"denominators")
		m.compute(m.prefix+"A", OpProduct, "100", m.prefix+"share")
	case scoring.OverTime(m.criterion.OverTime) == scoring.OverTimeMean:
		m.compute(total, OpSum, values...)
		m.compute(m.prefix+"A", OpQuotient, total, whole(len(values)))
	case scoring.OverTime(m.criterion.OverTime) == scoring.OverTimeMax:
		m.compute(m.prefix+"A", OpMax, values...)
	default: // the sum, or the one value of latest and cumulative
		m.compute(m.prefix+"A", OpSum, values...)
	}
}

// position is where a value that was used stands on the log.
func (m *member) position(u scoring.Used) domain.Position {
	report := m.w.Report(m.unit, u.Period)
	if u.Verified {
		return report.Verifications[u.Ref].Position
	}
	return report.Submissions[u.Ref].Position
}

// attainment writes r: how far the target was met, not above the cap.
func (m *member) attainment() {
	m.event(m.prefix+"T", m.item.Target, m.w.Pledge(m.unit).TargetsAt, "targets."+m.criterion.ID)
	limit, over := "cap", m.prefix+"ratio"
	if _, ok := m.values[limit]; !ok {
		m.limit()
	}
	if scoring.Direction(m.criterion.Direction) == scoring.DirectionLower {
		m.compute(over, OpQuotient, m.prefix+"T", m.prefix+"A")
		m.compute(m.prefix+"met", OpIfZero, m.prefix+"A", limit, over)
	} else {
		m.compute(over, OpQuotient, m.prefix+"A", m.prefix+"T")
		m.compute(m.prefix+"untargeted", OpIfZero, m.prefix+"A", "1", limit)
		m.compute(m.prefix+"met", OpIfZero, m.prefix+"T", m.prefix+"untargeted", over)
	}
	m.compute(m.prefix+"r", OpMin, m.prefix+"met", limit)
}

// limit writes the cap: the ruleset's, or the one that spec "scoring" gives where the ruleset has none.
func (m *member) limit() {
	formula := scoring.Formula(m.criterion.Formula)
	if formula.TakesCap() && m.criterion.Cap.Given() {
		m.event("cap", m.item.Cap, m.at, "cap")
		return
	}
	m.given("cap", m.item.Cap, From{Rule: "the cap of " + string(formula) + " where the ruleset gives none"})
}

// points writes the exact points by the formula; lead writes L where the formula has it.
func (m *member) points(lead func() string) {
	c := m.criterion
	switch scoring.Formula(c.Formula) {
	case scoring.FormulaAbsolute:
		m.compute("exact", OpProduct, "M", "r")
	case scoring.FormulaRelative:
		lead()
		m.relative()
	case scoring.FormulaSteps:
		m.compute("step", OpStep, append([]string{"r"}, m.steps()...)...)
		m.compute("exact", OpProduct, "M", "step")
	case scoring.FormulaDeduction:
		m.deduction()
	case scoring.FormulaPerMax:
		lead()
		m.compute("of_best", OpQuotient, "A", "L")
		m.compute("exact", OpProduct, "M", "of_best")
	case scoring.FormulaYesNo:
		m.compute("yes", OpEqual, "A", "1")
		m.compute("exact", OpProduct, "M", "yes")
	case scoring.FormulaCount:
		m.event("per_item", c.PerItem.Rat(), m.at, "per_item")
		m.compute("counted", OpProduct, "per_item", "A")
		m.compute("exact", OpMin, "M", "counted")
	}
}

// relative writes half the points for the target met, and the other half for what exceeds it, measured by the leader. Where L is 1 nobody
// exceeds the target, and the quotient by 0 is 0.
func (m *member) relative() {
	m.compute("met_share", OpMin, "r", "1")
	m.compute("reached", OpMax, "r", "1")
	m.compute("beyond", OpDifference, "reached", "1")
	m.compute("beyond_best", OpDifference, "L", "1")
	m.compute("beyond_share", OpQuotient, "beyond", "beyond_best")
	m.compute("shares", OpSum, "met_share", "beyond_share")
	m.compute("exact", OpProduct, "M", "0.5", "shares")
}

// steps writes the table of bounds and shares, highest bound first.
func (m *member) steps() (names []string) {
	steps := m.criterion.Steps
	rows := make([]int, len(steps))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return steps[b].AtLeast.Rat().Cmp(steps[a].AtLeast.Rat()) })
	for _, i := range rows {
		row := "steps." + whole(i)
		names = append(names, m.event(row+".at_least", steps[i].AtLeast.Rat(), m.at, row+".at_least"), m.event(row+".share", steps[i].Share.Rat(), m.at, row+".share"))
	}
	return names
}

// deduction writes the points less those of each step, begun or whole, that r stays below 1.
func (m *member) deduction() {
	m.event("step_percent", m.criterion.StepPercent.Rat(), m.at, "step_percent")
	m.event("per_step", m.criterion.PerStep.Rat(), m.at, "per_step")
	m.compute("short", OpDifference, "1", "r")
	m.compute("missing", OpMax, "0", "short")
	m.compute("percent", OpProduct, "100", "missing")
	m.compute("steps", OpQuotient, "percent", "step_percent")
	m.compute("n", OpCeiling, "steps")
	m.compute("lost", OpProduct, "per_step", "n")
	m.compute("left", OpDifference, "M", "lost")
	m.compute("exact", OpMax, "0", "left")
}
