package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"thidua/domain"
)

// defined drafts the season with a criterion D of 0 points of bonus: "kind direction over_time formula".
func defined(words string, edits ...func(*domain.CriterionDefined)) domain.DraftSeason {
	w := strings.Fields(words)
	c := domain.CriterionDefined{ID: "D", Group: "D", Name: domain.Names{VI: "Tiêu chí"}, Kind: w[0], Direction: w[1], OverTime: w[2], Formula: w[3], Points: "10"}
	switch c.Formula {
	case "steps":
		c.Steps = []domain.Step{{AtLeast: "0.5", Share: "0.4"}, {AtLeast: "1", Share: "1"}}
	case "deduction":
		c.StepPercent, c.PerStep = "5", "1"
	case "count":
		c.PerItem = "2.5"
	}
	c = edited(c, edits)
	return draft(func(d *domain.DraftSeason) { d.Draft.BonusCap, d.Criteria = "0", append(d.Criteria, c) })
}

// Spec "scoring", From periods to the year's actual A: what is not in the table is no ruleset.
func TestKindOverTime(t *testing.T) {
	for words, want := range map[string]string{
		"number higher sum absolute": accepted, "number higher latest absolute": accepted, "number higher cumulative absolute": accepted,
		"number higher mean absolute": accepted, "number higher max absolute": accepted,
		"ratio higher sum absolute": accepted, "ratio higher latest absolute": accepted, "ratio higher cumulative absolute": accepted,
		"ratio higher mean absolute": "ruleset ruleset.criteria.D.over_time", "ratio higher max absolute": "ruleset ruleset.criteria.D.over_time",
		"yes_no higher latest yes_no": accepted,
		"yes_no higher sum yes_no":    "ruleset ruleset.criteria.D.over_time", "yes_no higher cumulative yes_no": "ruleset ruleset.criteria.D.over_time",
		"yes_no higher mean yes_no": "ruleset ruleset.criteria.D.over_time", "yes_no higher max yes_no": "ruleset ruleset.criteria.D.over_time",
	} {
		t.Run(words, func(t *testing.T) { given().when(defined(words)).thenProblems(t, want) })
	}
}

// Spec "scoring", Points of one criterion: which formula goes with which kind and direction.
func TestFormulaKindDirection(t *testing.T) {
	const formula, direction = "ruleset ruleset.criteria.D.formula", "ruleset ruleset.criteria.D.direction"
	for _, tt := range []struct{ formula, number, lower, yesNo string }{
		{"absolute", accepted, accepted, formula},
		{"relative", accepted, accepted, formula},
		{"steps", accepted, accepted, formula},
		{"deduction", accepted, accepted, formula},
		{"per_max", accepted, direction, formula},
		{"count", accepted, direction, formula},
		{"yes_no", formula, direction + ", " + formula, accepted},
	} {
		given().tries(t, []trial{
			{tt.formula + " of a number", defined("number higher latest " + tt.formula), tt.number},
			{tt.formula + " of a ratio", defined("ratio higher latest " + tt.formula), tt.number},
			{tt.formula + " of a number, lower", defined("number lower latest " + tt.formula), tt.lower},
			{tt.formula + " of yes or no", defined("yes_no higher latest " + tt.formula), tt.yesNo},
		})
	}
	given().when(defined("yes_no lower latest yes_no")).thenProblems(t, direction)
}

func TestCriterionWords(t *testing.T) {
	for words, field := range map[string]string{
		"count higher sum absolute":  "kind",
		"number up sum absolute":     "direction",
		"number higher min absolute": "over_time",
		"number higher sum linear":   "formula",
		"Number higher sum absolute": "kind",
	} {
		t.Run(words, func(t *testing.T) {
			given().when(defined(words)).thenProblems(t, "word ruleset.criteria.D."+field)
		})
	}
}

// Each parameter is required with its formula and an error with any other; cap alone may be absent.
func TestFormulaParameters(t *testing.T) {
	set := map[string]func(*domain.CriterionDefined){
		"cap":          func(c *domain.CriterionDefined) { c.Cap = "1.2" },
		"steps":        func(c *domain.CriterionDefined) { c.Steps = []domain.Step{{AtLeast: "1", Share: "1"}} },
		"step_percent": func(c *domain.CriterionDefined) { c.StepPercent = "5" },
		"per_step":     func(c *domain.CriterionDefined) { c.PerStep = "1" },
		"per_item":     func(c *domain.CriterionDefined) { c.PerItem = "1" },
	}
	unset := map[string]func(*domain.CriterionDefined){
		"cap":          func(c *domain.CriterionDefined) { c.Cap = "" },
		"steps":        func(c *domain.CriterionDefined) { c.Steps = nil },
		"step_percent": func(c *domain.CriterionDefined) { c.StepPercent = "" },
		"per_step":     func(c *domain.CriterionDefined) { c.PerStep = "" },
		"per_item":     func(c *domain.CriterionDefined) { c.PerItem = "" },
	}
	takes := map[string][]string{
		"absolute": {"cap"}, "relative": {"cap"}, "steps": {"cap", "steps"}, "deduction": {"step_percent", "per_step"}, "per_max": {}, "count": {"per_item"}, "yes_no": {},
	}
	for formula, own := range takes {
		words := "number higher latest " + formula
		if formula == "yes_no" {
			words = "yes_no higher latest yes_no"
		}
		for key := range set {
			breach := "ruleset ruleset.criteria.D." + key
			with, without := breach, accepted
			for _, o := range own {
				if o == key {
					with, without = accepted, breach
				}
			}
			if key == "cap" {
				without = accepted
			}
			given().tries(t, []trial{
				{fmt.Sprintf("%s with %s", formula, key), defined(words, set[key]), with},
				{fmt.Sprintf("%s without %s", formula, key), defined(words, unset[key]), without},
			})
		}
	}
}

