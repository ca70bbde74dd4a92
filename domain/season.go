package domain

import (
	"slices"
	"time"
)

// A season is one cluster's year: its members, calendar, awards and ruleset, and at its end the ranking that is stored for good. Rules
// (spec "bundle", 1 to 4 and 8; spec "events"): what season.drafted and criterion.defined say must fit together before season.opened; the
// ruleset is frozen by the first signature; a finalised season takes only holds, ballots and awards.

// Season is the state of a season's own stream.
type Season struct {
	ID            string
	Draft         *SeasonDrafted // nil before it is drafted
	DraftAt       Position
	Criteria      []CriterionDefined
	CriteriaAt    []Position // of each
	RulesetSHA256 string     // "" before it is opened
	OpenedAt      Position
	InForce       Instant
	Final         *RankingFinalised
	FinalAt       Position
	// Signatures are those that were added under what stands on the record.
	Signatures []AddedSignature
	// Importing is the digest of the bundle that is half imported, "" where none is.
	Importing string
	drafts    int
	zone      *time.Location
}

// Ruleset returns the rules and criteria as drafted.
func (s *Season) Ruleset() Ruleset {
	if s.Draft == nil {
		return Ruleset{}
	}
	return Ruleset{Rules: s.Draft.Rules, Criteria: s.Criteria}
}

// Zone returns the season's time zone, UTC while none is known.
func (s *Season) Zone() *time.Location {
	if s.zone == nil {
		return time.UTC
	}
	return s.zone
}

// Member reports whether a unit is a member.
func (s *Season) Member(unit string) bool {
	return s.Draft != nil && slices.Contains(s.Draft.Members, unit)
}

// Period returns a period by id, nil where there is none.
func (s *Season) Period(id string) *Period {
	if s.Draft == nil {
		return nil
	}
	for i := range s.Draft.Periods {
		if s.Draft.Periods[i].ID == id {
			return &s.Draft.Periods[i]
		}
	}
	return nil
}

// Award returns an award by id, nil where there is none.
func (s *Season) Award(id string) *Award {
	if s.Draft == nil {
		return nil
	}
	for i := range s.Draft.Awards {
		if s.Draft.Awards[i].ID == id {
			return &s.Draft.Awards[i]
		}
	}
	return nil
}

// Period is a part of the year that is reported on. A report after the deadline is late; after the lock none is taken.
type Period struct {
	ID       string `json:"id"`       // the period's id, such as "2019-Q1"
	From     Date   `json:"from"`     // its first day
	To       Date   `json:"to"`       // its last day
	Deadline Date   `json:"deadline"` // the last day on which a report is in time
	Lock     Date   `json:"lock"`     // the last day on which a report is taken
}

// Award is what a season can grant, and on what conditions.
type Award struct {
	ID      string           `json:"id"`                 // the award's id
	Title   Names            `json:"title"`              // what it is called
	Limit   Whole            `json:"limit"`              // how many can be granted
	MaxRank Whole            `json:"max_rank,omitempty"` // the last rank that can have it
	MinTier string           `json:"min_tier,omitempty"` // the id of the lowest tier that can have it
	Ballot  *BallotCondition `json:"ballot,omitempty"`   // the vote that it needs
}

// BallotCondition says who votes on an award and what share of all members must say yes.
type BallotCondition struct {
	Body           string `json:"body"`             // who votes: "cluster" or "council"
	AtLeastPercent Whole  `json:"at_least_percent"` // the share of all members that must say yes, in percent
}

// SeasonDrafted says what a season is, but for its criteria.
type SeasonDrafted struct {
	Cluster  string   `json:"cluster"`          // the id of the cluster
	Year     Whole    `json:"year"`             // the calendar year
	Title    Names    `json:"title"`            // what the season is called
	Timezone string   `json:"timezone"`         // the IANA zone in which its dates are meant
	Members  []string `json:"members"`          // the ids of the units that compete
	Head     string   `json:"head"`             // the id of the unit that heads the cluster
	Deputy   string   `json:"deputy,omitempty"` // the id of the unit that stands in for it
	Periods  []Period `json:"periods"`          // what is reported on, in order
	Awards   []Award  `json:"awards,omitempty"` // what can be granted
	Rules
}

