package explain

import (
	"cmp"
	"slices"
	"time"

	"thidua/domain"
)

// Compare says what lies between two rankings of a season. The second must not be of an earlier moment, nor of less of the log.
func Compare(season string, from, to Point) Difference {
	j := &journey{season: season, now: from.At, moves: map[string][]Move{}, causes: []Cause{}}
	later := j.begin(from, to)
	before := j.state
	for _, r := range later {
		j.take(r, to)
	}
	for _, s := range j.steps(to.At) {
		j.step(s)
	}
	return j.difference(before)
}

// journey goes from one ranking to another, one thing at a time.
type journey struct {
	season string
	now    time.Time
	taken  []domain.Recorded
	ahead  []domain.Recorded // papers whose own time is still to come
	board  *domain.Scoreboard
	state  snapshot
	causes []Cause
	moves  map[string][]Move
}

// begin takes in what the first ranking is made of, and returns what the log held only later.
func (j *journey) begin(from, to Point) (later []domain.Recorded) {
	last := domain.Position(0)
	for _, r := range from.Events {
		last = max(last, r.Position)
		if j.waits(r) {
			continue
		}
		j.taken = append(j.taken, r)
	}
	for _, r := range to.Events {
		switch {
		case r.Position > last:
			later = append(later, r)
		case j.waits(r):
			j.ahead = append(j.ahead, r)
		}
	}
	j.replay()
	return later
}

// waits reports whether an event counts only from its own time on, which is still to come.
func (j *journey) waits(r domain.Recorded) bool {
	switch r.Event.(type) {
	case *domain.IndicatorReported, *domain.IndicatorCorrected, *domain.IndicatorVerified, *domain.PointsAdjusted:
		return r.Time.Time().After(j.now)
	}
	return false
}

// replay ranks anew what was taken in.
func (j *journey) replay() {
	j.board = domain.NewScoreboard(j.season)
	for _, r := range j.taken {
		j.board.Evolve(r)
	}
	lines, _ := j.board.Ranking(j.now)
	j.state = snap(lines)
}

// take takes in an event that the log held only later. One that discards an earlier event leaves it as the later log has it.
func (j *journey) take(r domain.Recorded, to Point) {
	if j.waits(r) {
		j.ahead = append(j.ahead, r)
		return
	}
	before := j.state
	j.taken = append(j.taken, r)
	discard, ok := r.Event.(*domain.EventDiscarded)
	if ok && j.void(discard.Position, to) || j.voidUnnamed(r, to) {
		j.replay()
	} else {
		j.board.Evolve(r)
		lines, _ := j.board.Ranking(j.now)
		j.state = snap(lines)
	}
	j.moved(before, eventCause(r))
}

// void puts the later log's form of an event in the place of the one that was taken in.
func (j *journey) void(position domain.Position, to Point) bool {
	at := func(events []domain.Recorded) int {
		return slices.IndexFunc(events, func(r domain.Recorded) bool { return r.Position == position })
	}
	i, k := at(j.taken), at(to.Events)
	if i < 0 || k < 0 {
		return false
	}
	if _, done := j.taken[i].Event.(*domain.Voided); done {
		return false
	}
	j.taken[i] = to.Events[k]
	return true
}

// voidUnnamed does what void does where the event that discarded others was discarded itself, so that the later log no longer says what it named.
func (j *journey) voidUnnamed(r domain.Recorded, to Point) (found bool) {
	if _, voided := r.Event.(*domain.Voided); !voided {
		return false
	}
	named := map[domain.Position]bool{}
	for _, e := range to.Events {
		if discard, ok := e.Event.(*domain.EventDiscarded); ok {
			named[discard.Position] = true
		}
	}
	for _, e := range to.Events {
		if _, voided := e.Event.(*domain.Voided); voided && !named[e.Position] && e.Position < r.Position {
			found = j.void(e.Position, to) || found
		}
	}
	return found
}

// step is a moment at which something counts that did not before.
type step struct {
	at    time.Time
	cause Cause
	event *domain.Recorded
}

// steps are the days and papers up to a moment, in the order of time; a day comes before what happens at its first instant.
func (j *journey) steps(until time.Time) []step {
	var steps []step
	if j.board.Open() {
		steps = j.days()
	}
	for i := range j.ahead {
		r := &j.ahead[i]
		steps = append(steps, step{r.Time.Time(), eventCause(*r), r})
	}
	steps = slices.DeleteFunc(steps, func(s step) bool { return !s.at.After(j.now) || s.at.After(until) })
	slices.SortStableFunc(steps, func(a, b step) int {
		position := func(s step) domain.Position {
			if s.event == nil {
				return 0
			}
			return s.event.Position
		}
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(position(a), position(b)))
	})
	return steps
}

// step lets time go on to a moment, and takes in what counts from then on.
func (j *journey) step(s step) {
	before := j.state
	if s.event != nil {
		j.taken = append(j.taken, *s.event)
		j.board.Evolve(*s.event)
	}
	j.now = s.at
	lines, _ := j.board.Ranking(j.now)
	j.state = snap(lines)
	j.moved(before, s.cause)
}

// moved notes what a cause did to each unit.
func (j *journey) moved(before snapshot, cause Cause) {
	none := true
	for _, unit := range units(j.state, before) {
		changed := items(before.lines[unit], j.state.lines[unit], true)
		was, is := before.line(unit), j.state.line(unit)
		if len(changed) == 0 && was != nil && is != nil && *was == *is {
			continue
		}
		none = false
		j.moves[unit] = append(j.moves[unit], Move{
			Cause: len(j.causes), Own: cause.of(unit), Before: was, After: is, TotalChange: change(before.total(unit), j.state.total(unit)), Items: changed,
		})
	}
	if !none {
		j.causes = append(j.causes, cause)
	}
}

// difference sums up.
func (j *journey) difference(before snapshot) Difference {
	d := Difference{Season: j.season, Causes: j.causes, Units: []UnitDifference{}}
	for _, unit := range units(j.state, before) {
		d.Units = append(d.Units, UnitDifference{
			Unit: unit, Before: before.line(unit), After: j.state.line(unit), TotalChange: change(before.total(unit), j.state.total(unit)),
			Items: items(before.lines[unit], j.state.lines[unit], false), Moves: append([]Move{}, j.moves[unit]...),
		})
	}
	return d
}

// units are those of a ranking, then those that only the other has.
func units(s, other snapshot) []string {
	ids := slices.Clone(s.order)
	for _, unit := range other.order {
		if s.line(unit) == nil {
			ids = append(ids, unit)
		}
	}
	return ids
}
