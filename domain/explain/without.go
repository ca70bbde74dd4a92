package explain

import (
	"time"

	"thidua/domain"
)

// Hypothesis is the ranking of a season as if events had never been: a question's answer, nobody's decision.
type Hypothesis struct {
	// Without are the events that are struck.
	Without []Cause `json:"without"`
	// Changes are the units whose line differs from that of the record.
	Changes []HypothesisChange `json:"changes"`
	// World is the fold of the events that are left.
	World *domain.World `json:"-"`
	// Ranking is what follows from it.
	Ranking domain.Ranking `json:"-"`
}

// HypothesisChange is one unit's line of the record beside the hypothetical one.
type HypothesisChange struct {
	Unit         string `json:"unit"`
	Recorded     Line   `json:"recorded"`
	Hypothetical Line   `json:"hypothetical"`
	TotalChange  string `json:"total_change"`
}

// Without ranks a season, as of a moment, as if the events at some positions had never been. Events are the season's and those it stands on, in the
// order of the log; it is refused where one of the positions can't be struck (domain.Strike).
func Without(season string, events []domain.Recorded, at time.Time, positions ...domain.Position) (*Hypothesis, error) {
	left, err := domain.Strike(events, positions...)
	if err != nil {
		return nil, err
	}
	h := &Hypothesis{Without: []Cause{}, Changes: []HypothesisChange{}, World: fold(season, at, left)}
	for _, position := range positions {
		for _, r := range events {
			if r.Position == position {
				h.Without = append(h.Without, eventCause(r))
			}
		}
	}
	h.Ranking = h.World.Ranking(at)
	recorded := map[string]Line{}
	for _, s := range fold(season, at, events).Ranking(at).Standings {
		recorded[s.Unit] = lineOf(s)
	}
	for _, s := range h.Ranking.Standings {
		if was, is := recorded[s.Unit], lineOf(s); was != is {
			h.Changes = append(h.Changes, HypothesisChange{s.Unit, was, is, change(was.Total, is.Total)})
		}
	}
	return h, nil
}

func fold(season string, now time.Time, events []domain.Recorded) *domain.World {
	w := domain.NewWorld(season, now)
	for _, r := range events {
		w.Evolve(r)
	}
	return w
}
