package scoring_test

import (
	"testing"

	"thidua/domain/scoring"
)

// stepped gives a criterion a step table, written out of order because order means nothing.
func stepped(c *scoring.Criterion) {
	c.Formula = scoring.FormulaSteps
	c.Steps = []scoring.Step{
		{AtLeast: number("0.5"), Share: number("0.4")},
		{AtLeast: number("1"), Share: number("0.9")},
		{AtLeast: number("1.2"), Share: number("1")},
		{AtLeast: number("0.8"), Share: number("0.7")},
	}
}

// deducting takes 3 points for each 10 percent of the target.
func deducting(c *scoring.Criterion) {
	c.Formula, c.StepPercent, c.PerStep = scoring.FormulaDeduction, number("10"), number("3")
}

// counting gives 7.5 points for one.
func counting(c *scoring.Criterion) { c.Formula, c.PerItem = scoring.FormulaCount, number("7.5") }

type change = func(*scoring.Criterion)

// Attainment and points of one unit alone; M is 20.
func TestPointsWithTarget(t *testing.T) {
	for name, tt := range targeted() {
		t.Run(name, func(t *testing.T) {
			got := item(t, criterion("C", tt.changes...), target("C", tt.target), inTime("C", tt.actual, "0", "0"))
			equal(t, "state", got.State, scoring.StateScored)
			equal(t, "attainment", text(got.Attainment), tt.wantAttainment)
			equal(t, "points", text(got.Points), tt.wantPoints)
		})
	}
}

// withTarget is a criterion with a target, a value, and what they give.
type withTarget struct {
	changes                    []change
	target, actual             string
	wantAttainment, wantPoints string
}

func targeted() map[string]withTarget {
	return map[string]withTarget{
		"absolute below":                  {nil, "8", "5", "0.625", "12.5"},
		"absolute met":                    {nil, "8", "8", "1", "20"},
		"absolute above the default cap":  {nil, "8", "12", "1", "20"},
		"absolute above M":                {[]change{capped("1.2")}, "10", "11", "1.1", "22"},
		"absolute above its cap":          {[]change{capped("1.2")}, "10", "15", "1.2", "24"},
		"absolute rounded":                {nil, "3", "2", "2/3", "13.33"},
		"absolute half away from zero":    {[]change{worth("1")}, "200", "1", "0.005", "0.01"},
		"zero":                            {nil, "8", "0", "0", "0"},
		"target 0, none done":             {[]change{capped("1.2")}, "0", "0", "1", "20"},
		"target 0, some done":             {[]change{capped("1.2")}, "0", "0.000001", "1.2", "24"},
		"lower met":                       {[]change{lower}, "8", "8", "1", "20"},
		"lower missed":                    {[]change{lower}, "8", "10", "0.8", "16"},
		"lower beaten":                    {[]change{lower, capped("1.2")}, "11", "10", "1.1", "22"},
		"lower, none":                     {[]change{lower, capped("1.2")}, "8", "0", "1.2", "24"},
		"lower, target 0, none":           {[]change{lower}, "0", "0", "1", "20"},
		"lower, target 0, some":           {[]change{lower}, "0", "1", "0", "0"},
		"relative below":                  {[]change{by("relative")}, "10", "9", "0.9", "9"},
		"relative met is half":            {[]change{by("relative")}, "10", "10", "1", "10"},
		"relative alone above":            {[]change{by("relative")}, "10", "10.000001", "1.0000001", "20"},
		"relative above the default cap":  {[]change{by("relative")}, "10", "40", "1.5", "20"},
		"relative that nobody may exceed": {[]change{by("relative"), capped("1")}, "10", "40", "1", "10"},
		"steps below all":                 {[]change{stepped}, "10", "4.999999", "0.4999999", "0"},
		"steps exactly at a row":          {[]change{stepped}, "10", "8", "0.8", "14"},
		"steps between":                   {[]change{stepped}, "10", "9.999999", "0.9999999", "14"},
		"steps compare exact values":      {[]change{stepped}, "3", "3", "1", "18"},
		"steps beyond the target":         {[]change{stepped}, "10", "12", "1.2", "20"},
		"steps above the default cap":     {[]change{stepped}, "10", "99", "1.5", "20"},
		"steps under a cap":               {[]change{stepped, capped("1.1")}, "10", "99", "1.1", "18"},
		"deduction met":                   {[]change{deducting}, "50", "50", "1", "20"},
		"deduction above is no gain":      {[]change{deducting}, "50", "60", "1", "20"},
		"deduction takes no cap":          {[]change{deducting, capped("2")}, "50", "60", "1", "20"},
		"deduction of one begun step":     {[]change{deducting}, "50", "49.999999", "0.99999998", "17"},
		"deduction of one whole step":     {[]change{deducting}, "50", "45", "0.9", "17"},
		"deduction of two steps":          {[]change{deducting}, "50", "44", "0.88", "14"},
		"deduction not below 0":           {[]change{deducting}, "50", "0", "0", "0"},
		"deduction with less better":      {[]change{deducting, lower}, "2", "2.5", "0.8", "14"},
	}
}

