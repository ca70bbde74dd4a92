package explain

import (
	"fmt"
	"strings"

	"thidua/domain"
	"thidua/domain/scoring"
)

// terms writes the formula of spec "scoring" with the item's own numbers in it, such as
// "r = A/T = 152/117 = 1.299145; r > 1: ½·50 + ½·50·(r−1)/(L−1), L = 1.299145 (ha-giang)".
func terms(c *domain.CriterionDefined, e Item, item scoring.Item) string {
	if e.State != "scored" {
		return notScored(e, item)
	}
	points := "M·r"
	switch c.Formula {
	case "relative":
		points = fmt.Sprintf("r ≤ 1: ½·%s·r; r > 1: ½·%[1]s + ½·%[1]s·(r−1)/(L−1), L = %s (%s)", c.Points, e.Leader.Value, e.Leader.Unit)
	case "steps":
		points = "r < every at_least: 0"
		if item.Step != nil {
			points = fmt.Sprintf("r ≥ %s: %s·%s", scoring.Text(item.Step.AtLeast, 6), c.Points, scoring.Text(item.Step.Share, 6))
		}
	case "deduction":
		points = fmt.Sprintf("max(0, %s − %s·n), n = ⌈100·max(0, 1−r)/%s⌉ = %d", c.Points, c.PerStep, c.StepPercent, item.Short)
	case "per_max":
		points = fmt.Sprintf("%s·A / max A, A = %s, max A = %s (%s)", c.Points, *e.Actual, e.Leader.Value, e.Leader.Unit)
	case "yes_no":
		points = fmt.Sprintf("A = %s: A = 1 gives %s, else 0", *e.Actual, c.Points)
	case "count":
		points = fmt.Sprintf("min(%s, %s·A), A = %s", c.Points, c.PerItem, *e.Actual)
	case "absolute":
		points = fmt.Sprintf("%s·r", c.Points)
	}
	if e.Attainment == nil {
		return points
	}
	return attainment(c, e) + "; " + points
}

func attainment(c *domain.CriterionDefined, e Item) string {
	ratio := fmt.Sprintf("A/T = %s/%s", *e.Actual, *e.Target)
	if c.Direction == "lower" {
		ratio = fmt.Sprintf("T/A = %s/%s", *e.Target, *e.Actual)
	}
	return fmt.Sprintf("r = min(%s, cap %s) = %s", ratio, *e.Cap, *e.Attainment)
}

func notScored(e Item, item scoring.Item) string {
	switch item.Cause {
	case scoring.CauseSilence:
		return "missing: silence must not pay; no value in " + strings.Join(item.Silent, ", ")
	case scoring.CauseZeroDenominator:
		return "missing: the denominator is 0"
	case scoring.CauseNoValue:
		return "missing: no value in any period"
	}
	return e.State
}
