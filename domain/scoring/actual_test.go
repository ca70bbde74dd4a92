package scoring_test

import (
	"testing"

	"thidua/domain/scoring"
)

func TestActual(t *testing.T) {
	const missing = "-"
	for name, tt := range map[string]struct {
		kind     scoring.Kind
		overTime scoring.OverTime
		values   []string
		want     string
		cause    scoring.Cause
	}{
		"sum":                                  {"number", "sum", []string{"5", "", "7.25"}, "12.25", ""},
		"sum of zeros is a number":             {"number", "sum", []string{"0"}, "0", ""},
		"latest":                               {"number", "latest", []string{"9", "5", ""}, "5", ""},
		"latest is by period":                  {"number", "latest", []string{"9", "", "0"}, "0", ""},
		"cumulative is the last, not a sum":    {"number", "cumulative", []string{"3", "8", "11"}, "11", ""},
		"mean of those with a value":           {"number", "mean", []string{"5", "", "8"}, "6.5", ""},
		"max":                                  {"number", "max", []string{"5", "8", "2"}, "8", ""},
		"no value":                             {"number", "mean", nil, missing, "no_value"},
		"ratio sums both parts":                {"ratio", "sum", []string{"1/2", "", "8/8"}, "90", ""},
		"ratio above 100 %":                    {"ratio", "sum", []string{"3/2"}, "150", ""},
		"ratio latest":                         {"ratio", "latest", []string{"1/2", "3/8", ""}, "37.5", ""},
		"ratio cumulative":                     {"ratio", "cumulative", []string{"1/2", "6/10"}, "60", ""},
		"ratio without end":                    {"ratio", "sum", []string{"1/3"}, "100/3", ""},
		"ratio of no data in one period":       {"ratio", "sum", []string{"0/0", "3/4"}, "75", ""},
		"ratio of no data at all":              {"ratio", "sum", []string{"0/0", "0/0"}, missing, "zero_denominator"},
		"ratio with no data in the last":       {"ratio", "latest", []string{"3/4", "0/0"}, missing, "zero_denominator"},
		"ratio with no data before the last":   {"ratio", "latest", []string{"0/0", "3/4"}, "75", ""},
		"ratio of something out of nothing":    {"ratio", "latest", []string{"2/0"}, missing, "zero_denominator"},
		"yes":                                  {"yes_no", "latest", []string{"0", "1"}, "1", ""},
		"no":                                   {"yes_no", "latest", []string{"1", "0"}, "0", ""},
		"yes_no without a value is not a no":   {"yes_no", "latest", nil, missing, "no_value"},
		"a ratio's denominator may be decimal": {"ratio", "sum", []string{"1.5/2.5"}, "60", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := criterion("C", over(tt.kind, tt.overTime))
			if tt.kind == scoring.KindYesNo {
				c.Formula = scoring.FormulaYesNo
			}
			got := item(t, c, target("C", "10"), inTime("C", tt.values...))
			equal(t, "actual", text(got.Actual), tt.want)
			equal(t, "cause", got.Cause, tt.cause)
			equal(t, "missing", got.State == scoring.StateMissing, tt.want == missing)
		})
	}
}

// The values used are those that the actual is made of, in calendar order.
func TestUsed(t *testing.T) {
	for overTime, want := range map[scoring.OverTime][]string{
		"sum": {"Q1", "Q3"}, "mean": {"Q1", "Q3"}, "max": {"Q1", "Q3"}, "latest": {"Q3"}, "cumulative": {"Q3"},
	} {
		got := item(t, criterion("C", over("number", overTime)), target("C", "10"), inTime("C", "9", "", "5"))
		var periods []string
		for _, used := range got.Used {
			periods = append(periods, used.Period)
		}
		equal(t, string(overTime), periods, want)
	}
}

// Where less is better a period that has passed must have a value, else not reporting would be the best report.
func TestSilenceMustNotPay(t *testing.T) {
	fewer := []scoring.Criterion{criterion("C", lower), criterion("L", lower, over("number", "latest")), criterion("H")}
	papers := []paper{target("C", "10"), target("L", "10"), target("H", "10")}
	for _, c := range []string{"C", "L", "H"} {
		papers = append(papers, inTime(c, "4", "", "5"))
	}
	for name, tt := range map[string]struct {
		day    string
		extra  []paper
		want   []string
		silent []string
	}{
		"not yet passed":                    {"07-05 23:59", nil, []string{"4", "4", "4"}, nil},
		"passed":                            {"07-06 00:00", nil, []string{"-", "-", "4"}, []string{"Q2"}},
		"passed for all, later value":       {"12-31", nil, []string{"-", "-", "9"}, []string{"Q2"}},
		"own deadline not yet passed":       {"07-10", []paper{extended("Q2", "2019-07-10")}, []string{"4", "4", "4"}, nil},
		"own deadline passed":               {"07-11", []paper{extended("Q2", "2019-07-10")}, []string{"-", "-", "4"}, []string{"Q2"}},
		"reported late":                     {"12-31", []paper{reported("C", "Q2", "0", "08-01")}, []string{"9", "-", "9"}, nil},
		"a verification is a value, too":    {"12-31", []paper{verified("C", "Q2", "2", "11-01")}, []string{"11", "-", "9"}, nil},
		"what comes later is not yet there": {"07-31", []paper{reported("C", "Q2", "0", "08-01")}, []string{"-", "-", "4"}, []string{"Q2"}},
	} {
		t.Run(name, func(t *testing.T) {
			st := standing(t, season(fewer, unit("a", append(papers, tt.extra...)...)), moment(tt.day), "a")
			var got []string
			for _, it := range st.Items {
				got = append(got, text(it.Actual))
			}
			equal(t, "actuals of C, L and H", got, tt.want)
			equal(t, "silent periods of C", st.Items[0].Silent, tt.silent)
			equal(t, "cause", st.Items[0].Cause == scoring.CauseSilence, tt.silent != nil)
		})
	}
}
