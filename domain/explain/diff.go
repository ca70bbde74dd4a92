package explain

import (
	"math/big"
	"time"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Point is a ranking to compare: what the log held of a season, in its order, and the moment that the ranking is as of.
type Point struct {
	Events []domain.Recorded
	At     time.Time
}

// Difference is what lies between two rankings of a season, and what made it. A move is the change of the ranking when one thing more is taken in:
// first the events that the log held only later, in the order of the log, all as of the first moment; then time goes on to the second moment, and
// takes in each value and adjustment at its own time and each day at its first instant. So the moves of a unit follow one on another, and their sum
// is the difference. What the log took in and discarded in between never counts.
type Difference struct {
	Season string `json:"season"`
	// Causes are all that moved a unit, in their order.
	Causes []Cause `json:"causes"`
	// Units are all members of either ranking, in the order of the second.
	Units []UnitDifference `json:"units"`
}

// Cause is one thing that moved the ranking: an event, or a day that came.
type Cause struct {
	*Place
	Type      string      `json:"type,omitempty"`
	Time      string      `json:"time,omitempty"`
	Unit      string      `json:"unit,omitempty"`
	Period    string      `json:"period,omitempty"`
	Criterion string      `json:"criterion,omitempty"`
	Day       domain.Date `json:"day,omitempty"`
	Turns     []Turn      `json:"turns,omitempty"`
}

// Turn is what a day brings with it: a deadline has passed, or a hold begins or is over. Unit is empty where it is of all.
type Turn struct {
	What   string `json:"what"` // deadline_passed, hold_begins or hold_over
	Unit   string `json:"unit,omitempty"`
	Period string `json:"period,omitempty"`
	Hold   string `json:"hold,omitempty"`
}

// UnitDifference is what lies between a unit's lines; a line is null where the unit was not in the ranking.
type UnitDifference struct {
	Unit        string           `json:"unit"`
	Before      *Line            `json:"before"`
	After       *Line            `json:"after"`
	TotalChange string           `json:"total_change"`
	Items       []ItemDifference `json:"items"`
	Moves       []Move           `json:"moves"`
}

// Line is a unit's line of a ranking.
type Line struct {
	Rank            int    `json:"rank"`
	Total           string `json:"total"`
	IndicatorPoints string `json:"indicator_points"`
	Bonus           string `json:"bonus"`
	Penalty         string `json:"penalty"`
	VerifiedShare   string `json:"verified_share"`
	Tier            string `json:"tier"`
	Eligible        bool   `json:"eligible"`
}

// ItemDifference is what lies between the points of a criterion; 0 where there was none.
type ItemDifference struct {
	Criterion string `json:"criterion"`
	Before    string `json:"before"`
	After     string `json:"after"`
	Change    string `json:"change"`
}

// Move is what one cause did to a unit. It is the unit's own where the event or the day is of that unit; else the unit did nothing: others went
// past it, or a formula measures it by them.
type Move struct {
	Cause       int              `json:"cause"` // the place among the causes, from 0
	Own         bool             `json:"own"`
	Before      *Line            `json:"before"`
	After       *Line            `json:"after"`
	TotalChange string           `json:"total_change"`
	Items       []ItemDifference `json:"items"` // those that changed
}

// snapshot is a ranking at rest.
type snapshot struct {
	order []string
	lines map[string]sheet
}

// sheet is one unit's line with its items.
type sheet struct {
	Line
	items []point
}

// point is what an item gave.
type point struct{ criterion, points string }

func snap(lines []domain.Scored) snapshot {
	s := snapshot{lines: map[string]sheet{}}
	for _, l := range lines {
		items := make([]point, len(l.Items))
		for i, item := range l.Items {
			items[i] = point{item.Criterion, item.Points}
		}
		s.order = append(s.order, l.Unit)
		s.lines[l.Unit] = sheet{lineOf(*l.Standing), items}
	}
	return s
}

func lineOf(s domain.Standing) Line {
	return Line{
		Rank: s.Rank, Total: s.Total, IndicatorPoints: s.IndicatorPoints, Bonus: s.Bonus, Penalty: s.Penalty,
		VerifiedShare: s.VerifiedShare, Tier: s.Tier, Eligible: s.Eligible,
	}
}

// line is that of a unit, nil where it has none.
func (s snapshot) line(unit string) *Line {
	if l, ok := s.lines[unit]; ok {
		return &l.Line
	}
	return nil
}

// total is that of a unit, 0 where it has none.
func (s snapshot) total(unit string) string {
	if l, ok := s.lines[unit]; ok {
		return l.Total
	}
	return "0"
}

// change is what lies between two numbers, with a sign where it is below 0.
func change(before, after string) string {
	return scoring.ExactText(new(big.Rat).Sub(domain.Decimal(after).Rat(), domain.Decimal(before).Rat()))
}

// items lists the criteria of either sheet, or those whose points differ.
func items(before, after sheet, onlyChanged bool) []ItemDifference {
	list, old := []ItemDifference{}, map[string]string{}
	for _, p := range before.items {
		old[p.criterion] = p.points
	}
	add := func(criterion, before, after string) {
		if !onlyChanged || before != after {
			list = append(list, ItemDifference{criterion, before, after, change(before, after)})
		}
	}
	for _, p := range after.items {
		points, had := old[p.criterion]
		if !had {
			points = "0"
		}
		delete(old, p.criterion)
		add(p.criterion, points, p.points)
	}
	for _, p := range before.items {
		if _, left := old[p.criterion]; left {
			add(p.criterion, p.points, "0")
		}
	}
	return list
}