func TestPointsWithoutTarget(t *testing.T) {
	yesNo := []change{over("yes_no", "latest"), by("yes_no")}
	for name, tt := range map[string]struct {
		changes      []change
		actual, want string
	}{
		"count":             {[]change{counting}, "2", "15"},
		"count not above M": {[]change{counting}, "3", "20"},
		"count of parts":    {[]change{counting}, "0.5", "3.75"},
		"count of none":     {[]change{counting}, "0", "0"},
		"per_max alone":     {[]change{by("per_max")}, "3", "20"},
		"per_max of none":   {[]change{by("per_max")}, "0", "0"},
		"yes":               {yesNo, "1", "20"},
		"no":                {yesNo, "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			c := criterion("C", tt.changes...)
			for _, pledged := range []string{"", "1000"} {
				got := item(t, c, target("C", pledged), inTime("C", tt.actual))
				equal(t, "state", got.State, scoring.StateScored)
				equal(t, "attainment", text(got.Attainment), "-")
				equal(t, "cap", text(got.Cap), "-")
				equal(t, "points", text(got.Points), tt.want)
			}
		})
	}
}

// The states are asked in order; what is not scored has no points, but shows what is there.
func TestStates(t *testing.T) {
	for name, tt := range map[string]struct {
		changes                            []change
		papers                             []paper
		wantState                          scoring.State
		wantTarget, wantActual, wantPoints string
	}{
		"na before anything":                   {nil, []paper{target("C", "na"), inTime("C", "5")}, "not_applicable", "-", "-", "0"},
		"na for a formula without a target":    {[]change{counting}, []paper{target("C", "na"), inTime("C", "5")}, "not_applicable", "-", "-", "0"},
		"no target though a value":             {nil, []paper{inTime("C", "5")}, "no_target", "-", "5", "0"},
		"blank target":                         {nil, []paper{target("C", ""), inTime("C", "5")}, "no_target", "-", "5", "0"},
		"no target before missing":             {nil, nil, "no_target", "-", "-", "0"},
		"missing":                              {nil, []paper{target("C", "5")}, "missing", "5", "-", "0"},
		"missing without a target to need":     {[]change{counting}, nil, "missing", "-", "-", "0"},
		"scored 0 is not missing":              {nil, []paper{target("C", "5"), inTime("C", "0")}, "scored", "5", "0", "0"},
		"scored":                               {nil, []paper{target("C", "5"), inTime("C", "5")}, "scored", "5", "5", "20"},
		"a target that is not needed is shown": {[]change{counting}, []paper{target("C", "5"), inTime("C", "1")}, "scored", "5", "1", "7.5"},
	} {
		t.Run(name, func(t *testing.T) {
			c := criterion("C", tt.changes...)
			got := item(t, c, tt.papers...)
			equal(t, "state", got.State, tt.wantState)
			equal(t, "target", text(got.Target), tt.wantTarget)
			equal(t, "actual", text(got.Actual), tt.wantActual)
			equal(t, "points", text(got.Points), tt.wantPoints)
			equal(t, "has an attainment", got.Attainment != nil, tt.wantState == "scored" && c.Formula.NeedsTarget())
		})
	}
}

