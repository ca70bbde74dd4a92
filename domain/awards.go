package domain

// Awards are granted by a numbered, signed decision, after a counted ballot where the season asks for one; a score never creates one. Rules:
// spec "bundle", 9 and 10, in awards_rules.go.

// Awards is the state of a season's ballots and awards.
type Awards struct {
	Ballots []Ballot
	Grants  []Grant
}

// Ballot is a counted secret ballot. Only totals exist.
type Ballot struct {
	BallotTallied
	At       Instant
	Position Position
}

// Grant is a decision that grants an award.
type Grant struct {
	AwardGranted
	At       Instant
	Position Position
}

// The bodies that vote.
const (
	BodyCluster = "cluster" // the season's members
	BodyCouncil = "council"
)

// BallotTallied is the result of a ballot. Body is not given where the award asks for none.
type BallotTallied struct {
	Award   string `json:"award"`          // the award's id
	Unit    string `json:"unit"`           // the unit that was voted on
	Body    string `json:"body,omitempty"` // who voted: "cluster" or "council"
	Members Whole  `json:"members"`        // how many may vote
	Present Whole  `json:"present"`        // how many were there
	Yes     Whole  `json:"yes"`            // votes for
	No      Whole  `json:"no"`             // votes against
	Blank   Whole  `json:"blank"`          // blank votes
	Invalid Whole  `json:"invalid"`        // votes that don't count
}

// AwardGranted is a decision. By is who recorded it.
type AwardGranted struct {
	Award          string       `json:"award"`           // the award's id
	Unit           string       `json:"unit"`            // who receives it
	DecisionNumber string       `json:"decision_number"` // the number of the decision's paper
	Signer         string       `json:"signer"`          // who signed it, a ref
	Competence     *Disclosable `json:"competence"`      // by what authority
	By             string       `json:"by"`              // who recorded it, a ref
}

// Words is the type's name on the log.
func (*BallotTallied) Words() string { return "ballot.tallied" }

// Words is the type's name on the log.
func (*AwardGranted) Words() string { return "award.granted" }

func (a *Awards) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *BallotTallied:
		a.Ballots = append(a.Ballots, Ballot{BallotTallied: *e, At: r.Time, Position: r.Position})
	case *AwardGranted:
		a.Grants = append(a.Grants, Grant{AwardGranted: *e, At: r.Time, Position: r.Position})
	}
}

// Ballot returns the ballot on an award for a unit, nil where there is none.
func (a *Awards) Ballot(award, unit string) *Ballot {
	for i, b := range a.Ballots {
		if b.Award == award && b.Unit == unit {
			return &a.Ballots[i]
		}
	}
	return nil
}

// Passed reports whether enough of all members, not of those present, said yes: yes·100 ≥ at_least_percent·members, in whole numbers.
func (b *BallotTallied) Passed(condition *BallotCondition) bool {
	if condition == nil {
		return true
	}
	return b.Yes.Int()*100 >= condition.AtLeastPercent.Int()*b.Members.Int()
}

// TallyBallot records the totals of a ballot.
type TallyBallot struct {
	Season string
	At     Instant
	BallotTallied
}

// Streams are the season's awards and the season.
func (c TallyBallot) Streams() []Stream {
	return []Stream{AwardsStream(c.Season), SeasonStream(c.Season)}
}

// Changes records the ballot, with the body that the award names.
func (c TallyBallot) Changes(w *World) []Change {
	if award := w.Season.Award(c.Award); award != nil && award.Ballot != nil {
		c.Body = award.Ballot.Body
	}
	return []Change{{Stream: AwardsStream(c.Season), Time: c.At, Event: &c.BallotTallied}}
}

// GrantAward records a decision.
type GrantAward struct {
	Season string
	At     Instant
	AwardGranted
}

// Streams are the season's awards, the season, and the conduct of the unit, whose holds block.
func (c GrantAward) Streams() []Stream {
	return []Stream{AwardsStream(c.Season), SeasonStream(c.Season), ConductStream(c.Season, c.Unit)}
}

// Changes grants the award.
func (c GrantAward) Changes(*World) []Change {
	return []Change{{Stream: AwardsStream(c.Season), Time: c.At, Event: &c.AwardGranted}}
}
