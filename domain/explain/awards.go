package explain

import (
	"slices"

	"thidua/domain"
)

// Eligibility is whether the unit can be granted an award on a day: it cannot while a hold covers that day.
type Eligibility struct {
	Eligible bool        `json:"eligible"`
	Day      domain.Date `json:"day"`
	Holds    []Hold      `json:"holds"`
}

// Hold is a block on awards, from a day to a last one, both included; without an end Last is null.
type Hold struct {
	Hold   string       `json:"hold"`
	From   domain.Date  `json:"from"`
	Last   *domain.Date `json:"last"`
	Covers bool         `json:"covers"`
	Reason string       `json:"reason"`
	// ReasonSD is the digest that stands for the reason in the event.
	ReasonSD string `json:"reason_sd,omitempty"`
	Place
	// Lifted is where it was lifted, null where it was not.
	Lifted *Place `json:"lifted"`
}

// eligibility tells of the holds on a day.
func (ex *explainer) eligibility(day domain.Date) Eligibility {
	e := Eligibility{Eligible: true, Day: day, Holds: []Hold{}}
	for _, h := range ex.w.Conduct(ex.unit).Holds {
		hold := Hold{Hold: h.Hold, From: h.From, Reason: digest(h.Reason), ReasonSD: digest(h.Reason), Place: placeOf(h.Position)}
		last := h.Last(ex.w.Season.Zone())
		if last != "" {
			hold.Last = &last
		}
		if h.LiftedAt > 0 {
			lifted := placeOf(h.LiftedAt)
			hold.Lifted = &lifted
		}
		hold.Covers = h.From <= day && (last == "" || day <= last)
		e.Eligible = e.Eligible && !hold.Covers
		e.Holds = append(e.Holds, hold)
	}
	return e
}

// Award is how the unit stands with one award of the season: each condition, and the decision where there is one. It can be granted where
// every condition is met; a decision is made by people, never by these.
type Award struct {
	Award string       `json:"award"`
	Title domain.Names `json:"title"`
	// Final is where the ranking was finalised, on which an award stands; null while it was not.
	Final  *Place         `json:"final"`
	Rank   *RankCondition `json:"rank"`
	Tier   *TierCondition `json:"tier"`
	Ballot *BallotCounted `json:"ballot"`
	Holds  Eligibility    `json:"holds"` // on the day of the decision, else of the moment
	Limit  LimitCondition `json:"limit"`
	Met    bool           `json:"met"`
	Grant  *GrantDecision `json:"grant"`
}

// RankCondition asks for a rank.
type RankCondition struct {
	Rank int   `json:"rank"` // of the final ranking, where there is one
	Max  int64 `json:"max"`
	Met  bool  `json:"met"`
}

// TierCondition asks for a tier.
type TierCondition struct {
	Tier string `json:"tier"` // of the final ranking, where there is one
	Min  string `json:"min"`
	Met  bool   `json:"met"`
}

// BallotCounted asks for a share of all members of a body: yes·100 ≥ at_least_percent·members. Counted is null where there was no ballot.
type BallotCounted struct {
	Body           string  `json:"body"`
	AtLeastPercent int64   `json:"at_least_percent"`
	Counted        *Ballot `json:"counted"`
	Met            bool    `json:"met"`
}

// Ballot is the count of a secret ballot. Left is yes·100, Right is at_least_percent·members.
type Ballot struct {
	Members int64  `json:"members"`
	Present int64  `json:"present"`
	Yes     int64  `json:"yes"`
	No      int64  `json:"no"`
	Blank   int64  `json:"blank"`
	Invalid int64  `json:"invalid"`
	HeldAt  string `json:"held_at"`
	Left    int64  `json:"left"`
	Right   int64  `json:"right"`
	Place
}

// LimitCondition asks that no more are granted than there are.
type LimitCondition struct {
	Limit   int64   `json:"limit"`
	Granted []Place `json:"granted"` // to all units
	Met     bool    `json:"met"`
}

