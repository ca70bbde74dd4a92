package explain

import "thidua/domain"

// Unit is the form of `explain --json`: how a unit's numbers came about. Decimals are texts.
type Unit struct {
	Season          string          `json:"season"`
	Unit            string          `json:"unit"`
	Position        domain.Position `json:"position"`
	Final           bool            `json:"final"`
	Rank            int             `json:"rank"`
	Total           string          `json:"total"`
	IndicatorPoints string          `json:"indicator_points"`
	Base            string          `json:"base"`
	Bonus           string          `json:"bonus"`
	Penalty         string          `json:"penalty"`
	Lateness        string          `json:"lateness"`
	Adjustments     []Adjustment    `json:"adjustments"`
	Items           []Item          `json:"items"`
}

// Adjustment is a bonus or penalty behind the total.
type Adjustment struct {
	Kind     string          `json:"kind"`
	Points   string          `json:"points"`
	Reason   string          `json:"reason"`
	By       string          `json:"by"`
	At       string          `json:"at"`
	Position domain.Position `json:"position"`
}

// Item is how the points of one criterion came about.
type Item struct {
	Criterion  string       `json:"criterion"`
	Name       domain.Names `json:"name"`
	Formula    string       `json:"formula"`
	OverTime   string       `json:"over_time"`
	Direction  string       `json:"direction"`
	MaxPoints  string       `json:"max_points"`
	State      string       `json:"state"`
	Target     *string      `json:"target"`
	Actual     *string      `json:"actual"`
	Attainment *string      `json:"attainment"`
	Cap        *string      `json:"cap"`
	Leader     *Leader      `json:"leader"`
	Points     string       `json:"points"`
	Exact      *string      `json:"exact_points"`
	Terms      string       `json:"terms"`
	Values     []Value      `json:"values"`
}

// Leader is the largest attainment (L) or actual of the season's members, and whose it is.
type Leader struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

// Value is one version of one value, and where it stands on the log.
type Value struct {
	Period      string          `json:"period"`
	Kind        string          `json:"kind"` // reported, corrected or verified
	Version     uint64          `json:"version"`
	Value       string          `json:"value"`
	Denominator string          `json:"denominator,omitempty"`
	At          string          `json:"at"`
	By          string          `json:"by"`
	Reason      string          `json:"reason,omitempty"`
	Evidence    []Evidence      `json:"evidence,omitempty"`
	Position    domain.Position `json:"position"`
	Counts      bool            `json:"counts"`
}

// Evidence is a file behind a value.
type Evidence struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}
