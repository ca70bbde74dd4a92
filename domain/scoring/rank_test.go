package scoring_test

import (
	"fmt"
	"testing"

	"thidua/domain/scoring"
)

// order shows a ranking as "1 b, 2 a".
func order(standings []scoring.Standing) string {
	var shown string
	for i, st := range standings {
		if i > 0 {
			shown += ", "
		}
		shown += fmt.Sprint(st.Rank, " ", st.Unit)
	}
	return shown
}

// Equal units share a rank, the next skips; they are listed by id in code point order.
func TestRankOfEquals(t *testing.T) {
	for want, totals := range map[string]map[string]string{
		"1 a, 2 B, 2 b, 4 c":      {"b": "5", "c": "1", "a": "9", "B": "5"},
		"1 a, 1 b, 3 c, 3 d, 5 e": {"e": "1", "d": "5", "c": "5", "b": "9", "a": "9"},
		"1 a, 1 a-1, 1 a1, 1 b":   {"b": "5", "a1": "5", "a-1": "5", "a": "5"},
		"1 z, 2 đ":                {"đ": "5", "z": "6"},
		"1 z, 1 đ":                {"đ": "5", "z": "5"},
		"":                        nil,
	} {
		s := season([]scoring.Criterion{criterion("C")})
		for id, total := range totals {
			s.Units = append(s.Units, unit(id, met("C", total)))
		}
		equal(t, "ranking", order(scoring.Rank(s, yearEnd)), want)
	}
}

// Totals that look the same after rounding elsewhere are compared as they are: to the ruleset's last digit.
func TestRankByTheLastDigit(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C")}, unit("a", met("C", "5")), unit("b", met("C", "5.005")), unit("c", met("C", "5.002499")))
	equal(t, "ranking", order(scoring.Rank(s, yearEnd)), "1 b, 2 a, 2 c")
}

// a, b, c and d all have 20 points: a by a bonus and a penalty, b by a bonus, c and d by their indicators, d's verified.
func TestTieBreak(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C"), criterion("D", over("number", "latest"))},
		unit("a", met("C", "9"), adjusted("bonus", "5", "05-01"), adjusted("penalty", "3", "05-01")),
		unit("b", met("C", "5"), adjusted("bonus", "10", "05-01")),
		unit("c", met("C", "10"), target("D", "10"), inTime("D", "0")),
		unit("d", met("C", "10"), target("D", "10"), inTime("D", "0"), verified("D", "Q1", "0", "11-01")),
	)
	for _, tt := range []struct {
		tieBreak []scoring.TieBreak
		want     string
	}{
		{nil, "1 a, 1 b, 1 c, 1 d"},
		{[]scoring.TieBreak{"fewer_penalty_points"}, "1 b, 1 c, 1 d, 4 a"},
		{[]scoring.TieBreak{"higher_indicator_points"}, "1 c, 1 d, 3 a, 4 b"},
		{[]scoring.TieBreak{"higher_verified_share"}, "1 d, 2 a, 2 b, 2 c"},
		{[]scoring.TieBreak{"fewer_penalty_points", "higher_indicator_points"}, "1 c, 1 d, 3 b, 4 a"},
		{[]scoring.TieBreak{"higher_indicator_points", "fewer_penalty_points"}, "1 c, 1 d, 3 a, 4 b"},
		{[]scoring.TieBreak{"fewer_penalty_points", "higher_verified_share"}, "1 d, 2 b, 2 c, 4 a"},
		{[]scoring.TieBreak{"fewer_penalty_points", "higher_indicator_points", "higher_verified_share"}, "1 d, 2 c, 3 b, 4 a"},
	} {
		s.Ruleset.TieBreak = tt.tieBreak
		equal(t, fmt.Sprint(tt.tieBreak), order(scoring.Rank(s, yearEnd)), tt.want)
	}
}

// Tie-breaks decide between equal totals only.
func TestTieBreakIsNoMore(t *testing.T) {
	s := season([]scoring.Criterion{criterion("C")},
		unit("a", met("C", "5")), unit("b", met("C", "5"), adjusted("bonus", "3", "05-01"), adjusted("penalty", "2", "05-01")))
	s.Ruleset.TieBreak = []scoring.TieBreak{"fewer_penalty_points", "higher_indicator_points"}
	equal(t, "ranking", order(scoring.Rank(s, yearEnd)), "1 b, 2 a")
}

// The worked example of spec "scoring": one unit's correction moves the others.
func TestWorkedExample(t *testing.T) {
	s := season([]scoring.Criterion{criterion("R", by("relative"))},
		unit("cao-bang", target("R", "150"), inTime("R", "165")),
		unit("lang-son", target("R", "180"), inTime("R", "180")),
		unit("ha-giang", target("R", "200"), inTime("R", "260"), reported("R", "Q1", "220", "06-01")),
		unit("lai-chau", target("R", "120"), inTime("R", "108")),
		unit("son-la", target("R", "300"), inTime("R", "330")),
		unit("lao-cai", target("R", "160"), inTime("R", "184")),
		unit("dien-bien", target("R", "170")),
	)
	for id, want := range map[string]struct{ attainment, before, after string }{
		"cao-bang": {"1.1", "13.33", "16.67"}, "lang-son": {"1", "10", "10"}, "ha-giang": {"1.3", "20", "16.67"},
		"lai-chau": {"0.9", "9", "9"}, "son-la": {"1.1", "13.33", "16.67"}, "lao-cai": {"1.15", "15", "20"}, "dien-bien": {"-", "0", "0"},
	} {
		before, after := standing(t, s, moment("05-31"), id).Items[0], standing(t, s, moment("06-01"), id).Items[0]
		equal(t, id+": attainment", text(before.Attainment), want.attainment)
		equal(t, id+": points", text(before.Points), want.before)
		equal(t, id+": points after the correction", text(after.Points), want.after)
	}
	equal(t, "Điện Biên", standing(t, s, yearEnd, "dien-bien").Items[0].State, scoring.StateMissing)
}

// Items come in the order of the ruleset's criteria, whatever the papers name.
func TestItemOrder(t *testing.T) {
	s := season([]scoring.Criterion{criterion("B2"), criterion("A1"), criterion("B1")},
		unit("a", met("B1", "1"), met("A1", "2"), reported("gone", "Q1", "3", "04-01"), reported("A1", "gone", "3", "04-02")))
	var got []string
	for _, it := range scoring.Rank(s, yearEnd)[0].Items {
		got = append(got, it.Criterion+" "+text(it.Points))
	}
	equal(t, "items", got, []string{"B2 0", "A1 4", "B1 2"})
}
