package domain

import (
	"time"

	"thidua/domain/scoring"
)

// Scoreboard is the fold of one season's events for who follows many seasons at once: it keeps of them only what the ranking hangs on, some fifty bytes
// a value, and ranks again only what changed. Its ranking is that of World.Ranking, but for the units' names and the account (a property test holds it
// to that).
type Scoreboard struct {
	Season    *Season
	Conducts  map[string]*Conduct
	Deadlines map[ReportKey]Date // of the units that have their own

	board     scoring.Board
	redrafted bool                 // the rules changed since the board was told
	conducted map[string]bool      // the units whose conduct did
	lines     map[string]*Standing // by unit, as last written
	version   uint64
}

// Scored is one line of a scoreboard's ranking. It is the scoreboard's own, and good until that ranks again.
type Scored struct {
	*Standing // without the unit's name
	// Fresh says that items were scored again since the ranking before.
	Fresh bool
}

// NewScoreboard returns the scoreboard of a season before its first event.
func NewScoreboard(season string) *Scoreboard {
	return &Scoreboard{
		Season: &Season{ID: season}, Conducts: map[string]*Conduct{}, Deadlines: map[ReportKey]Date{},
		conducted: map[string]bool{}, lines: map[string]*Standing{},
	}
}

// SeasonVersion returns the number of events of the season.
func (s *Scoreboard) SeasonVersion() uint64 { return s.version }

// Size is about how many bytes the scoreboard takes.
func (s *Scoreboard) Size() int {
	const base, perItem = 20_000, 250
	size := base + s.board.Size()
	for _, line := range s.lines {
		size += len(line.Items) * perItem
	}
	return size
}

// Evolve folds in one event of the season, in the order of the log.
func (s *Scoreboard) Evolve(r Recorded) {
	s.version = max(s.version, r.SeasonVersion)
	switch r.Stream.Aggregate {
	case AggregateSeason:
		s.evolveSeason(r)
	case AggregatePledge:
		if e, ok := r.Event.(*TargetsSet); ok {
			s.board.SetTargets(r.Stream.Unit, scoredTargets(e.Targets))
		}
	case AggregateReport:
		s.evolveReport(r)
	case AggregateConduct:
		entry(s.Conducts, r.Stream.Unit).evolve(r)
		s.conducted[r.Stream.Unit] = true
	case AggregateUnit, AggregatePerson, AggregateAwards, AggregateLog, AggregateInspection, AggregateKey, AggregateAny: // no ranking hangs on them
	}
}

func (s *Scoreboard) evolveSeason(r Recorded) {
	s.Season.evolve(r)
	switch r.Event.(type) {
	case *SeasonDrafted, *CriterionDefined:
		s.redrafted = true
	case *RankingFinalised:
		s.board.Finalise(s.Season.Final.T.Time())
	}
}

func (s *Scoreboard) evolveReport(r Recorded) {
	switch e := r.Event.(type) {
	case *IndicatorReported:
		s.submit(r, e)
	case *IndicatorCorrected:
		s.submit(r, (*IndicatorReported)(e))
	case *IndicatorVerified:
		s.board.Submit(r.Stream.Unit, scoring.Value{
			Period: r.Stream.Key, Criterion: e.Criterion, Value: e.Value.amount(), Denominator: e.Denominator.amount(), At: r.Time.Time(), Verified: true,
		})
	case *DeadlineExtended:
		s.board.SetDeadline(r.Stream.Unit, r.Stream.Key, scoring.Date(e.Deadline))
		s.Deadlines[ReportKey{r.Stream.Unit, r.Stream.Key}] = e.Deadline
	}
}

func (s *Scoreboard) submit(r Recorded, e *IndicatorReported) {
	s.board.Submit(r.Stream.Unit, scoring.Value{
		Period: r.Stream.Key, Criterion: e.Criterion, Value: e.Value.amount(), Denominator: e.Denominator.amount(), At: r.Time.Time(),
	})
}

// Open reports whether the season can be ranked: whether it was opened, and what drafted it was not discarded.
func (s *Scoreboard) Open() bool { return s.Season.RulesetSHA256 != "" && s.Season.Draft != nil }

// Ranking ranks the season as of a moment, and says whether that is the final ranking, as World.Ranking does.
func (s *Scoreboard) Ranking(at time.Time) (lines []Scored, final bool) {
	if !s.Open() {
		return nil, false
	}
	s.tell()
	digits := int(s.Season.Draft.Rounding.Digits.Int())
	for _, d := range s.board.Rank(at) {
		line := s.lines[d.Unit]
		if line == nil {
			line = &Standing{Items: make([]StandingItem, len(d.Items))}
			s.lines[d.Unit] = line
		}
		items := line.Items
		for _, i := range d.Changed {
			items[i] = standingItem(d.Items[i], digits)
		}
		*line = standing(*d.Standing, digits)
		line.Items = items
		lines = append(lines, Scored{line, len(d.Changed) > 0})
	}
	return lines, s.Season.finalAt(at)
}

// Ahead reports whether anything that counts is dated after a moment: a clock was put back, or several servers' clocks differ.
func (s *Scoreboard) Ahead(at time.Time) bool {
	if latest, ok := s.board.Latest(); ok && latest.After(at) {
		return true
	}
	for _, conduct := range s.Conducts {
		for _, a := range conduct.Adjustments {
			if a.At.Time().After(at) {
				return true
			}
		}
	}
	final := s.Season.Final
	return final != nil && final.T.Time().After(at)
}

// tell tells the board what is only known as a whole: the rules, and each unit's conduct, whose days hang on the season's zone.
func (s *Scoreboard) tell() {
	if s.redrafted {
		scored := s.Season.scored()
		for _, unit := range s.Season.Draft.Members {
			scored.Units = append(scored.Units, scoring.Unit{ID: unit})
		}
		s.board.SetSeason(scored)
		clear(s.lines)
		for unit := range s.Conducts {
			s.conducted[unit] = true
		}
	}
	for unit := range s.conducted {
		s.board.SetConduct(unit, s.Conducts[unit].scoredAdjustments(), s.Conducts[unit].scoredHolds(s.Season.Zone()))
	}
	s.redrafted = false
	clear(s.conducted)
}

// amount is the number for the board, 0 where none is given.
func (d Decimal) amount() scoring.Amount {
	const million, limit = 1_000_000, 1 << 53 // far from where the arithmetic here ends
	n, unit := int64(0), int64(0)             // unit: of the next digit after the point, in millionths
	for _, c := range []byte(d) {
		switch {
		case c == '.' && unit == 0:
			n, unit = n*million, million
		case '0' <= c && c <= '9' && unit == 0 && n < limit/million:
			n = n*10 + int64(c-'0')
		case '0' <= c && c <= '9' && unit > 1:
			unit /= 10
			n += int64(c-'0') * unit
		default:
			return scoring.Exactly(d.Rat())
		}
	}
	if unit == 0 {
		n *= million
	}
	return scoring.Millionths(n)
}
