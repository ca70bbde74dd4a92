package scoring_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"thidua/domain/scoring"
)

// anyNumber is a small number with few digits, 0 often among them, so that ties and edges come up.
func anyNumber(t *rapid.T, what string, from int64) *big.Rat {
	return big.NewRat(rapid.Int64Range(from, 24).Draw(t, what), rapid.SampledFrom([]int64{1, 1, 2, 10}).Draw(t, what+" divided"))
}

// anyCriterion is any valid criterion that the choice allows. Its step table pays more for more.
func anyCriterion(t *rapid.T, id string, allowed func(scoring.Criterion) bool) scoring.Criterion {
	var valid []scoring.Criterion
	for _, kind := range []scoring.Kind{"number", "ratio", "yes_no"} {
		for _, overTime := range []scoring.OverTime{"sum", "latest", "cumulative", "mean", "max"} {
			for _, formula := range []scoring.Formula{"absolute", "relative", "steps", "deduction", "per_max", "yes_no", "count"} {
				for _, direction := range []scoring.Direction{"higher", "lower"} {
					c := scoring.Criterion{ID: id, Kind: kind, OverTime: overTime, Formula: formula, Direction: direction}
					if scoring.ValidCombination(kind, overTime) && scoring.ValidFormula(formula, kind, direction) && allowed(c) {
						valid = append(valid, c)
					}
				}
			}
		}
	}
	c := rapid.SampledFrom(valid).Draw(t, id)
	c.Points = number(rapid.SampledFrom([]string{"1", "20", "33.33"}).Draw(t, "points"))
	switch c.Formula {
	case scoring.FormulaSteps:
		c.Steps = []scoring.Step{{number("0.5"), number("0.4")}, {number("1"), number("0.9")}, {number("1.2"), number("1")}}
	case scoring.FormulaDeduction:
		c.StepPercent, c.PerStep = number("7.5"), number("3")
	case scoring.FormulaCount:
		c.PerItem = number("7.5")
	case scoring.FormulaAbsolute, scoring.FormulaRelative, scoring.FormulaPerMax, scoring.FormulaYesNo:
	}
	if c.Formula.TakesCap() && rapid.Bool().Draw(t, "capped") {
		c.Cap = number(rapid.SampledFrom([]string{"1.2", "2"}).Draw(t, "cap"))
	}
	return c
}

// anyUnit has any papers: each cell empty, or with up to three submissions and perhaps a verification, from March to December.
func anyUnit(t *rapid.T, id string, s *scoring.Season) scoring.Unit {
	u := unit(id)
	for _, c := range s.Ruleset.Criteria {
		if !rapid.Bool().Draw(t, "targeted") {
			continue
		}
		pledged := scoring.Target{NotApplicable: rapid.IntRange(0, 9).Draw(t, "na") == 0}
		if !pledged.NotApplicable {
			pledged.Value = anyNumber(t, "target", 0)
		}
		u.Targets[c.ID] = pledged
	}
	for _, c := range s.Ruleset.Criteria {
		for _, p := range s.Periods {
			for range rapid.IntRange(0, 3).Draw(t, "submissions") {
				u.Submissions = append(u.Submissions, anySubmission(t, c, p.ID, len(u.Submissions)))
			}
			if rapid.IntRange(0, 3).Draw(t, "verified") == 0 {
				u.Verifications = append(u.Verifications, scoring.Verification(anySubmission(t, c, p.ID, len(u.Verifications))))
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "adjustments") {
		kind := rapid.SampledFrom([]scoring.AdjustmentKind{"bonus", "penalty"}).Draw(t, "adjustment")
		u.Adjustments = append(u.Adjustments, scoring.Adjustment{Kind: kind, Points: number("7.5"), At: anyDay(t)})
	}
	if rapid.Bool().Draw(t, "extended") {
		u.Deadlines["Q2"] = "2019-07-20"
	}
	return u
}

// anySubmission is unlike every other by the second of its instant.
func anySubmission(t *rapid.T, c scoring.Criterion, period string, second int) scoring.Submission {
	v := scoring.Submission{Criterion: c.ID, Period: period, Ref: second, At: anyDay(t).Add(time.Duration(second) * time.Second)}
	switch c.Kind {
	case scoring.KindYesNo:
		v.Value = big.NewRat(rapid.Int64Range(0, 1).Draw(t, "yes"), 1)
	case scoring.KindRatio:
		v.Value, v.Denominator = anyNumber(t, "value", 0), anyNumber(t, "denominator", 0)
	case scoring.KindNumber:
		v.Value = anyNumber(t, "value", 0)
	}
	return v
}

func anyDay(t *rapid.T) time.Time {
	return moment("03-01").AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "day"))
}

