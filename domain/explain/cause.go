package explain

import (
	"slices"
	"time"

	"thidua/domain"
)

// eventCause names an event.
func eventCause(r domain.Recorded) Cause {
	place := placeOf(r.Position)
	c := Cause{Place: &place, Time: r.Time.String(), Unit: r.Stream.Unit}
	if r.Event != nil {
		c.Type = r.Event.Words()
	}
	if r.Stream.Aggregate == domain.AggregateReport {
		c.Period = r.Stream.Key
	}
	switch e := r.Event.(type) {
	case *domain.IndicatorReported:
		c.Criterion = e.Criterion
	case *domain.IndicatorCorrected:
		c.Criterion = e.Criterion
	case *domain.IndicatorVerified:
		c.Criterion = e.Criterion
	case *domain.CriterionDefined:
		c.Criterion = e.ID
	}
	return c
}

// of reports whether a cause is a unit's own, or of all.
func (c Cause) of(unit string) bool {
	if c.Place != nil {
		return c.Unit == unit
	}
	return slices.ContainsFunc(c.Turns, func(t Turn) bool { return t.Unit == "" || t.Unit == unit })
}

// days are those on which a deadline has passed for the first time, or a hold begins or is over.
func (j *journey) days() []step {
	turns := map[domain.Date][]Turn{}
	on := func(day domain.Date, t Turn) {
		if day != "" {
			turns[day] = append(turns[day], t)
		}
	}
	for _, p := range j.board.Season.Draft.Periods {
		on(next(p.Deadline), Turn{What: "deadline_passed", Period: p.ID})
	}
	for key, deadline := range j.board.Deadlines {
		on(next(deadline), Turn{What: "deadline_passed", Unit: key.Unit, Period: key.Period})
	}
	zone := j.board.Season.Zone()
	for unit, conduct := range j.board.Conducts {
		for _, h := range conduct.Holds {
			on(h.From, Turn{What: "hold_begins", Unit: unit, Hold: h.Hold})
			on(next(h.Last(zone)), Turn{What: "hold_over", Unit: unit, Hold: h.Hold})
		}
	}
	var steps []step
	for day, of := range turns {
		slices.SortFunc(of, compareTurns)
		steps = append(steps, step{at: day.In(zone), cause: Cause{Day: day, Turns: of}})
	}
	return steps
}

func compareTurns(a, b Turn) int {
	return slices.Compare([]string{a.What, a.Unit, a.Period, a.Hold}, []string{b.What, b.Unit, b.Period, b.Hold})
}

// next is the day after, "" where there is none.
func next(day domain.Date) domain.Date {
	if day == "" {
		return ""
	}
	return domain.DateOf(day.In(time.UTC).AddDate(0, 0, 1), time.UTC)
}