func TestCriterionNumbers(t *testing.T) {
	edit := func(words string, edit func(*domain.CriterionDefined)) domain.DraftSeason {
		return defined(words, edit)
	}
	const number, steps = "number higher sum absolute", "number higher sum steps"
	table := func(rows ...domain.Step) domain.DraftSeason {
		return edit(steps, func(c *domain.CriterionDefined) { c.Steps = rows })
	}
	given().tries(t, []trial{
		{"no points", edit(number, func(c *domain.CriterionDefined) { c.Points = "0.00" }), "ruleset ruleset.criteria.D.points"},
		{"the least points", edit(number, func(c *domain.CriterionDefined) { c.Points = "0.01" }), accepted},
		{"more digits than the ruleset", edit(number, func(c *domain.CriterionDefined) { c.Points = "0.005" }), "digits ruleset.criteria.D.points"},
		{"cap 1", edit(number, func(c *domain.CriterionDefined) { c.Cap = "1.0" }), accepted},
		{"cap below 1", edit(number, func(c *domain.CriterionDefined) { c.Cap = "0.999999" }), "ruleset ruleset.criteria.D.cap"},
		{"step_percent 0", edit("number higher sum deduction", func(c *domain.CriterionDefined) { c.StepPercent = "0.0" }), "ruleset ruleset.criteria.D.step_percent"},
		{"a step at the default cap", table(domain.Step{AtLeast: "1.5", Share: "1"}), accepted},
		{"a step above the default cap", table(domain.Step{AtLeast: "1.500001", Share: "1"}), "ruleset ruleset.criteria.D.steps"},
		{"a step at the own cap", edit(steps, func(c *domain.CriterionDefined) { c.Cap, c.Steps[1].AtLeast = "2", "2" }), accepted},
		{"a step above the own cap", edit(steps, func(c *domain.CriterionDefined) { c.Cap, c.Steps[1].AtLeast = "1.2", "1.3" }), "ruleset ruleset.criteria.D.steps"},
		{"a share above 1", table(domain.Step{AtLeast: "1", Share: "1.000001"}), "ruleset ruleset.criteria.D.steps"},
		{"a step twice, written differently", table(domain.Step{AtLeast: "1", Share: "1"}, domain.Step{AtLeast: "1.0", Share: "0.5"}), "ruleset ruleset.criteria.D.steps"},
		{"steps in any order", table(domain.Step{AtLeast: "0.5", Share: "0.4"}, domain.Step{AtLeast: "0", Share: "0"}, domain.Step{AtLeast: "1", Share: "1"}), accepted},
		{"no criteria", draft(func(d *domain.DraftSeason) { d.Criteria = nil }), "ruleset ruleset.criteria"},
		{"an id twice", edit(number, func(c *domain.CriterionDefined) { c.ID = "N" }), "duplicate ruleset.criteria"},
	})
}

// The ruleset's digest is that of its texts: what is written differently is another ruleset; where there is nothing to tell, none and empty
// are the same, because both stand on the log as an empty list.
func TestRulesetDigest(t *testing.T) {
	ruleset := func(edit func(*domain.DraftSeason)) string {
		d := draft(edit)
		return domain.Ruleset{Rules: d.Draft.Rules, Criteria: d.Criteria}.Digest()
	}
	base := ruleset(func(*domain.DraftSeason) {})
	for name, edit := range map[string]func(*domain.DraftSeason){
		"a number written differently": func(d *domain.DraftSeason) { d.Draft.Scale = "100.0" },
		"criteria in another order":    func(d *domain.DraftSeason) { d.Criteria[0], d.Criteria[1] = d.Criteria[1], d.Criteria[0] },
		"a name":                       func(d *domain.DraftSeason) { d.Criteria[0].Name.VI = "Mô hình" },
	} {
		if ruleset(edit) == base {
			t.Errorf("%s does not change the ruleset's digest", name)
		}
	}
	if ruleset(func(d *domain.DraftSeason) { d.Draft.Members, d.Draft.Periods = nil, nil }) != base {
		t.Error("what is not of the ruleset changes its digest")
	}
	none := ruleset(func(d *domain.DraftSeason) { d.Draft.TieBreak = nil })
	if empty := ruleset(func(d *domain.DraftSeason) { d.Draft.TieBreak = []string{} }); none != empty {
		t.Errorf("no tie-break has the digest %s, an empty list of them %s", none, empty)
	}
}
