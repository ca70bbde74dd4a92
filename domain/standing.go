package domain

import (
	"fmt"
	"slices"
)

// Standing is one unit's line of a ranking, in the form of `ranking --json` (spec "cli"): decimals are texts with trailing zeros dropped,
// and what there is none of is null. The digest of a list of standings is a ranking's result_sha256.
type Standing struct {
	Rank            int            `json:"rank"`
	Unit            string         `json:"unit"`
	Name            StandingName   `json:"name"`
	Total           string         `json:"total"`
	IndicatorPoints string         `json:"indicator_points"`
	Bonus           string         `json:"bonus"`
	Penalty         string         `json:"penalty"`
	Late            int            `json:"late"`
	Absent          int            `json:"absent"`
	VerifiedShare   string         `json:"verified_share"`
	Tier            string         `json:"tier"`
	Eligible        bool           `json:"eligible"`
	Items           []StandingItem `json:"items"`
}

// StandingName is a unit's name; EN is nil where the unit has none.
type StandingName struct {
	VI string  `json:"vi"`
	EN *string `json:"en"`
}

// StandingItem is one criterion of a unit's line.
type StandingItem struct {
	Criterion  string  `json:"criterion"`
	State      string  `json:"state"`
	Target     *string `json:"target"`
	Actual     *string `json:"actual"`
	Attainment *string `json:"attainment"`
	Points     string  `json:"points"`
	Verified   bool    `json:"verified"`
}

// FinalStanding is what ranking.finalised keeps of a standing; the whole is bound by the result's digest.
type FinalStanding struct {
	Unit  string  `json:"unit"`  // the unit's id
	Rank  int     `json:"rank"`  // 1 for the best; equals share a rank
	Total Decimal `json:"total"` // rounded as the ruleset says
	Tier  string  `json:"tier"`  // the id of its class
}

// RankingFinalised stores a ranking for good: as of T, from the season's first SeasonVersion events, the last of them at Position.
type RankingFinalised struct {
	T             Instant         `json:"t"`              // the moment that is ranked
	Position      Position        `json:"position"`       // the season's last event that it rests on
	SeasonVersion uint64          `json:"seasonversion"`  // how many of the season's events it rests on
	RulesetSHA256 string          `json:"ruleset_sha256"` // the digest of the ruleset
	ResultSHA256  string          `json:"result_sha256"`  // SHA-256, in hex, of the standings as `ranking --json` has them
	Standings     []FinalStanding `json:"standings"`      // best first
}

// Words is the type's name on the log.
func (*RankingFinalised) Words() string { return "ranking.finalised" }

// place returns a unit's line of the final ranking, nil where there is none.
func (s *Season) place(unit string) *FinalStanding {
	if s.Final == nil {
		return nil
	}
	for i := range s.Final.Standings {
		if s.Final.Standings[i].Unit == unit {
			return &s.Final.Standings[i]
		}
	}
	return nil
}

// FinaliseRanking stores the ranking of a season for good. It stands on the whole season, so whoever appends it must expect the season's
// count of events to be that of the world it was decided in.
type FinaliseRanking struct {
	Season string
	T      Instant
}

// Streams is the season's own.
func (c FinaliseRanking) Streams() []Stream { return []Stream{SeasonStream(c.Season)} }

// wholeSeason says that every value of the season counts.
func (FinaliseRanking) wholeSeason() {}

// Changes ranks the season as of T.
func (c FinaliseRanking) Changes(w *World) []Change {
	ranking := w.Ranking(c.T.Time())
	final := &RankingFinalised{
		T: c.T, Position: w.seasonPosition, SeasonVersion: w.SeasonVersion(),
		RulesetSHA256: w.Season.RulesetSHA256, ResultSHA256: ranking.Digest(),
		Standings: make([]FinalStanding, len(ranking.Standings)),
	}
	for i, s := range ranking.Standings {
		final.Standings[i] = FinalStanding{Unit: s.Unit, Rank: s.Rank, Total: Decimal(s.Total), Tier: s.Tier}
	}
	return []Change{{Stream: SeasonStream(c.Season), Time: c.T, Event: final}}
}

// DifferentFinal ranks a world again and says in what the result differs from a final ranking, "" where in nothing. The world is that of
// the season's events up to the position that the final ranking names.
func DifferentFinal(w *World, final *RankingFinalised) string {
	again, ok := FinaliseRanking{Season: w.Season.ID, T: final.T}.Changes(w)[0].Event.(*RankingFinalised)
	switch {
	case !ok:
		return "there is no ranking"
	case again.SeasonVersion != final.SeasonVersion || again.Position != final.Position:
		return fmt.Sprintf("it names %d events of the season up to position %d, there are %d up to %d", final.SeasonVersion, final.Position, again.SeasonVersion, again.Position)
	case again.RulesetSHA256 != final.RulesetSHA256:
		return fmt.Sprintf("it names the ruleset %s, the season's is %s", final.RulesetSHA256, again.RulesetSHA256)
	case !slices.Equal(again.Standings, final.Standings):
		return "its ranks, totals or tiers are not those that follow from the record"
	case again.ResultSHA256 != final.ResultSHA256:
		return fmt.Sprintf("its result is %s, the record gives %s", final.ResultSHA256, again.ResultSHA256)
	}
	return ""
}