// GrantDecision is the decision that granted the award.
type GrantDecision struct {
	DecisionNumber string `json:"decision_number"`
	DecidedAt      string `json:"decided_at"`
	// Signer is who signed the decision: a name, the ref where none is known.
	Signer    string `json:"signer"`
	SignerRef string `json:"signer_ref"`
	Place
}

// awards tells of every award of the season. Place and tier are those of the final ranking, on which the awards stand, else of this one.
func (ex *explainer) awards(line domain.Standing) []Award {
	awards := []Award{}
	rank, tier := line.Rank, line.Tier
	if final := ex.w.Season.Final; final != nil {
		for _, placed := range final.Standings {
			if placed.Unit == ex.unit {
				rank, tier = placed.Rank, placed.Tier
			}
		}
	}
	for _, a := range ex.w.Season.Draft.Awards {
		award := Award{Award: a.ID, Title: a.Title, Limit: ex.limit(a)}
		day := domain.DateOf(ex.asked, ex.w.Season.Zone())
		for _, g := range ex.w.Awards.Grants {
			if g.Award == a.ID && g.Unit == ex.unit {
				award.Grant = &GrantDecision{g.DecisionNumber, g.At.String(), g.Signer, g.Signer, placeOf(g.Position)}
				day = domain.DateOf(g.At.Time(), ex.w.Season.Zone())
			}
		}
		award.Holds = ex.eligibility(day)
		award.Met = award.Holds.Eligible && award.Limit.Met
		if ex.w.Season.Final != nil {
			final := placeOf(ex.w.Season.FinalAt)
			award.Final = &final
		}
		ex.conditions(&award, a, rank, tier)
		awards = append(awards, award)
	}
	return awards
}

// conditions fills in what an award asks of rank, tier and ballot.
func (ex *explainer) conditions(award *Award, a domain.Award, rank int, tier string) {
	award.Met = award.Met && award.Final != nil
	if a.MaxRank.Given() {
		award.Rank = &RankCondition{rank, a.MaxRank.Int(), int64(rank) <= a.MaxRank.Int()}
		award.Met = award.Met && award.Rank.Met
	}
	if a.MinTier != "" {
		place := func(id string) int {
			return slices.IndexFunc(ex.w.Season.Draft.Tiers, func(t domain.Tier) bool { return t.ID == id })
		}
		award.Tier = &TierCondition{tier, a.MinTier, place(tier) <= place(a.MinTier)}
		award.Met = award.Met && award.Tier.Met
	}
	if a.Ballot != nil {
		award.Ballot = &BallotCounted{Body: a.Ballot.Body, AtLeastPercent: a.Ballot.AtLeastPercent.Int()}
		if b := ex.w.Awards.Ballot(a.ID, ex.unit); b != nil {
			award.Ballot.Counted, award.Ballot.Met = counted(b, a.Ballot), b.Passed(a.Ballot)
		}
		award.Met = award.Met && award.Ballot.Met
	}
}

func counted(b *domain.Ballot, asked *domain.BallotCondition) *Ballot {
	return &Ballot{
		Members: b.Members.Int(), Present: b.Present.Int(), Yes: b.Yes.Int(), No: b.No.Int(), Blank: b.Blank.Int(), Invalid: b.Invalid.Int(),
		HeldAt: b.At.String(), Left: b.Yes.Int() * 100, Right: asked.AtLeastPercent.Int() * b.Members.Int(), Place: placeOf(b.Position),
	}
}

// limit tells how many of an award are granted. The unit can have one while the others have fewer than there are.
func (ex *explainer) limit(a domain.Award) LimitCondition {
	l := LimitCondition{Limit: a.Limit.Int(), Granted: []Place{}}
	others := int64(0)
	for _, g := range ex.w.Awards.Grants {
		if g.Award != a.ID {
			continue
		}
		l.Granted = append(l.Granted, placeOf(g.Position))
		if g.Unit != ex.unit {
			others++
		}
	}
	l.Met = others < l.Limit
	return l
}
