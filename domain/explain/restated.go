package explain

import (
	"time"

	"thidua/domain"
)

// Restated is a final ranking, as it was decided, beside the ranking as of the same moment from what the log holds now. What is taken after a ranking was
// finalised are holds, ballots, awards and signatures, and what tells of the record itself: so the two differ only where an event was discarded, or
// where a hold reaches back to the moment, which changes who was eligible on that day.
type Restated struct {
	Season        string          `json:"season"`
	Position      domain.Position `json:"position"`  // up to which the log is read
	T             string          `json:"t"`         // the moment of both rankings
	Finalised     Place           `json:"finalised"` // where the final ranking stands
	SeasonVersion uint64          `json:"seasonversion"`
	ResultSHA256  string          `json:"result_sha256"`
	// Differs says in what a replay of what the final ranking stood on differs from it, null where in nothing.
	Differs *string `json:"differs"`
	// Since are the season's events after the final ranking.
	Since []Cause        `json:"since"`
	Units []RestatedUnit `json:"units"`
}

// RestatedUnit is one unit's two lines.
type RestatedUnit struct {
	Unit    string      `json:"unit"`
	Decided DecidedLine `json:"decided"`
	Known   *Line       `json:"known"` // null where it is in no ranking now
	Differs []string    `json:"differs"`
}

// DecidedLine is what the final ranking says. Eligible is from the replay of what it stood on, null where that gives another ranking.
type DecidedLine struct {
	Rank     int    `json:"rank"`
	Total    string `json:"total"`
	Tier     string `json:"tier"`
	Eligible *bool  `json:"eligible"`
}

// Restate compares a season's final ranking with what its record gives now; nil where the ranking is not finalised. Then are the season's events up
// to the position that the final ranking names, as they were read then; now are all that there are.
func Restate(season string, then, now []domain.Recorded) *Restated {
	w := fold(season, time.Time{}, now)
	final := w.Season.Final
	if final == nil {
		return nil
	}
	r := &Restated{
		Season: season, Position: w.Position(), T: final.T.String(), Finalised: placeOf(w.Season.FinalAt),
		SeasonVersion: final.SeasonVersion, ResultSHA256: final.ResultSHA256, Since: []Cause{}, Units: []RestatedUnit{},
	}
	for _, e := range now {
		if e.Position > w.Season.FinalAt && e.Stream.Season == season {
			r.Since = append(r.Since, eventCause(e))
		}
	}
	eligible := map[string]bool{}
	decided := fold(season, time.Time{}, then)
	if differs := domain.DifferentFinal(decided, final); differs != "" {
		r.Differs = &differs
	} else {
		for _, s := range decided.Ranking(final.T.Time()).Standings {
			eligible[s.Unit] = s.Eligible
		}
	}
	known := map[string]Line{}
	for _, s := range w.Ranking(final.T.Time()).Standings {
		known[s.Unit] = lineOf(s)
	}
	for _, s := range final.Standings {
		r.Units = append(r.Units, restate(s, eligible, known))
	}
	return r
}

func restate(s domain.FinalStanding, eligible map[string]bool, known map[string]Line) RestatedUnit {
	u := RestatedUnit{Unit: s.Unit, Decided: DecidedLine{Rank: s.Rank, Total: string(s.Total), Tier: s.Tier}, Differs: []string{}}
	if e, ok := eligible[s.Unit]; ok {
		u.Decided.Eligible = &e
	}
	line, ok := known[s.Unit]
	if !ok {
		u.Differs = append(u.Differs, "standing")
		return u
	}
	u.Known = &line
	differs := func(what string, so bool) {
		if so {
			u.Differs = append(u.Differs, what)
		}
	}
	differs("rank", line.Rank != s.Rank)
	differs("total", !s.Total.Equal(domain.Decimal(line.Total)))
	differs("tier", line.Tier != s.Tier)
	differs("eligible", u.Decided.Eligible != nil && *u.Decided.Eligible != line.Eligible)
	return u
}
