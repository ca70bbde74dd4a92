package domain

import "time"

// A unit's conduct in a season: bonus and penalty points that people decided, and holds that block awards. Rules (spec "bundle", 1, 4 and
// 8): points have at most the ruleset's digits; a hold's days are in order; both included.

// Conduct is the state of a unit's conduct.
type Conduct struct {
	Adjustments []Adjustment
	Holds       []Hold
}

// Adjustment is a bonus or a penalty.
type Adjustment struct {
	PointsAdjusted
	At       Instant
	Position Position
}

// Hold is a block on awards.
type Hold struct {
	HoldPlaced
	Position Position
	Lifted   Instant // not given while it was not lifted before its end
	LiftedAt Position
}

// The kinds of adjustment.
const (
	Bonus   = "bonus"
	Penalty = "penalty"
)

// PointsAdjusted gives or takes points.
type PointsAdjusted struct {
	Kind   string       `json:"kind"`   // "bonus" or "penalty"
	Points Decimal      `json:"points"` // how many
	By     string       `json:"by"`     // who decided, a ref
	Reason *Disclosable `json:"reason"` // why
}

// HoldPlaced blocks awards from a day on, to a day or until it is lifted.
type HoldPlaced struct {
	Hold     string       `json:"hold"`               // the hold's id within its stream
	From     Date         `json:"from"`               // the first day
	To       Date         `json:"to,omitempty"`       // the last day, where it is known
	Reason   *Disclosable `json:"reason"`             // why
	Document *Disclosable `json:"document,omitempty"` // the paper that says so
}

// HoldLifted ends a hold: the day it is lifted is its last.
type HoldLifted struct {
	Hold   string       `json:"hold"`   // the hold's id within its stream
	By     string       `json:"by"`     // who lifted it, a ref
	Reason *Disclosable `json:"reason"` // why
}

// Words is the type's name on the log.
func (*PointsAdjusted) Words() string { return "points.adjusted" }

// Words is the type's name on the log.
func (*HoldPlaced) Words() string { return "hold.placed" }

// Words is the type's name on the log.
func (*HoldLifted) Words() string { return "hold.lifted" }

func (c *Conduct) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *PointsAdjusted:
		c.Adjustments = append(c.Adjustments, Adjustment{PointsAdjusted: *e, At: r.Time, Position: r.Position})
	case *HoldPlaced:
		c.Holds = append(c.Holds, Hold{HoldPlaced: *e, Position: r.Position})
	case *HoldLifted:
		for i := range c.Holds {
			if c.Holds[i].Hold == e.Hold {
				c.Holds[i].Lifted, c.Holds[i].LiftedAt = r.Time, r.Position
			}
		}
	}
}

// Last returns the last day of a hold in a zone, "" while it has no end.
func (h Hold) Last(zone *time.Location) Date {
	if !h.Lifted.Given() {
		return h.To
	}
	lifted := DateOf(h.Lifted.Time(), zone)
	if h.To == "" {
		return lifted
	}
	return min(h.To, lifted)
}

// Held returns the hold that blocks awards on a day, nil where none does.
func (c *Conduct) Held(day Date, zone *time.Location) *Hold {
	for i, h := range c.Holds {
		if last := h.Last(zone); h.From <= day && (last == "" || day <= last) {
			return &c.Holds[i]
		}
	}
	return nil
}

// AdjustPoints gives a unit a bonus or a penalty.
type AdjustPoints struct {
	Season, Unit string
	At           Instant
	PointsAdjusted
}

// Streams are the unit's conduct and the season.
func (c AdjustPoints) Streams() []Stream { return conductStreams(c.Season, c.Unit) }

// Changes adjusts the points.
func (c AdjustPoints) Changes(*World) []Change {
	return []Change{{Stream: ConductStream(c.Season, c.Unit), Time: c.At, Event: &c.PointsAdjusted}}
}

// PlaceHold blocks awards to a unit.
type PlaceHold struct {
	Season, Unit string
	At           Instant // not given where no paper says when it was placed
	HoldPlaced
}

// Streams are the unit's conduct, the season, and its awards, which a hold must not reach back to.
func (c PlaceHold) Streams() []Stream {
	return append(conductStreams(c.Season, c.Unit), AwardsStream(c.Season))
}

// Changes places the hold.
func (c PlaceHold) Changes(*World) []Change {
	return []Change{{Stream: ConductStream(c.Season, c.Unit), Time: c.At, Event: &c.HoldPlaced}}
}

// LiftHold ends a hold.
type LiftHold struct {
	Season, Unit string
	At           Instant
	HoldLifted
}

// Streams are the unit's conduct and the season.
func (c LiftHold) Streams() []Stream { return conductStreams(c.Season, c.Unit) }

// Changes lifts the hold.
func (c LiftHold) Changes(*World) []Change {
	return []Change{{Stream: ConductStream(c.Season, c.Unit), Time: c.At, Event: &c.HoldLifted}}
}

func conductStreams(season, unit string) []Stream {
	return []Stream{ConductStream(season, unit), SeasonStream(season)}
}

func (w *World) checkAdjustment(unit string, at Instant, e *PointsAdjusted) (ps Problems) {
	ps = append(ps, w.checkMember(unit)...)
	if e.Kind != Bonus && e.Kind != Penalty {
		ps = append(ps, problem(RuleWord, "kind", "loại điểm %q không có; hãy ghi bonus (thưởng) hoặc penalty (trừ)",
			"there is no kind of points %q; write bonus or penalty", shorten(e.Kind)))
	}
	ps = append(ps, w.checkDigits("points", e.Points)...)
	return append(ps, w.checkMoment("decided_at", at)...)
}

// checkDigits judges that points set by people have at most the ruleset's digits (spec "scoring", Numbers).
func (w *World) checkDigits(field string, points Decimal) Problems {
	if w.Season.Draft == nil || points.Decimals() <= int(w.Season.Draft.Rounding.Digits.Int()) {
		return nil
	}
	return Problems{tooManyDigits(field, points, w.Season.Draft.Rounding.Digits)}
}

func (w *World) checkHold(unit string, at Instant, e *HoldPlaced) Problems {
	ps := append(w.checkMember(unit), w.checkFuture("at", at.Time(), at)...)
	if e.To != "" && e.To < e.From {
		ps = append(ps, problem(RuleCalendar, "to", "ngày cuối %s của việc tạm dừng xét là trước ngày đầu %s", "the hold ends on %s, before it begins on %s", e.To, e.From))
	}
	return ps
}

// checkGranted judges a new hold against the awards that the unit has already: none may have been decided on a day of the hold.
func (w *World) checkGranted(unit string, e *HoldPlaced) Problems {
	for _, g := range w.Awards.Grants {
		day := DateOf(g.At.Time(), w.Season.Zone())
		if g.Unit == unit && e.From <= day && (e.To == "" || day <= e.To) {
			return Problems{problem(RuleHold, "from", "%s đã được khen thưởng ngày %s, trong thời gian tạm dừng xét này", "%s was granted an award on %s, a day of this hold", unit, day)}
		}
	}
	return nil
}

func (w *World) checkLift(unit string, at Instant, e *HoldLifted) Problems {
	for _, h := range w.Conduct(unit).Holds {
		if h.Hold == e.Hold {
			return w.checkFuture("at", at.Time(), at)
		}
	}
	return Problems{problem(RuleKnown, "hold", "%[2]s không có việc tạm dừng xét %[1]s", "there is no hold %s on %s", e.Hold, unit)}
}