// anySeason has up to three criteria that the choice allows, and up to four units.
func anySeason(t *rapid.T, allowed func(scoring.Criterion) bool) scoring.Season {
	var criteria []scoring.Criterion
	for i := range rapid.IntRange(1, 3).Draw(t, "criteria") {
		criteria = append(criteria, anyCriterion(t, fmt.Sprint("C", i), allowed))
	}
	s := season(criteria)
	s.Ruleset.Scale = number("90")
	s.Ruleset.TieBreak = []scoring.TieBreak{"fewer_penalty_points", "higher_indicator_points", "higher_verified_share"}
	for i := range rapid.IntRange(1, 4).Draw(t, "units") {
		s.Units = append(s.Units, anyUnit(t, fmt.Sprint("u", i), &s))
	}
	return s
}

func every(scoring.Criterion) bool { return true }

// itemOf is the first unit's item of the first criterion.
func itemOf(s scoring.Season, at time.Time) scoring.Item {
	standings := scoring.Rank(s, at)
	return standings[slices.IndexFunc(standings, func(st scoring.Standing) bool { return st.Unit == "u0" })].Items[0]
}

// alike fails a property where two rankings differ in anything.
func alike(t *rapid.T, got, want []scoring.Standing) {
	t.Helper()
	if diff := difference(want, got); diff != "" {
		t.Fatalf("rankings differ (-want +got):\n%s", diff)
	}
}

func TestOrderOfRowsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at := anySeason(t, every), anyDay(t)
		want := scoring.Rank(s, at)
		s.Units = rapid.Permutation(s.Units).Draw(t, "units")
		for i := range s.Units {
			u := &s.Units[i]
			u.Submissions = rapid.Permutation(u.Submissions).Draw(t, "submissions")
			u.Verifications = rapid.Permutation(u.Verifications).Draw(t, "verifications")
			u.Adjustments = rapid.Permutation(u.Adjustments).Draw(t, "adjustments")
		}
		alike(t, scoring.Rank(s, at), want)
	})
}

// What had not happened by the moment leaves no trace in the ranking.
func TestLaterPapersMeanNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at := anySeason(t, every), anyDay(t)
		want := scoring.Rank(s, at)
		for i := range s.Units {
			u := &s.Units[i]
			u.Submissions = slices.DeleteFunc(u.Submissions, func(v scoring.Submission) bool { return v.At.After(at) })
			u.Verifications = slices.DeleteFunc(u.Verifications, func(v scoring.Verification) bool { return v.At.After(at) })
			u.Adjustments = slices.DeleteFunc(u.Adjustments, func(a scoring.Adjustment) bool { return a.At.After(at) })
		}
		alike(t, scoring.Rank(s, at), want)
	})
}

// Where more is better, a larger value never lowers the unit's own points, whatever kind, way over time and formula.
func TestMoreIsNeverLess(t *testing.T) {
	higher := func(c scoring.Criterion) bool {
		return c.Direction == scoring.DirectionHigher && c.Kind != scoring.KindYesNo
	}
	rapid.Check(t, func(t *rapid.T) {
		s, at := anySeason(t, higher), anyDay(t)
		u := &s.Units[0]
		if len(u.Submissions) == 0 {
			return
		}
		before := itemOf(s, at)
		v := &u.Submissions[rapid.IntRange(0, len(u.Submissions)-1).Draw(t, "raised")]
		v.Value = new(big.Rat).Add(v.Value, anyNumber(t, "by", 1))
		if after := itemOf(s, at); after.Points.Cmp(before.Points) < 0 {
			t.Fatalf("raised to %s, the points fell from %s to %s", v.Value, before.Points, after.Points)
		}
	})
}

