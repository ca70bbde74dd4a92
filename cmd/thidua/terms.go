package main

import (
	"fmt"
	"strings"

	"thidua/domain"
	"thidua/domain/scoring"
)

// terms writes the formula of spec "scoring" with the item's own numbers in it, such as
// "r = A/T = 152/117 = 1.299145; r > 1: ½·50 + ½·50·(r−1)/(L−1), L = 1.299145 (ha-giang)".
func terms(c *domain.CriterionDefined, e itemExplanation, item scoring.Item) string {
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

func attainment(c *domain.CriterionDefined, e itemExplanation) string {
	ratio := fmt.Sprintf("A/T = %s/%s", *e.Actual, *e.Target)
	if c.Direction == "lower" {
		ratio = fmt.Sprintf("T/A = %s/%s", *e.Target, *e.Actual)
	}
	return fmt.Sprintf("r = min(%s, cap %s) = %s", ratio, *e.Cap, *e.Attainment)
}

func notScored(e itemExplanation, item scoring.Item) string {
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

// showExplanation prints an explanation for people.
func (a *app) showExplanation(e *explanation) {
	a.printf("%s, %s: hạng %d, tổng điểm %s = chỉ tiêu %s + thưởng %s − trừ %s (sổ sự kiện vị trí %d)",
		"%s, %s: rank %d, total %s = indicators %s + bonus %s − penalty %s (log position %d)",
		e.Season, e.Unit, e.Rank, a.number(e.Total), a.number(e.IndicatorPoints), a.number(e.Bonus), a.number(e.Penalty), e.Position)
	for _, adj := range e.Adjustments {
		fmt.Fprintf(a.out, "  %s %s  %s  %s  %s  #%d\n", adj.Kind, a.number(adj.Points), adj.Reason, adj.By, adj.At, adj.Position)
	}
	for _, item := range e.Items {
		a.showItem(item)
	}
}

func (a *app) showItem(item itemExplanation) {
	fmt.Fprintf(a.out, "\n%s  %s\n", item.Criterion, a.say(item.Name.VI, item.Name.EN))
	fmt.Fprintf(a.out, "  %s  %s (%s, %s)  %s/%s\n", item.State, item.Formula, item.Direction, item.OverTime, a.number(item.Points), a.number(item.MaxPoints))
	fmt.Fprintf(a.out, "  %s\n", item.Terms)
	for _, v := range item.Values {
		mark := " "
		if v.Counts {
			mark = "*"
		}
		value := a.number(v.Value)
		if v.Denominator != "" {
			value += "/" + a.number(v.Denominator)
		}
		fmt.Fprintf(a.out, "  %s %s  %-9s v%d  %s  %s  %s  #%d  %s\n", mark, v.Period, v.Kind, v.Version, value, v.At, v.By, v.Position, v.Reason)
		for _, f := range v.Evidence {
			fmt.Fprintf(a.out, "      %s  sha256:%s\n", f.Name, f.SHA256)
		}
	}
}
