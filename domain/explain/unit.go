package explain

import "thidua/domain"

// Unit is the form of `explain --json`: how a unit's numbers came about. Decimals are texts.
type Unit struct {
	Season          string          `json:"season"`
	Unit            string          `json:"unit"`
	Position        domain.Position `json:"position"`
	At              string          `json:"at"` // the moment that the ranking is of, never later than that of the final one
	Final           bool            `json:"final"`
	RulesetSHA256   string          `json:"ruleset_sha256"`
	Ruleset         Place           `json:"ruleset"` // where the season was opened with it
	Pledge          Pledge          `json:"pledge"`
	Rank            int             `json:"rank"`
	Total           string          `json:"total"`
	IndicatorPoints string          `json:"indicator_points"`
	Base            string          `json:"base"`
	Bonus           string          `json:"bonus"`
	Penalty         string          `json:"penalty"`
	Lateness        string          `json:"lateness"`
	Calculation     []Term          `json:"calculation"` // ends in the total
	Placing         Placing         `json:"placing"`
	Tier            TierReached     `json:"tier"`
	Eligibility     Eligibility     `json:"eligibility"` // on the day of the moment
	Awards          []Award         `json:"awards"`
	Reports         []Report        `json:"reports"`
	Adjustments     []Adjustment    `json:"adjustments"`
	Items           []Item          `json:"items"`
}

// Pledge is where the targets come from and who signed them; each is null where it is not on the record.
type Pledge struct {
	Targets   *Place     `json:"targets"`
	Signature *Signature `json:"signature"`
}

// Signature is the leader's under a pledge.
type Signature struct {
	// Signer is a name; the ref where none is known.
	Signer        string `json:"signer"`
	SignerRef     string `json:"signer_ref"`
	At            string `json:"at"`
	TargetsSHA256 string `json:"targets_sha256"`
	Paper         bool   `json:"paper"` // there is no signature that can be verified
	Place
}

// Said is who said something, and why: By is an account and Reason a text, each the ref or digest of the event where nothing else is known.
type Said struct {
	By       string `json:"by"`
	ByRef    string `json:"by_ref"`
	Reason   string `json:"reason"`
	ReasonSD string `json:"reason_sd,omitempty"`
}

func said(by string, reason *domain.Disclosable) Said {
	return Said{By: by, ByRef: by, Reason: digest(reason), ReasonSD: digest(reason)}
}

// Adjustment is a bonus or penalty behind the total.
type Adjustment struct {
	Kind   string `json:"kind"`
	Points string `json:"points"`
	At     string `json:"at"`
	Said
	Place
}

// Item is how the points of one criterion came about.
type Item struct {
	Criterion   string       `json:"criterion"`
	Name        domain.Names `json:"name"`
	Formula     string       `json:"formula"`
	OverTime    string       `json:"over_time"`
	Direction   string       `json:"direction"`
	MaxPoints   string       `json:"max_points"`
	Defined     Place        `json:"defined"` // where the criterion was
	State       string       `json:"state"`
	Cause       string       `json:"cause,omitempty"` // why the actual is missing
	Silent      []string     `json:"silent,omitempty"`
	Target      *string      `json:"target"`
	Actual      *string      `json:"actual"`
	Attainment  *string      `json:"attainment"`
	Cap         *string      `json:"cap"`
	Leader      *Leader      `json:"leader"`
	Points      string       `json:"points"`
	Exact       *string      `json:"exact_points"`
	Verified    bool         `json:"verified"`
	Terms       string       `json:"terms"`
	Calculation []Term       `json:"calculation"` // ends in the points
	Values      []Value      `json:"values"`
}

// Leader is the largest attainment (L) or actual of the season's members, and whose it is.
type Leader struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

// Value is one version of one value, and where it stands on the log.
type Value struct {
	Period      string     `json:"period"`
	Kind        string     `json:"kind"` // reported, corrected or verified
	Version     uint64     `json:"version"`
	Value       string     `json:"value"`
	Denominator string     `json:"denominator,omitempty"`
	At          string     `json:"at"`
	Evidence    []Evidence `json:"evidence,omitempty"`
	Counts      bool       `json:"counts"`
	// Superseded is where the value is that counts for this cell in its place, null where there is none.
	Superseded *Place `json:"superseded"`
	Said
	Place
}

// Evidence is a file behind a value, by the digest of its bytes.
type Evidence struct {
	Name      string `json:"name"`
	NameSD    string `json:"name_sd,omitempty"`
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"`
	MediaType string `json:"mediatype"`
}
