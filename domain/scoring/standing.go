package scoring

import "math/big"

// Standing is one unit's place in a ranking, with all that explains it.
type Standing struct {
	Rank          int // from 1; equal units share it and the next skips: 1, 2, 2, 4
	Unit          string
	Total         *big.Rat
	Indicator     *big.Rat // points of the items, brought to the full scale where some are not applicable
	Bonus         *big.Rat // capped
	Penalty       *big.Rat // Lateness and the penalties decided
	Late, Absent  int      // reports
	VerifiedShare *big.Rat // of the scored items, 0 to 1
	Tier          string
	Eligible      bool   // no hold on the day of the moment
	Items         []Item // in the order of the ruleset's criteria

	Base     *big.Rat // points of the applicable criteria; Indicator is the items' points · full/Base
	Lateness *big.Rat // penalty points for late and absent reports
	Reports  []Report // that the unit owes, in calendar order
}

// Report is how one unit stands with one period.
type Report struct {
	Period    string
	Deadline  Date // the unit's own where it has one
	Passed    bool // the deadline, at the moment
	Submitted Date // local day of the first submission; no date where there is none
}

// Late reports whether the first submission came after the deadline.
func (r Report) Late() bool { return r.Submitted.After(r.Deadline) }

// Absent reports whether the deadline passed without a submission.
func (r Report) Absent() bool { return r.Passed && r.Submitted == "" }

// Item is one criterion of one unit.
type Item struct {
	Criterion  string
	State      State
	Target     *big.Rat // nil where there is none
	Actual     *big.Rat // nil where it is missing
	Attainment *big.Rat // after the cap; nil unless scored by a formula with a target
	Points     *big.Rat // rounded; 0 unless scored
	Verified   bool     // scored, and every value used was verified
	Explanation
}

// Explanation is why an item has its points.
type Explanation struct {
	Used       []Used   // the values that the actual is, or would be, made of, in calendar order
	Cause      Cause    // why the actual is missing
	Silent     []string // with CauseSilence: the periods without a value
	Cap        *big.Rat // of the attainment, in force; nil for a formula without a target
	Leader     *big.Rat // relative: L, the largest attainment; per_max: the largest actual; of the scored items
	LeaderUnit string   // whose it is; of several the first by id
	Step       *Step    // steps: the row reached; nil where none was
	Short      int64    // deduction: n, the steps missing to the target
	Unrounded  *big.Rat // points before rounding; nil unless scored
}

// Used is one value that an actual is made of.
type Used struct {
	Period             string
	Value, Denominator *big.Rat
	Verified           bool
	Ref                int // of the submission or verification
}

// State is how an item came to its points.
type State string

// The states, in the order in which the first that applies is taken. All but StateScored give 0 points.
const (
	StateNotApplicable State = "not_applicable"
	StateNoTarget      State = "no_target"
	StateMissing       State = "missing"
	StateScored        State = "scored"
)

// Cause is why an actual is missing; empty where it is not.
type Cause string

// The causes of a missing actual.
const (
	CauseNoValue         Cause = "no_value"         // in any period
	CauseSilence         Cause = "silence"          // direction lower, and a period that has passed has no value
	CauseZeroDenominator Cause = "zero_denominator" // no data is neither 0 % nor 100 %
)
