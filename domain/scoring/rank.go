package scoring

import (
	"cmp"
	"slices"
	"time"
)

// Rank returns the standings as of a moment, best first, equal units by id in code point order. Of the papers it counts those whose own
// time is not after the moment, which is never later than FinalisedAt; targets, exceptions and the ruleset count whole.
func Rank(s Season, at time.Time) []Standing {
	at = s.moment(at)
	records := s.records(at)
	standings := make([]Standing, len(records))
	for i := range s.Ruleset.Criteria {
		for u, item := range scoreCriterion(&s.Ruleset, i, records) {
			standings[u].Items = append(standings[u].Items, item)
		}
	}
	for u := range standings {
		standings[u].Unit = records[u].unit.ID
		standings[u].add(&s, &records[u], at)
	}
	place(standings, s.Ruleset.TieBreak)
	return standings
}

// place puts the standings in order and numbers them.
func place(standings []Standing, tieBreak []TieBreak) {
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(compare(&a, &b, tieBreak), cmp.Compare(a.Unit, b.Unit))
	})
	for i := range standings {
		standings[i].Rank = i + 1
		if i > 0 && compare(&standings[i-1], &standings[i], tieBreak) == 0 {
			standings[i].Rank = standings[i-1].Rank
		}
	}
}

// compare is negative where a stands before b, 0 where they share a rank.
func compare(a, b *Standing, tieBreak []TieBreak) int {
	before := order(b.Total, a.Total)
	for i := 0; before == 0 && i < len(tieBreak); i++ {
		switch tieBreak[i] {
		case FewerPenaltyPoints:
			before = order(a.Penalty, b.Penalty)
		case HigherIndicatorPoints:
			before = order(b.Indicator, a.Indicator)
		case HigherVerifiedShare:
			before = order(b.VerifiedShare, a.VerifiedShare)
		}
	}
	return before
}
