package scoring_test

import (
	"testing"

	"thidua/domain/scoring"
)

// met reports that a criterion's target of 10 was reached by so much, every quarter in time.
func met(criterion, actual string) paper {
	return func(u *scoring.Unit) {
		target(criterion, "10")(u)
		inTime(criterion, actual, "0", "0")(u)
	}
}

// What is not applicable neither helps nor harms: the rest is brought to the full points, and rounded.
func TestIndicatorPoints(t *testing.T) {
	criteria := []scoring.Criterion{criterion("A", worth("30")), criterion("B", worth("20")), criterion("C", worth("50"))}
	for name, tt := range map[string]struct {
		papers          []paper
		indicator, base string
	}{
		"all applicable":          {[]paper{met("A", "10"), met("B", "5"), met("C", "1")}, "45", "100"},
		"a missing one is a loss": {[]paper{met("A", "10"), met("B", "5"), target("C", "10")}, "40", "100"},
		"one not applicable":      {[]paper{met("A", "10"), met("B", "5"), target("C", "na")}, "80", "50"},
		"rounded":                 {[]paper{met("A", "10"), target("B", "na"), met("C", "1")}, "43.75", "80"},
		"rounded without end":     {[]paper{target("A", "na"), met("B", "1"), met("C", "0")}, "2.86", "70"},
		"none applicable":         {[]paper{target("A", "na"), target("B", "na"), target("C", "na")}, "0", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := standing(t, season(criteria, unit("a", tt.papers...)), yearEnd, "a")
			equal(t, "indicator", text(got.Indicator), tt.indicator)
			equal(t, "base", text(got.Base), tt.base)
			equal(t, "total", text(got.Total), tt.indicator)
		})
	}
}

// The sum is of rounded points: three thirds of 20, each rounded up, are more than 20.
func TestSumIsOfRoundedPoints(t *testing.T) {
	thirds := []scoring.Criterion{criterion("A"), criterion("B"), criterion("C")}
	var papers []paper
	for _, c := range thirds {
		papers = append(papers, target(c.ID, "3"), inTime(c.ID, "1", "0", "0"))
	}
	equal(t, "indicator", text(standing(t, season(thirds, unit("a", papers...)), yearEnd, "a").Indicator), "20.01")
}

func TestTotal(t *testing.T) {
	ten := met("C", "5")
	for name, tt := range map[string]struct {
		papers                []paper
		bonus, penalty, total string
	}{
		"indicators only":         {[]paper{ten}, "0", "0", "10"},
		"a bonus":                 {[]paper{ten, adjusted("bonus", "1.5", "05-01")}, "1.5", "0", "11.5"},
		"bonuses up to their cap": {[]paper{ten, adjusted("bonus", "49", "05-01"), adjusted("bonus", "2", "05-02")}, "50", "0", "60"},
		"a penalty":               {[]paper{ten, adjusted("penalty", "1.5", "05-01")}, "0", "1.5", "8.5"},
		"penalties have no cap":   {[]paper{ten, adjusted("bonus", "60", "05-01"), adjusted("penalty", "45", "05-01")}, "50", "45", "15"},
		"not below 0":             {[]paper{ten, adjusted("penalty", "10.01", "05-01")}, "0", "10.01", "0"},
		"lateness and a penalty":  {[]paper{adjusted("penalty", "1", "05-01"), adjusted("bonus", "9", "05-01")}, "9", "7", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			got := standing(t, season([]scoring.Criterion{criterion("C")}, unit("a", tt.papers...)), yearEnd, "a")
			equal(t, "bonus", text(got.Bonus), tt.bonus)
			equal(t, "penalty", text(got.Penalty), tt.penalty)
			equal(t, "total", text(got.Total), tt.total)
		})
	}
}

// Items above M may not lift a total above the scale.
func TestTotalNotAboveScale(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C", capped("2"))}, unit("a", met("C", "20")))
	s.Ruleset.Scale = number("35")
	got := standing(t, s, yearEnd, "a")
	equal(t, "indicator", text(got.Indicator), "40")
	equal(t, "total", text(got.Total), "35")
}

func TestLatenessIsCapped(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C")}, unit("a", adjusted("penalty", "1", "05-01")))
	s.Ruleset.LatenessMax = number("5")
	got := standing(t, s, yearEnd, "a")
	equal(t, "lateness", text(got.Lateness), "5")
	equal(t, "penalty", text(got.Penalty), "6")
}

