package scoring

import (
	"math/big"
	"time"
)

// Season is everything a ranking is made from.
type Season struct {
	Ruleset     Ruleset
	Zone        *time.Location // of the calendar
	Periods     []Period       // in calendar order
	Units       []Unit         // the members
	FinalisedAt time.Time      // zero: still running
}

// Period is a stretch of the season that is reported on.
type Period struct {
	ID       string
	Deadline Date // still in time
}

// Unit is one member with its papers.
type Unit struct {
	ID            string
	Targets       map[string]Target // by criterion
	Submissions   []Submission
	Verifications []Verification
	Adjustments   []Adjustment
	Deadlines     map[string]Date // its own later deadline, by period, where an exception was granted
	Holds         []Hold
}

// Target is what a unit's pledge says of one criterion. The zero value is a blank: no target.
type Target struct {
	NotApplicable bool
	Value         *big.Rat // in percent for a ratio
}

// Submission is a value reported for one cell, first or corrected.
type Submission struct {
	Period, Criterion  string
	Value, Denominator *big.Rat // Denominator with a ratio only
	At                 time.Time
	Ref                int // the caller's own, carried into the explanation
}

// Verification is an inspector's recount of one cell; At is when it was verified.
type Verification Submission

// Adjustment is bonus or penalty points that people decided.
type Adjustment struct {
	Kind   AdjustmentKind
	Points *big.Rat
	At     time.Time
}

// AdjustmentKind is bonus or penalty.
type AdjustmentKind string

// The kinds of adjustment.
const (
	AdjustmentBonus   AdjustmentKind = "bonus"
	AdjustmentPenalty AdjustmentKind = "penalty"
)

// Hold blocks awards, both days included.
type Hold struct {
	From, To Date
	Open     bool // no end; To means nothing
}

// covers reports whether the hold is on that day.
func (h Hold) covers(day Date) bool { return !h.From.After(day) && (h.Open || !day.After(h.To)) }

// moment is the moment that a ranking asked for at some time is really of: never later than the season's end.
func (s *Season) moment(at time.Time) time.Time {
	if !s.FinalisedAt.IsZero() && at.After(s.FinalisedAt) {
		return s.FinalisedAt
	}
	return at
}