// SeasonOpened fixes the ruleset by its digest.
type SeasonOpened struct {
	RulesetSHA256 string `json:"ruleset_sha256"` // SHA-256, in hex, of the ruleset's canonical JSON
}

// CovenantEnteredIntoForce says that every member has signed.
type CovenantEnteredIntoForce struct{}

// ImportStarted says that a bundle is being taken in. Until its ImportCompleted the season gives no ranking.
type ImportStarted struct {
	BundleSHA256 string `json:"bundle_sha256"` // SHA-256, in hex, of the bundle's rows and files
	Rows         int    `json:"rows"`          // how many rows the bundle has
}

// ImportCompleted says that all of a bundle is in.
type ImportCompleted ImportStarted

// Words is the type's name on the log.
func (*SeasonDrafted) Words() string { return "season.drafted" }

// Words is the type's name on the log.
func (*SeasonOpened) Words() string { return "season.opened" }

// Words is the type's name on the log.
func (*CovenantEnteredIntoForce) Words() string { return "covenant.entered-into-force" }

// Words is the type's name on the log.
func (*ImportStarted) Words() string { return "import.started" }

// Words is the type's name on the log.
func (*ImportCompleted) Words() string { return "import.completed" }

func (s *Season) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *SeasonDrafted:
		s.Draft, s.DraftAt, s.Criteria, s.CriteriaAt = e, r.Position, nil, nil
		s.drafts++
		s.zone, _ = LoadZone(e.Timezone)
	case *CriterionDefined:
		s.Criteria, s.CriteriaAt = append(s.Criteria, *e), append(s.CriteriaAt, r.Position)
	case *SeasonOpened:
		s.RulesetSHA256, s.OpenedAt = e.RulesetSHA256, r.Position
	case *CovenantEnteredIntoForce:
		s.InForce = r.Time
	case *ImportStarted:
		s.Importing = e.BundleSHA256
	case *ImportCompleted:
		if s.Importing == e.BundleSHA256 {
			s.Importing = ""
		}
	case *RankingFinalised:
		s.Final, s.FinalAt = e, r.Position
	case *SignatureAdded:
		s.Signatures = append(s.Signatures, AddedSignature{SignatureAdded: *e, At: r.Time, Taken: r.RecordedTime, Own: r.Position})
	}
}

// DraftSeason says what a season is and opens it: one command, so that there is never half a ruleset.
type DraftSeason struct {
	Season   string
	Draft    SeasonDrafted
	Criteria []CriterionDefined
}

// Streams is the season's own.
func (c DraftSeason) Streams() []Stream { return []Stream{SeasonStream(c.Season)} }

// Changes drafts the season, defines each criterion, and opens it.
func (c DraftSeason) Changes(*World) []Change {
	stream := SeasonStream(c.Season)
	changes := []Change{{Stream: stream, Event: &c.Draft}}
	for i := range c.Criteria {
		changes = append(changes, Change{Stream: stream, Event: &c.Criteria[i]})
	}
	ruleset := Ruleset{Rules: c.Draft.Rules, Criteria: c.Criteria}
	return append(changes, Change{Stream: stream, Event: &SeasonOpened{RulesetSHA256: ruleset.Digest()}})
}

// StartImport says that a bundle is being taken in, at the moment it begins.
type StartImport struct {
	Season string
	At     Instant
	ImportStarted
}

// Streams is the season's own.
func (c StartImport) Streams() []Stream { return []Stream{SeasonStream(c.Season)} }

// Changes starts the import.
func (c StartImport) Changes(*World) []Change {
	return []Change{{Stream: SeasonStream(c.Season), Time: c.At, Event: &c.ImportStarted}}
}

// CompleteImport says that all of a bundle is in.
type CompleteImport struct {
	Season string
	At     Instant
	ImportCompleted
}

// Streams is the season's own.
func (c CompleteImport) Streams() []Stream { return []Stream{SeasonStream(c.Season)} }

// Changes completes the import.
func (c CompleteImport) Changes(*World) []Change {
	return []Change{{Stream: SeasonStream(c.Season), Time: c.At, Event: &c.ImportCompleted}}
}
