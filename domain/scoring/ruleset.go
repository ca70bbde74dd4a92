package scoring

import "math/big"

// Ruleset is how a season is scored: the part of season.yaml that spec "scoring" gives a meaning.
type Ruleset struct {
	Scale       *big.Rat // the most a total can be
	Digits      int      // of points after the point, 0 to 6
	BonusCap    *big.Rat // the most that bonuses count
	PerReport   *big.Rat // penalty points of one late or absent report
	LatenessMax *big.Rat // the most of these a season
	TieBreak    []TieBreak
	Tiers       []Tier // best first
	Criteria    []Criterion
}

// TieBreak is a way to order units with equal totals.
type TieBreak string

// The tie-breaks.
const (
	FewerPenaltyPoints    TieBreak = "fewer_penalty_points"
	HigherIndicatorPoints TieBreak = "higher_indicator_points"
	HigherVerifiedShare   TieBreak = "higher_verified_share"
)

// Tier is one class of results.
type Tier struct {
	ID           string
	MinTotal     *big.Rat
	MinItemShare *big.Rat // of a criterion's points, in every applicable item; nil = no such condition
}

// Criterion is one scored line of the ruleset.
type Criterion struct {
	ID          string
	Kind        Kind
	Direction   Direction
	OverTime    OverTime
	Formula     Formula
	Points      *big.Rat // M, above 0
	Cap         *big.Rat // of the attainment, at least 1, with a formula that takes one; nil = its default
	Steps       []Step   // with steps, in any order
	StepPercent *big.Rat // with deduction: the width of one step, in percent of the target
	PerStep     *big.Rat // with deduction: points lost a step
	PerItem     *big.Rat // with count: points of one
}

// Step is one row of a step table: the share of the points from an attainment on.
type Step struct{ AtLeast, Share *big.Rat }

// Kind is what a criterion's values are.
type Kind string

// The kinds of values.
const (
	KindNumber Kind = "number"
	KindRatio  Kind = "ratio" // a value over a denominator, read as percent
	KindYesNo  Kind = "yes_no"
)

// Direction says which way is better.
type Direction string

// The directions.
const (
	DirectionHigher Direction = "higher"
	DirectionLower  Direction = "lower"
)

// OverTime says how the values of the periods make the year's actual.
type OverTime string

// The ways over time.
const (
	OverTimeSum        OverTime = "sum"
	OverTimeLatest     OverTime = "latest"
	OverTimeCumulative OverTime = "cumulative" // as latest; each value is year to date
	OverTimeMean       OverTime = "mean"
	OverTimeMax        OverTime = "max"
)

// Formula says how an actual makes points.
type Formula string

// The formulas.
const (
	FormulaAbsolute  Formula = "absolute"
	FormulaRelative  Formula = "relative"
	FormulaSteps     Formula = "steps"
	FormulaDeduction Formula = "deduction"
	FormulaPerMax    Formula = "per_max"
	FormulaYesNo     Formula = "yes_no"
	FormulaCount     Formula = "count"
)

// NeedsTarget reports whether the formula scores an attainment, which takes a target.
func (f Formula) NeedsTarget() bool {
	return f == FormulaAbsolute || f == FormulaRelative || f == FormulaSteps || f == FormulaDeduction
}

// DefaultCap returns the cap of the attainment where the ruleset gives none; nil for a formula without a target.
func (f Formula) DefaultCap() *big.Rat {
	switch f {
	case FormulaAbsolute, FormulaDeduction:
		return big.NewRat(1, 1)
	case FormulaRelative, FormulaSteps:
		return big.NewRat(3, 2)
	case FormulaPerMax, FormulaYesNo, FormulaCount:
	}
	return nil
}

// TakesCap reports whether the ruleset may set the cap of the attainment.
func (f Formula) TakesCap() bool { return f.NeedsTarget() && f != FormulaDeduction }

// ValidCombination reports whether spec "scoring" says how values of a kind go together over time that way.
func ValidCombination(kind Kind, overTime OverTime) bool {
	switch overTime {
	case OverTimeLatest:
		return kind == KindNumber || kind == KindRatio || kind == KindYesNo
	case OverTimeSum, OverTimeCumulative:
		return kind == KindNumber || kind == KindRatio
	case OverTimeMean, OverTimeMax:
		return kind == KindNumber
	}
	return false
}

// ValidFormula reports whether a formula goes with a kind and a direction: yes_no with kind yes_no only and no other with it; and the
// formulas without a target with direction higher only.
func ValidFormula(formula Formula, kind Kind, direction Direction) bool {
	switch formula {
	case FormulaAbsolute, FormulaRelative, FormulaSteps, FormulaDeduction:
		return kind != KindYesNo && (direction == DirectionHigher || direction == DirectionLower)
	case FormulaPerMax, FormulaCount:
		return kind != KindYesNo && direction == DirectionHigher
	case FormulaYesNo:
		return kind == KindYesNo && direction == DirectionHigher
	}
	return false
}

// limit is the cap in force, nil for a formula without a target.
func (c *Criterion) limit() *big.Rat {
	if c.Cap != nil && c.Formula.TakesCap() {
		return c.Cap
	}
	return c.Formula.DefaultCap()
}
