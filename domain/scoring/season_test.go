package scoring_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain/scoring"
)

// The tests write a season in a few words. Its periods are Q1 to Q3, due on the 5th of April, July and October 2019; each paper's day is
// noon at Hà Nội unless it says otherwise.

var hanoi = time.FixedZone("+07", 7*60*60)

// number reads a number of any sign, "" as none.
func number(text string) *big.Rat {
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return x
}

// text shows a number exactly, none as "-".
func text(x *big.Rat) string {
	if x == nil {
		return "-"
	}
	return scoring.ExactText(x)
}

// moment reads "04-05" (noon of that day in 2019) or "04-05 23:30".
func moment(text string) time.Time {
	if !strings.Contains(text, " ") {
		text += " 12:00"
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", "2019-"+text, hanoi)
	if err != nil {
		return time.Time{}
	}
	return at
}

// yearEnd is after every deadline.
var yearEnd = moment("12-31")

// criterion is an absolute number of 20 points, more is better, summed; changes make it another.
func criterion(id string, changes ...func(*scoring.Criterion)) scoring.Criterion {
	c := scoring.Criterion{
		ID: id, Kind: scoring.KindNumber, Direction: scoring.DirectionHigher, OverTime: scoring.OverTimeSum,
		Formula: scoring.FormulaAbsolute, Points: number("20"),
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

// over gives a criterion its kind and way over time.
func over(kind scoring.Kind, overTime scoring.OverTime) func(*scoring.Criterion) {
	return func(c *scoring.Criterion) { c.Kind, c.OverTime = kind, overTime }
}

// by gives a criterion its formula.
func by(formula scoring.Formula) func(*scoring.Criterion) {
	return func(c *scoring.Criterion) { c.Formula = formula }
}

// lower makes less better.
func lower(c *scoring.Criterion) { c.Direction = scoring.DirectionLower }

// capped gives a criterion a cap.
func capped(limit string) func(*scoring.Criterion) {
	return func(c *scoring.Criterion) { c.Cap = number(limit) }
}

// worth gives a criterion its points.
func worth(points string) func(*scoring.Criterion) {
	return func(c *scoring.Criterion) { c.Points = number(points) }
}

// season is one of these criteria and units, of scale 1000 and two digits, with one tier.
func season(criteria []scoring.Criterion, units ...scoring.Unit) scoring.Season {
	return scoring.Season{
		Ruleset: scoring.Ruleset{
			Scale: number("1000"), Digits: 2, BonusCap: number("50"), PerReport: number("2"), LatenessMax: number("10"),
			Tiers: []scoring.Tier{{ID: "all", MinTotal: number("0")}}, Criteria: criteria,
		},
		Zone: hanoi,
		Periods: []scoring.Period{
			{ID: "Q1", Deadline: "2019-04-05"}, {ID: "Q2", Deadline: "2019-07-05"}, {ID: "Q3", Deadline: "2019-10-05"},
		},
		Units: units,
	}
}

// paper is one of a unit's papers.
type paper func(*scoring.Unit)

// unit is a unit with papers.
func unit(id string, papers ...paper) scoring.Unit {
	u := scoring.Unit{ID: id, Targets: map[string]scoring.Target{}, Deadlines: map[string]scoring.Date{}}
	for _, add := range papers {
		add(&u)
	}
	return u
}

// target pledges a value: a number, "na", or "" for a blank.
func target(criterion, value string) paper {
	return func(u *scoring.Unit) {
		u.Targets[criterion] = scoring.Target{NotApplicable: value == "na", Value: number(value)}
	}
}

// reported submits "12", or "3/4" for a ratio, on a day.
func reported(criterion, period, value, day string) paper {
	return func(u *scoring.Unit) {
		u.Submissions = append(u.Submissions, submission(criterion, period, value, day))
	}
}

// inTime submits values for Q1, Q2, Q3 on the first day after each, "" leaves one out.
func inTime(criterion string, values ...string) paper {
	return func(u *scoring.Unit) {
		for i, value := range values {
			if value != "" {
				period, day := [...]string{"Q1", "Q2", "Q3"}[i], [...]string{"04-01", "07-01", "10-01"}[i]
				u.Submissions = append(u.Submissions, submission(criterion, period, value, day))
			}
		}
	}
}

// verified recounts a cell on a day.
func verified(criterion, period, value, day string) paper {
	return func(u *scoring.Unit) {
		u.Verifications = append(u.Verifications, scoring.Verification(submission(criterion, period, value, day)))
	}
}

func submission(criterion, period, value, day string) scoring.Submission {
	numerator, denominator, _ := strings.Cut(value, "/")
	return scoring.Submission{Criterion: criterion, Period: period, Value: number(numerator), Denominator: number(denominator), At: moment(day)}
}

// adjusted decides points on a day.
func adjusted(kind scoring.AdjustmentKind, points, day string) paper {
	return func(u *scoring.Unit) {
		u.Adjustments = append(u.Adjustments, scoring.Adjustment{Kind: kind, Points: number(points), At: moment(day)})
	}
}

// extended grants a unit its own deadline.
func extended(period string, deadline scoring.Date) paper {
	return func(u *scoring.Unit) { u.Deadlines[period] = deadline }
}

// held puts a hold on awards; to "" has no end.
func held(from, to scoring.Date) paper {
	return func(u *scoring.Unit) {
		u.Holds = append(u.Holds, scoring.Hold{From: from, To: to, Open: to == ""})
	}
}

// standing ranks a season and picks one unit's standing.
func standing(t *testing.T, s scoring.Season, at time.Time, id string) scoring.Standing {
	t.Helper()
	for _, st := range scoring.Rank(s, at) {
		if st.Unit == id {
			return st
		}
	}
	t.Fatalf("no standing of %s", id)
	return scoring.Standing{}
}

// item scores one criterion for one unit alone, at the year's end.
func item(t *testing.T, c scoring.Criterion, papers ...paper) scoring.Item {
	t.Helper()
	return standing(t, season([]scoring.Criterion{c}, unit("a", papers...)), yearEnd, "a").Items[0]
}

// equal fails where got is not what was wanted.
func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := difference(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// difference shows what differs; numbers are compared by their values.
func difference(want, got any) string {
	return cmp.Diff(want, got, cmp.Comparer(func(x, y *big.Rat) bool { return text(x) == text(y) }))
}
