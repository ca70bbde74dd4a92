package domain

// Ruleset is how a season is scored: the part of season.yaml that is frozen by the first signature. Every scalar is the text it was
// written with, so that the ruleset's digest can be computed from the papers and from the log alike.
type Ruleset struct {
	Rules
	Criteria []CriterionDefined `json:"criteria"`
}

// Rules are the ruleset without its criteria, as they stand in season.drafted.
type Rules struct {
	Scale    Decimal  `json:"scale"`     // the points of all criteria together
	Rounding Rounding `json:"rounding"`  // how points are rounded
	BonusCap Decimal  `json:"bonus_cap"` // the most bonus points that count
	Lateness Lateness `json:"lateness"`  // what late and absent reports cost
	TieBreak []string `json:"tie_break"` // what decides between equal totals, in order
	Tiers    []Tier   `json:"tiers"`     // the classes of results, best first
}

// Rounding says to how many digits points are rounded.
type Rounding struct {
	Digits Whole `json:"digits"` // digits after the point
}

// Lateness is the penalty for late and absent reports.
type Lateness struct {
	PerReport Decimal `json:"per_report"` // points for each report
	Max       Decimal `json:"max"`        // the most points in all
}

// Tier is one class of results, such as "excellent".
type Tier struct {
	ID           string  `json:"id"`                       // the tier's id
	Name         Names   `json:"name"`                     // what it is called
	MinTotal     Decimal `json:"min_total"`                // the least total that it takes
	MinItemShare Decimal `json:"min_item_share,omitempty"` // the least share of its points that each criterion must have
}

// CriterionDefined is one scored line of the ruleset.
type CriterionDefined struct {
	ID          string  `json:"id"`                     // the criterion's id
	Group       string  `json:"group"`                  // the group it is listed in
	Name        Names   `json:"name"`                   // what it is called
	Measure     string  `json:"measure"`                // what one is counted in; can be empty
	Kind        string  `json:"kind"`                   // what a value is: "number", "ratio", "yes_no"
	Direction   string  `json:"direction"`              // whether "higher" or "lower" is better
	OverTime    string  `json:"over_time"`              // how the periods' values become the year's: "sum", "latest", "cumulative", "mean", "max"
	Points      Decimal `json:"points"`                 // the points of full attainment
	Formula     string  `json:"formula"`                // how attainment becomes points: "absolute", "relative", "steps", "deduction", "per_max", "yes_no", "count"
	Cap         Decimal `json:"cap,omitempty"`          // the most attainment that counts
	Steps       []Step  `json:"steps,omitempty"`        // the rows of a step table
	StepPercent Decimal `json:"step_percent,omitempty"` // how much of the target one step of shortfall is, in percent
	PerStep     Decimal `json:"per_step,omitempty"`     // the points that each step of shortfall costs
	PerItem     Decimal `json:"per_item,omitempty"`     // the points of one item
}

// Step is one row of a step table: the share of the points from an attainment on.
type Step struct {
	AtLeast Decimal `json:"at_least"` // the attainment from which the row holds
	Share   Decimal `json:"share"`    // the share of the points that it gives
}

// Words is the type's name on the log.
func (*CriterionDefined) Words() string { return "criterion.defined" }

// Digest is the SHA-256 of the ruleset's canonical JSON in hex (spec "events", Digests). No tie-breaks are an empty list, not null.
func (r Ruleset) Digest() string {
	if r.TieBreak == nil {
		r.TieBreak = []string{}
	}
	return Digest(r)
}

// Criterion returns the criterion with an id, nil where there is none.
func (r Ruleset) Criterion(id string) *CriterionDefined {
	for i := range r.Criteria {
		if r.Criteria[i].ID == id {
			return &r.Criteria[i]
		}
	}
	return nil
}

// tier returns a tier's place from the best, -1 where there is none of that id.
func (r Rules) tier(id string) int {
	for i, t := range r.Tiers {
		if t.ID == id {
			return i
		}
	}
	return -1
}
