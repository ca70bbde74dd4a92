package domain_test

import (
	"testing"

	"thidua/domain"
)

// What the ruleset says reaches the scoring engine whole: each formula, its parameters, each way over time. The criterion D has 10 points,
// the target is 10; alpha reports the one value in the first quarter and the other in the second.
func TestFormulas(t *testing.T) {
	capped := func(c *domain.CriterionDefined) { c.Cap = "1.2" }
	for _, tt := range []struct {
		words         string
		edit          func(*domain.CriterionDefined)
		first, second string
		actual        string
		points        string
	}{
		{"number higher sum absolute", nil, "3", "4", "7", "7"},
		{"number higher latest absolute", nil, "3", "4", "4", "4"},
		{"number higher cumulative absolute", nil, "3", "4", "4", "4"},
		{"number higher mean absolute", nil, "3", "4", "3.5", "3.5"},
		{"number higher max absolute", nil, "4", "3", "4", "4"},
		{"number higher sum absolute", nil, "8", "8", "16", "10"},
		{"number higher sum absolute", capped, "8", "8", "16", "12"},
		{"number lower latest absolute", nil, "8", "20", "20", "5"},
		{"ratio higher sum absolute", nil, "1/20", "0/20", "2.5", "2.5"},
		{"ratio higher latest absolute", nil, "1/20", "1/40", "2.5", "2.5"},
		{"number higher sum relative", nil, "3", "4", "7", "3.5"},
		{"number higher sum steps", nil, "3", "4", "7", "4"},
		{"number higher sum steps", nil, "5", "5", "10", "10"},
		{"number higher sum steps", nil, "0", "4", "4", "0"},
		{"number higher sum deduction", nil, "4", "5", "9", "8"},
		{"number higher sum per_max", nil, "0", "4", "4", "10"},
		{"number higher sum count", nil, "1", "2", "3", "7.5"},
		{"yes_no higher latest yes_no", nil, "0", "1", "1", "10"},
	} {
		t.Run(tt.words, func(t *testing.T) {
			edits := []func(*domain.CriterionDefined){}
			if tt.edit != nil {
				edits = append(edits, tt.edit)
			}
			w := given(defined(tt.words, edits...), targets("alpha", "D", "10"), sign("alpha", signedAt),
				report("alpha", "Q1", "D", tt.first, reportedAt), report("alpha", "Q2", "D", tt.second, "2019-06-20T09:00:00+07:00")).world(t)
			items := w.Ranking(clock).Standings[0].Items
			d := items[len(items)-1]
			if d.Criterion != "D" || d.Actual == nil || *d.Actual != tt.actual || d.Points != tt.points {
				t.Errorf("%s/%s make %+v, want the actual %s and %s points", tt.first, tt.second, d, tt.actual, tt.points)
			}
		})
	}
}