// What is not scored is not verified either.
func TestNotScoredIsNotVerified(t *testing.T) {
	got := item(t, criterion("C"), inTime("C", "5"), verified("C", "Q1", "5", "11-01"))
	equal(t, "state", got.State, scoring.StateNoTarget)
	equal(t, "verified", got.Verified, false)
}

// The largest attainment and the largest actual are those of scored items, and equal leaders are named by id.
func TestCoupling(t *testing.T) {
	s := season([]scoring.Criterion{criterion("R", by("relative")), criterion("P", by("per_max"))},
		unit("d", target("R", "10"), inTime("R", "12"), inTime("P", "6")),
		unit("c", target("R", "10"), inTime("R", "14"), inTime("P", "8")),
		unit("b", target("R", "20"), inTime("R", "28"), inTime("P", "8")),
		unit("a", inTime("R", "99"), target("P", "na"), inTime("P", "99")),
		unit("e", target("R", "10"), inTime("R", "10")),
	)
	for id, want := range map[string][2]string{"a": {"0", "0"}, "b": {"20", "20"}, "c": {"20", "20"}, "d": {"15", "15"}, "e": {"10", "0"}} {
		st := standing(t, s, yearEnd, id)
		equal(t, id+": points", [2]string{text(st.Items[0].Points), text(st.Items[1].Points)}, want)
		equal(t, id+": leaders", [2]string{text(st.Items[0].Leader), text(st.Items[1].Leader)}, [2]string{"1.4", "8"})
		equal(t, id+": whose", [2]string{st.Items[0].LeaderUnit, st.Items[1].LeaderUnit}, [2]string{"b", "b"})
	}
}

// A criterion that nobody exceeds, and one that all reach alike.
func TestCouplingOfEquals(t *testing.T) {
	s := season([]scoring.Criterion{criterion("R", by("relative")), criterion("P", by("per_max"))},
		unit("a", target("R", "10"), inTime("R", "10"), inTime("P", "0")),
		unit("b", target("R", "10"), inTime("R", "5"), inTime("P", "0")),
	)
	equal(t, "a", text(standing(t, s, yearEnd, "a").Total), "6") // 10 of the indicators less two absent reports
	equal(t, "b", text(standing(t, s, yearEnd, "b").Total), "1")

	s = season([]scoring.Criterion{criterion("R", by("relative"))},
		unit("a", target("R", "10"), inTime("R", "11")), unit("b", target("R", "20"), inTime("R", "22")))
	for _, st := range scoring.Rank(s, yearEnd) {
		equal(t, st.Unit, text(st.Items[0].Points), "20")
	}
}

// An item says how it came to its points.
func TestExplanation(t *testing.T) {
	short := item(t, criterion("C", deducting), target("C", "50"), inTime("C", "44"))
	equal(t, "steps short", short.Short, 2)
	equal(t, "cap", text(short.Cap), "1")

	reached := item(t, criterion("C", stepped), target("C", "10"), inTime("C", "9"))
	equal(t, "row", reached.Step, &scoring.Step{AtLeast: number("0.8"), Share: number("0.7")})
	equal(t, "no row", item(t, criterion("C", stepped), target("C", "10"), inTime("C", "1")).Step, nil)

	third := item(t, criterion("C"), target("C", "3"), inTime("C", "1"))
	equal(t, "unrounded", text(third.Unrounded), "20/3")
	equal(t, "nobody leads", third.LeaderUnit, "")

	u := unit("a", target("C", "3"), inTime("C", "1", "2"), verified("C", "Q2", "1", "11-01"))
	u.Submissions[0].Ref, u.Submissions[1].Ref, u.Verifications[0].Ref = 7, 8, 9
	got := standing(t, season([]scoring.Criterion{criterion("C")}, u), yearEnd, "a").Items[0].Used
	equal(t, "used", got, []scoring.Used{
		{Period: "Q1", Value: number("1"), Ref: 7}, {Period: "Q2", Value: number("1"), Verified: true, Ref: 9},
	})
}
