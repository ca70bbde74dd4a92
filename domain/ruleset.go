package domain

// Ruleset is how a season is scored: the part of season.yaml that is frozen by the first signature. Every scalar is the text it was
// written with, so that the ruleset's digest can be computed from the papers and from the log alike.
type Ruleset struct {
	Rules
	Criteria []CriterionDefined `json:"criteria"`
}

// Rules are the ruleset without its criteria, as they stand in season.drafted.
type Rules struct {
	Scale    Decimal  `json:"scale"`
	Rounding Rounding `json:"rounding"`
	BonusCap Decimal  `json:"bonus_cap"`
	Lateness Lateness `json:"lateness"`
	TieBreak []string `json:"tie_break"`
	Tiers    []Tier   `json:"tiers"`
}

// Rounding says to how many digits points are rounded.
type Rounding struct {
	Digits Whole `json:"digits"`
}

// Lateness is the penalty for late and absent reports.
type Lateness struct {
	PerReport Decimal `json:"per_report"`
	Max       Decimal `json:"max"`
}

// Tier is one class of results, such as "excellent".
type Tier struct {
	ID           string  `json:"id"`
	Name         Names   `json:"name"`
	MinTotal     Decimal `json:"min_total"`
	MinItemShare Decimal `json:"min_item_share,omitempty"`
}

// CriterionDefined is one scored line of the ruleset.
type CriterionDefined struct {
	ID          string  `json:"id"`
	Group       string  `json:"group"`
	Name        Names   `json:"name"`
	Measure     string  `json:"measure"`
	Kind        string  `json:"kind"`
	Direction   string  `json:"direction"`
	OverTime    string  `json:"over_time"`
	Points      Decimal `json:"points"`
	Formula     string  `json:"formula"`
	Cap         Decimal `json:"cap,omitempty"`
	Steps       []Step  `json:"steps,omitempty"`
	StepPercent Decimal `json:"step_percent,omitempty"`
	PerStep     Decimal `json:"per_step,omitempty"`
	PerItem     Decimal `json:"per_item,omitempty"`
}

// Step is one row of a step table: the share of the points from an attainment on.
type Step struct {
	AtLeast Decimal `json:"at_least"`
	Share   Decimal `json:"share"`
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