// The share of scored items whose every value used was verified.
func TestVerifiedShare(t *testing.T) {
	for name, tt := range map[string]struct {
		changes []change
		papers  []paper
		want    string
	}{
		"no item scored":                    {nil, []paper{verified("C", "Q1", "5", "11-01")}, "0"},
		"none verified":                     {nil, []paper{target("C", "9"), inTime("C", "5")}, "0"},
		"all verified":                      {nil, []paper{target("C", "9"), inTime("C", "5"), verified("C", "Q1", "5", "11-01")}, "1"},
		"sum needs every value":             {nil, []paper{target("C", "9"), inTime("C", "5", "5"), verified("C", "Q1", "5", "11-01")}, "0"},
		"max needs every value":             {[]change{over("number", "max")}, []paper{target("C", "9"), inTime("C", "5", "9"), verified("C", "Q2", "9", "11-01")}, "0"},
		"mean needs every value":            {[]change{over("number", "mean")}, []paper{target("C", "9"), inTime("C", "5", "9"), verified("C", "Q2", "9", "11-01")}, "0"},
		"latest needs the last":             {[]change{over("number", "latest")}, []paper{target("C", "9"), inTime("C", "5", "9"), verified("C", "Q2", "9", "11-01")}, "1"},
		"latest, an earlier one verified":   {[]change{over("number", "latest")}, []paper{target("C", "9"), inTime("C", "5", "9"), verified("C", "Q1", "5", "11-01")}, "0"},
		"cumulative needs the last":         {[]change{over("number", "cumulative")}, []paper{target("C", "9"), inTime("C", "5", "9"), verified("C", "Q2", "9", "11-01")}, "1"},
		"submitted again after the recount": {nil, []paper{target("C", "9"), verified("C", "Q1", "5", "05-01"), reported("C", "Q1", "6", "05-02")}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := standing(t, season([]scoring.Criterion{criterion("C", tt.changes...)}, unit("a", tt.papers...)), yearEnd, "a")
			equal(t, "verified share", text(got.VerifiedShare), tt.want)
			equal(t, "the item", got.Items[0].Verified, tt.want == "1")
		})
	}

	four := []scoring.Criterion{criterion("A"), criterion("B"), criterion("C"), criterion("D")}
	got := standing(t, season(four, unit("a", met("A", "1"), met("B", "1"), target("C", "10"), met("D", "1"),
		verified("A", "Q1", "1", "11-01"), verified("A", "Q2", "0", "11-01"), verified("A", "Q3", "0", "11-01"))), yearEnd, "a")
	equal(t, "of the scored items only", text(got.VerifiedShare), "1/3")
}

func TestTier(t *testing.T) {
	tiers := []scoring.Tier{
		{ID: "excellent", MinTotal: number("30"), MinItemShare: number("0.5")},
		{ID: "good", MinTotal: number("20.01")},
		{ID: "fair", MinTotal: number("10"), MinItemShare: number("0.25")},
		{ID: "average", MinTotal: number("0")},
	}
	for name, tt := range map[string]struct {
		papers []paper
		want   string
	}{
		"all":                                 {[]paper{met("A", "10"), met("B", "10")}, "excellent"},
		"exactly the total and the share":     {[]paper{met("A", "10"), met("B", "5")}, "excellent"},
		"a share too low":                     {[]paper{met("A", "10"), met("B", "4.99"), adjusted("bonus", "10", "05-01")}, "good"},
		"a missing item has 0":                {[]paper{met("A", "10"), target("B", "10"), adjusted("bonus", "10", "05-01")}, "good"},
		"an item without a target has 0":      {[]paper{met("A", "10"), adjusted("bonus", "10", "05-01")}, "good"},
		"what is not applicable is not asked": {[]paper{met("A", "10"), target("B", "na")}, "excellent"},
		"rounding up flips the tier":          {[]paper{met("A", "10"), met("B", "0.0025")}, "good"}, // 0.005 is 0.01
		"a hair below does not":               {[]paper{met("A", "10"), met("B", "0.002499")}, "average"},
		"rounding up flips the share":         {[]paper{met("A", "10"), met("B", "4.9975")}, "excellent"}, // 9.995 is 10
		"nothing":                             {[]paper{target("A", "10")}, "average"},
	} {
		t.Run(name, func(t *testing.T) {
			s := season([]scoring.Criterion{criterion("A"), criterion("B")}, unit("a", tt.papers...))
			s.Ruleset.Tiers = tiers
			equal(t, "tier", standing(t, s, yearEnd, "a").Tier, tt.want)
		})
	}
}

// A hold stands on both of its days, by the season's clock, and takes nothing but the award.
func TestEligible(t *testing.T) {
	holds := []paper{held("2019-05-01", "2019-05-03"), held("2019-08-01", "2019-08-01"), held("2019-11-01", "")}
	for day, want := range map[string]bool{
		"04-30 23:59": true, "05-01 00:00": false, "05-02": false, "05-03 23:59": false, "05-04 00:00": true,
		"07-31": true, "08-01": false, "08-02": true, "10-31 23:59": true, "11-01 00:00": false, "12-31": false,
	} {
		s := season([]scoring.Criterion{criterion("C")}, unit("a", append(holds, met("C", "10"))...), unit("b", met("C", "5")))
		got := standing(t, s, moment(day).UTC(), "a")
		equal(t, day+": eligible", got.Eligible, want)
		equal(t, day+": rank", got.Rank, 1)
		equal(t, day+": without holds", standing(t, s, moment(day), "b").Eligible, true)
	}
}
