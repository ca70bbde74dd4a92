package projections

import (
	"fmt"
	"time"

	"thidua/domain"
)

// seasonFold is a season in memory.
type seasonFold struct {
	board    *domain.Scoreboard
	position domain.Position // of the season's last event
	recorded time.Time       // when the log took it
	gaps     int             // of the log, behind the season's last event
	touched  domain.Position // where the batch began that it was last ranked in
	written  *writtenSeason  // nil where it is not known what the tables hold
}

// add folds in the season's next event. A hole in the season's count means that the record was not read whole.
func (f *seasonFold) add(r domain.Recorded) error {
	if _, voided := r.Event.(*domain.Voided); voided {
		f.board.Evolve(r) // it was discarded, perhaps for its version
		return nil
	}
	if domain.IsGap(r) {
		f.gaps++
		return nil
	}
	// What is missing may have been lost to the gaps.
	if want := f.board.SeasonVersion() + 1; r.SeasonVersion < want || r.SeasonVersion-want > uint64(f.gaps) {
		return fmt.Errorf("season %s: event %d at position %d comes where event %d must: %w", r.Stream.Season, r.SeasonVersion, r.Position, want, domain.ErrCorrupt)
	}
	f.board.Evolve(r)
	f.position, f.recorded, f.gaps = r.Position, r.RecordedTime, 0
	return nil
}

// rank ranks the season as of the day that now is on, in its zone. A season that is half imported or not opened has no standings.
func (f *seasonFold) rank(now time.Time) (rankingRow, []domain.Scored) {
	season := f.board.Season
	row := rankingRow{Season: season.ID, Position: f.position, Timezone: season.Zone().String(), Importing: season.Importing != ""}
	if season.RulesetSHA256 != "" {
		row.RulesetSHA256 = &season.RulesetSHA256
	}
	if row.Importing || !f.board.Open() {
		row.Final = season.Final != nil
		return row, nil
	}
	day := domain.DateOf(now, season.Zone())
	at := f.moment(day)
	lines, final := f.board.Ranking(at)
	if row.Final = final; final {
		day = domain.DateOf(season.Final.T.Time(), season.Zone())
	} else if turns := f.turns(day, at); turns != "" {
		row.Turns = &turns
	}
	row.Day = &day
	return row, lines
}

// moment is what the season is ranked as of on a day: its own last event on the day of that, later the day's beginning. So it hangs on the
// day, and not on where in the day the last event of another season stands.
func (f *seasonFold) moment(day domain.Date) time.Time {
	zone := f.board.Season.Zone()
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
	last := domain.Date("") // the first day, not before this one, after which something changes
	considerAfter := func(d domain.Date) {
		if d >= day && (last == "" || d < last) {
			last = d
		}
	}
	for _, p := range f.board.Season.Draft.Periods {
		considerAfter(p.Deadline)
	}
	for _, own := range f.board.Deadlines {
		considerAfter(own)
	}
	for _, conduct := range f.board.Conducts {
		for _, h := range conduct.Holds {
			consider(h.From)
			considerAfter(h.Last(f.board.Season.Zone()))
		}
	}
	if f.board.Ahead(at) {
		considerAfter(day)
	}
	if last != "" {
		consider(dayAfter(last))
	}
	return first
}

func dayAfter(d domain.Date) domain.Date {
	return domain.DateOf(d.In(time.UTC).AddDate(0, 0, 1), time.UTC)
}

// seasonCalendar is what of a season must be known to see that its standings change with the days.
type seasonCalendar struct {
	zone       *time.Location
	day, turns domain.Date // those of rankingRow; turns is "" for never
}
