package projections

import (
	"fmt"
	"time"

	"thidua/domain"
)

// seasonFold is a season in memory.
type seasonFold struct {
	world    *domain.World
	position domain.Position // of the season's last event
	recorded time.Time       // when the log took it
	touched  domain.Position // where the batch began that it was last ranked in
}

// add folds in the season's next event. A hole in the season's count means that the record was not read whole.
func (f *seasonFold) add(r domain.Recorded) error {
	if _, voided := r.Event.(*domain.Voided); voided {
		f.world.Evolve(r) // it was discarded, perhaps for its version
		return nil
	}
	if want := f.world.SeasonVersion() + 1; r.SeasonVersion != want {
		return fmt.Errorf("season %s: event %d at position %d comes where event %d must: %w", r.Stream.Season, r.SeasonVersion, r.Position, want, domain.ErrCorrupt)
	}
	f.world.Evolve(r)
	f.position, f.recorded = r.Position, r.RecordedTime
	return nil
}

// rank ranks the season as of the day that now is on, in its zone. A season that is half imported or not opened has no standings.
func (f *seasonFold) rank(now time.Time) (rankingRow, domain.Ranking) {
	season := f.world.Season
	row := rankingRow{Season: season.ID, Position: f.position, Timezone: season.Zone().String(), Importing: season.Importing != ""}
	if season.RulesetSHA256 != "" {
		row.RulesetSHA256 = &season.RulesetSHA256
	}
	if row.Importing || season.RulesetSHA256 == "" || season.Draft == nil {
		row.Final = season.Final != nil
		return row, domain.Ranking{}
	}
	day := domain.DateOf(now, season.Zone())
	at := f.moment(day)
	ranking := f.world.Ranking(at)
	row.Final = ranking.Final
	if row.Final {
		day = domain.DateOf(season.Final.T.Time(), season.Zone())
	} else if turns := f.turns(day, at); turns != "" {
		row.Turns = &turns
	}
	row.Day = &day
	return row, ranking
}

// moment is what the season is ranked as of on a day: its own last event on the day of that, later the day's beginning. So it hangs on the
// day, and not on where in the day the last event of another season stands.
func (f *seasonFold) moment(day domain.Date) time.Time {
	zone := f.world.Season.Zone()
	if day <= domain.DateOf(f.recorded, zone) {
		return f.recorded
	}
	at := day.In(zone)
	if domain.DateOf(at, zone) < day { // a day that begins late, since the clocks were put forward at midnight
		at = at.Add(time.Hour)
	}
	return at
}

// turns is the first day after one on which the ranking can change by itself, "" where none is: the day after a deadline, the first day of a
// hold and the one after its last, and the next day while something lies in the future of the moment that was ranked.
func (f *seasonFold) turns(day domain.Date, at time.Time) domain.Date {
	first := domain.Date("")
	consider := func(turn domain.Date) {
		if turn > day && (first == "" || turn < first) {
			first = turn
		}
	}
	for _, p := range f.world.Season.Draft.Periods {
		consider(dayAfter(p.Deadline))
	}
	for _, report := range f.world.Reports {
		if own := report.Deadline(); own != "" {
			consider(dayAfter(own))
		}
	}
	for _, conduct := range f.world.Conducts {
		for _, h := range conduct.Holds {
			consider(h.From)
			if last := h.Last(f.world.Season.Zone()); last != "" {
				consider(dayAfter(last))
			}
		}
	}
	if f.ahead(at) {
		consider(dayAfter(day))
	}
	return first
}

// ahead reports whether anything that counts is dated after a moment: a clock was put back, or several servers' clocks differ.
func (f *seasonFold) ahead(at time.Time) bool {
	for _, report := range f.world.Reports {
		for _, s := range report.Submissions {
			if s.At.Time().After(at) {
				return true
			}
		}
		for _, v := range report.Verifications {
			if v.At.Time().After(at) {
				return true
			}
		}
	}
	for _, conduct := range f.world.Conducts {
		for _, a := range conduct.Adjustments {
			if a.At.Time().After(at) {
				return true
			}
		}
	}
	final := f.world.Season.Final
	return final != nil && final.T.Time().After(at)
}

func dayAfter(d domain.Date) domain.Date {
	return domain.DateOf(d.In(time.UTC).AddDate(0, 0, 1), time.UTC)
}

// seasonCalendar is what of a season must be known to see that its standings change with the days.
type seasonCalendar struct {
	zone       *time.Location
	day, turns domain.Date // those of rankingRow; turns is "" for never
}
