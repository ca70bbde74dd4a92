package explain

import (
	"math/big"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Placing is how the rank came about: a unit's rank is 1 more than the number of units that stand before it. A unit stands before another by
// the first of the total and the tie-breaks, in their order, in which the two differ.
type Placing struct {
	Rank     int      `json:"rank"`
	TieBreak []string `json:"tie_break"`
	// Above and Below are the neighbours of other ranks, null at either end.
	Above *Neighbour `json:"above"`
	Below *Neighbour `json:"below"`
	// Equal are the units that share the rank.
	Equal []string `json:"equal"`
	// Standings are all members with all that orders them.
	Standings []Ordered `json:"standings"`
}

// Ordered is one unit with what it is ordered by, exact: a decimal or a fraction.
type Ordered struct {
	Rank            int    `json:"rank"`
	Unit            string `json:"unit"`
	Total           string `json:"total"`
	Penalty         string `json:"penalty"`
	IndicatorPoints string `json:"indicator_points"`
	VerifiedShare   string `json:"verified_share"`
}

// Neighbour is the next unit of another rank, and which of the total and the tie-breaks put it there.
type Neighbour struct {
	Ordered
	DecidedBy string `json:"decided_by"`
}

func ordered(d scoring.Standing) Ordered {
	return Ordered{
		Rank: d.Rank, Unit: d.Unit, Total: scoring.ExactText(d.Total), Penalty: scoring.ExactText(d.Penalty),
		IndicatorPoints: scoring.ExactText(d.Indicator), VerifiedShare: scoring.ExactText(d.VerifiedShare),
	}
}

// placing tells of the i-th line of the ranking.
func (s *Season) placing(i int) Placing {
	lines := s.ranking.Detail
	own := lines[i]
	p := Placing{Rank: own.Rank, TieBreak: append([]string{}, s.w.Season.Draft.TieBreak...), Equal: []string{}}
	for j, d := range lines {
		p.Standings = append(p.Standings, ordered(d))
		switch {
		case d.Rank < own.Rank: // the last of these is next above
			p.Above = &Neighbour{ordered(d), s.decides(lines[j], own)}
		case d.Rank > own.Rank && p.Below == nil:
			p.Below = &Neighbour{ordered(d), s.decides(own, d)}
		case d.Rank == own.Rank && j != i:
			p.Equal = append(p.Equal, d.Unit)
		}
	}
	return p
}

// decides names what puts one unit before another.
func (s *Season) decides(before, after scoring.Standing) string {
	if before.Total.Cmp(after.Total) != 0 {
		return "total"
	}
	for _, word := range s.w.Season.Draft.TieBreak {
		differ := false
		switch scoring.TieBreak(word) {
		case scoring.FewerPenaltyPoints:
			differ = before.Penalty.Cmp(after.Penalty) != 0
		case scoring.HigherIndicatorPoints:
			differ = before.Indicator.Cmp(after.Indicator) != 0
		case scoring.HigherVerifiedShare:
			differ = before.VerifiedShare.Cmp(after.VerifiedShare) != 0
		}
		if differ {
			return word
		}
	}
	return ""
}

// TierReached is how the tier came about: it is the first whose conditions are all met.
type TierReached struct {
	Tier  string     `json:"tier"`
	Rows  []TierRow  `json:"rows"`
	Items []ItemMark `json:"items"`
}

// TierRow is one tier's conditions. Lacking are the applicable criteria whose points are below the share of their maximum that the tier asks for.
type TierRow struct {
	Tier         string   `json:"tier"`
	MinTotal     string   `json:"min_total"`
	TotalMet     bool     `json:"total_met"`
	MinItemShare *string  `json:"min_item_share"`
	Lacking      []string `json:"lacking"`
	Reached      bool     `json:"reached"`
}

// ItemMark is an applicable criterion's points, as the tiers ask of them.
type ItemMark struct {
	Criterion string `json:"criterion"`
	Points    string `json:"points"`
	MaxPoints string `json:"max_points"`
}

// tier tells of a line's tier.
func (s *Season) tier(d scoring.Standing) TierReached {
	t := TierReached{Tier: d.Tier, Rows: []TierRow{}, Items: []ItemMark{}}
	criteria := s.w.Season.Criteria
	for j, item := range d.Items {
		if item.State != scoring.StateNotApplicable {
			t.Items = append(t.Items, ItemMark{item.Criterion, scoring.ExactText(item.Points), string(criteria[j].Points)})
		}
	}
	for _, tier := range s.w.Season.Draft.Tiers {
		row := TierRow{Tier: tier.ID, MinTotal: string(tier.MinTotal), TotalMet: d.Total.Cmp(tier.MinTotal.Rat()) >= 0, Lacking: []string{}}
		if tier.MinItemShare.Given() {
			share := string(tier.MinItemShare)
			row.MinItemShare, row.Lacking = &share, lacking(t.Items, tier.MinItemShare)
		}
		row.Reached = row.TotalMet && len(row.Lacking) == 0
		t.Rows = append(t.Rows, row)
	}
	return t
}

func lacking(items []ItemMark, share domain.Decimal) []string {
	criteria := []string{}
	for _, item := range items {
		least := new(big.Rat).Mul(share.Rat(), domain.Decimal(item.MaxPoints).Rat())
		if domain.Decimal(item.Points).Rat().Cmp(least) < 0 {
			criteria = append(criteria, item.Criterion)
		}
	}
	return criteria
}