// Never reporting a criterion never pays.
func TestNoReportNeverPays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at := anySeason(t, every), anyDay(t)
		u := &s.Units[0]
		before := itemOf(s, at)
		u.Submissions = slices.DeleteFunc(u.Submissions, func(v scoring.Submission) bool { return v.Criterion == "C0" })
		u.Verifications = slices.DeleteFunc(u.Verifications, func(v scoring.Verification) bool { return v.Criterion == "C0" })
		if after := itemOf(s, at); after.Points.Cmp(before.Points) > 0 {
			t.Fatalf("without a report the points rose from %s to %s", before.Points, after.Points)
		}
	})
}

// Leaving out one period never pays once its deadline has passed: where less is better always, and where more is better with sum and max
// of numbers. (With latest, mean and ratios of more-is-better, spec "scoring" lets a unit leave out a bad period.)
func TestNoReportOfAPeriodNeverPays(t *testing.T) {
	guarded := func(c scoring.Criterion) bool {
		adds := c.Kind == scoring.KindNumber && (c.OverTime == scoring.OverTimeSum || c.OverTime == scoring.OverTimeMax)
		return c.Direction == scoring.DirectionLower || adds
	}
	rapid.Check(t, func(t *rapid.T) {
		s := anySeason(t, guarded)
		u := &s.Units[0]
		before := itemOf(s, yearEnd)
		period := rapid.SampledFrom([]string{"Q1", "Q2", "Q3"}).Draw(t, "left out")
		left := func(v scoring.Submission) bool { return v.Criterion == "C0" && v.Period == period }
		u.Submissions = slices.DeleteFunc(u.Submissions, left)
		u.Verifications = slices.DeleteFunc(u.Verifications, func(v scoring.Verification) bool { return left(scoring.Submission(v)) })
		if after := itemOf(s, yearEnd); after.Points.Cmp(before.Points) > 0 {
			t.Fatalf("without %s the points rose from %s to %s", period, before.Points, after.Points)
		}
	})
}

// What holds of every ranking: bounds, sums, digits, and ranks that count those who are better.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySeason(t, every)
		standings := scoring.Rank(s, anyDay(t))
		if len(standings) != len(s.Units) {
			t.Fatalf("%d standings of %d units", len(standings), len(s.Units))
		}
		for i, st := range standings {
			checkStanding(t, s.Ruleset, st)
			if i == 0 && st.Rank != 1 || i > 0 && st.Rank != i+1 && st.Rank != standings[i-1].Rank {
				t.Fatalf("rank %d at place %d", st.Rank, i+1)
			}
			if i > 0 && st.Total.Cmp(standings[i-1].Total) > 0 {
				t.Fatalf("total %s comes after %s", st.Total, standings[i-1].Total)
			}
		}
	})
}

func checkStanding(t *rapid.T, rules scoring.Ruleset, st scoring.Standing) {
	if st.Total.Sign() < 0 || st.Total.Cmp(rules.Scale) > 0 {
		t.Fatalf("total %s is outside 0 to %s", st.Total, rules.Scale)
	}
	if st.VerifiedShare.Sign() < 0 || st.VerifiedShare.Cmp(number("1")) > 0 {
		t.Fatalf("verified share %s", st.VerifiedShare)
	}
	if st.Bonus.Cmp(rules.BonusCap) > 0 || st.Lateness.Cmp(rules.LatenessMax) > 0 || st.Penalty.Cmp(st.Lateness) < 0 {
		t.Fatalf("bonus %s, lateness %s, penalty %s", st.Bonus, st.Lateness, st.Penalty)
	}
	if got := scoring.Round(st.Total, rules.Digits); got.Cmp(st.Total) != 0 {
		t.Fatalf("total %s has more than %d digits", st.Total, rules.Digits)
	}
	for i, it := range st.Items {
		c := rules.Criteria[i]
		limit := c.Points
		if c.Formula == scoring.FormulaAbsolute && it.Attainment != nil {
			limit = new(big.Rat).Mul(limit, it.Cap)
		}
		if it.Points.Sign() < 0 || it.Points.Cmp(scoring.Round(limit, rules.Digits)) > 0 {
			t.Fatalf("%s: points %s are outside 0 to %s", c.ID, it.Points, limit)
		}
		if it.State != scoring.StateScored && (it.Points.Sign() != 0 || it.Attainment != nil || it.Verified) {
			t.Fatalf("%s is %s with points %s", c.ID, it.State, it.Points)
		}
	}
}
