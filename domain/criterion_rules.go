package domain

import (
	"math/big"

	"thidua/domain/scoring"
)

// checkDefined judges one criterion (spec "scoring", From periods to the year's actual A, and Points of one criterion).
func (w *World) checkDefined(c *CriterionDefined) Problems {
	path := "ruleset.criteria." + c.ID
	ps := checkWord(path+".kind", c.Kind, "number", "ratio", "yes_no")
	ps = append(ps, checkWord(path+".direction", c.Direction, "higher", "lower")...)
	ps = append(ps, checkWord(path+".over_time", c.OverTime, "sum", "latest", "cumulative", "mean", "max")...)
	ps = append(ps, checkWord(path+".formula", c.Formula, "absolute", "relative", "steps", "deduction", "per_max", "yes_no", "count")...)
	if len(ps) == 0 {
		ps = append(ps, checkCombination(path, c)...)
		ps = append(ps, checkParameters(path, c)...)
	}
	if c.Points.Rat().Sign() == 0 {
		ps = append(ps, problem(RuleRuleset, path+".points", "điểm của tiêu chí phải lớn hơn 0", "the points of a criterion are above 0"))
	}
	return append(ps, w.checkDigits(path+".points", c.Points)...)
}

func checkCombination(path string, c *CriterionDefined) (ps Problems) {
	if !scoring.ValidCombination(scoring.Kind(c.Kind), scoring.OverTime(c.OverTime)) {
		ps = append(ps, problem(RuleRuleset, path+".over_time", "kind %s không đi với over_time %s", "kind %s does not go with over_time %s", c.Kind, c.OverTime))
	}
	formula, fitting := scoring.Formula(c.Formula), scoring.KindNumber
	if formula == scoring.FormulaYesNo {
		fitting = scoring.KindYesNo
	}
	if !scoring.ValidFormula(formula, scoring.Kind(c.Kind), scoring.DirectionHigher) {
		ps = append(ps, problem(RuleRuleset, path+".formula", "công thức yes_no đi với kind yes_no và chỉ với nó (đang có %s với %s)",
			"the formula yes_no goes with kind yes_no and with nothing else (found %s with %s)", c.Formula, c.Kind))
	}
	if !scoring.ValidFormula(formula, fitting, scoring.Direction(c.Direction)) {
		ps = append(ps, problem(RuleRuleset, path+".direction", "công thức %s chỉ đi với direction higher", "the formula %s goes with direction higher only", c.Formula))
	}
	return ps
}

// checkParameters judges that a formula has its own parameters and no others, and that they make sense.
func checkParameters(path string, c *CriterionDefined) (ps Problems) {
	parameters := []struct {
		key      string
		given    bool
		formulas []string
		optional bool
	}{
		{"cap", c.Cap.Given(), []string{"absolute", "relative", "steps"}, true},
		{"steps", len(c.Steps) > 0, []string{"steps"}, false},
		{"step_percent", c.StepPercent.Given(), []string{"deduction"}, false},
		{"per_step", c.PerStep.Given(), []string{"deduction"}, false},
		{"per_item", c.PerItem.Given(), []string{"count"}, false},
	}
	for _, p := range parameters {
		own := len(checkWord("", c.Formula, p.formulas...)) == 0
		if p.given && !own {
			ps = append(ps, problem(RuleRuleset, path+"."+p.key, "công thức %s không dùng %s; hãy bỏ khóa này", "the formula %s takes no %s; remove the key", c.Formula, p.key))
		}
		if own && !p.given && !p.optional {
			ps = append(ps, problem(RuleRuleset, path+"."+p.key, "công thức %s cần %s", "the formula %s needs %s", c.Formula, p.key))
		}
	}
	if c.StepPercent.Given() && c.StepPercent.Rat().Sign() == 0 {
		ps = append(ps, problem(RuleRuleset, path+".step_percent", "step_percent phải lớn hơn 0", "step_percent is above 0"))
	}
	if c.Cap.Given() && c.Cap.Rat().Cmp(big.NewRat(1, 1)) < 0 {
		ps = append(ps, problem(RuleRuleset, path+".cap", "cap không nhỏ hơn 1", "cap is at least 1"))
	}
	return append(ps, checkSteps(path, c)...)
}

func checkSteps(path string, c *CriterionDefined) (ps Problems) {
	if c.Formula != "steps" {
		return nil
	}
	highest := scoring.Formula(c.Formula).DefaultCap()
	if c.Cap.Given() {
		highest = c.Cap.Rat()
	}
	seen := map[string]bool{}
	for _, s := range c.Steps {
		if s.AtLeast.Rat().Cmp(highest) > 0 {
			ps = append(ps, problem(RuleRuleset, path+".steps", "bậc at_least %s vượt cap %s", "the step at_least %s is above the cap of %s", s.AtLeast, Decimal(highest.FloatString(6)).Plain()))
		}
		if s.Share.Rat().Cmp(big.NewRat(1, 1)) > 0 {
			ps = append(ps, problem(RuleRuleset, path+".steps", "share %s lớn hơn 1", "the share %s is above 1", s.Share))
		}
		if seen[s.AtLeast.Plain()] {
			ps = append(ps, problem(RuleRuleset, path+".steps", "bậc at_least %s được ghi hai lần", "the step at_least %s is given twice", s.AtLeast))
		}
		seen[s.AtLeast.Plain()] = true
	}
	return ps
}
