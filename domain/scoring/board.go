package scoring

import (
	"math/big"
	"time"
)

// Board is the ranking of a season that goes on. It keeps of the papers what can count, in little room, and computes again only what changed since
// the last ranking: a value concerns its own item, and the others of its criterion where these are measured by the best; a moment concerns what
// happened since the one before, and a day the deadlines and the holds. It ranks as the function Rank does (a property test holds it to that), without the
// explanations. Moments are kept to the microsecond. The zero value is a board without anything.
type Board struct {
	season  Season     // without the units
	limits  []*big.Rat // by criterion: the cap of its attainment
	members []*sheet   // in the season's order
	sheets  map[string]*sheet

	words    map[string]int32 // ids of criteria and periods that papers name, numbered
	criteria []int32          // by word: the place of the criterion of that id, -1 where there is none
	periods  []int32          // the same of periods

	large  []*big.Rat // numbers for which an Amount has no room
	papers int        // of all sheets
	latest int64      // own time of the latest paper

	stale  []bool // by criterion: an item of it is to be scored again
	ranked bool   // never before: everything is to be done
	moment time.Time
	at     int64 // moment, in microseconds since 1970
	today  Date
	order  []Placed
	used   []*paper // room for measure
}

// sheet is what is known of one unit, member or not.
type sheet struct {
	Unit
	papers []paper // in the order they came in
	cells  []int32 // of a member, by criterion and period: the last paper of the cell, counted from 1; 0 for none

	standing Standing
	first    []int64  // by period: when the first submission was, never for none
	reports  []Report // by period
	stale    []bool   // by criterion: the item is to be scored again
	restate  bool     // the standing is to be computed again
	rescan   bool     // and its reports too
	changed  []int    // the criteria whose items the last ranking scored again
}

// paper is one value of a cell.
type paper struct {
	value, denominator int64 // in millionths; below 0: the place of a number among the large ones, from -1 downwards
	at                 int64 // microseconds since 1970
	criterion, period  int32 // by their words
	before             int32 // the one before it in its cell, counted from 1; 0 for none
	verified           bool
}

// Value is a number that counts for a cell: what a unit submits, or what an inspector counted again.
type Value struct {
	Period, Criterion  string
	Value, Denominator Amount
	At                 time.Time
	Verified           bool // by an inspector's recount
}

// SetSeason says by what rules, over which periods and among which members the season is ranked. Of the units only their ids are taken, and of its
// end nothing.
func (b *Board) SetSeason(s Season) {
	b.members = make([]*sheet, len(s.Units))
	for i := range s.Units {
		b.members[i] = b.sheet(s.Units[i].ID)
	}
	finalised := b.season.FinalisedAt
	b.season, b.season.Units, b.season.FinalisedAt = s, nil, finalised
	b.layOut()
}

// Finalise says that the season is over since a moment.
func (b *Board) Finalise(at time.Time) { b.season.FinalisedAt = at }

// Submit takes in a value.
func (b *Board) Submit(unit string, v Value) {
	s := b.sheet(unit)
	p := paper{
		value: b.compact(v.Value), denominator: b.compact(v.Denominator), at: v.At.UnixMicro(),
		criterion: b.word(v.Criterion), period: b.word(v.Period), verified: v.Verified,
	}
	if b.papers == 0 || p.at > b.latest {
		b.latest = p.at
	}
	b.papers++
	s.papers = append(s.papers, p)
	if s.cells == nil {
		return
	}
	s.restate, s.rescan = true, true
	if c := b.link(s, len(s.papers)-1); c >= 0 {
		b.spoil(s, int(c))
	}
}

// SetTargets gives a unit its targets, by criterion, in the place of all that it had.
func (b *Board) SetTargets(unit string, targets map[string]Target) {
	s := b.sheet(unit)
	s.Targets = targets
	b.spoilAll(s)
}

// SetDeadline gives a unit its own deadline for a period, that of all where it is no date.
func (b *Board) SetDeadline(unit, period string, deadline Date) {
	s := b.sheet(unit)
	if s.Deadlines == nil {
		s.Deadlines = map[string]Date{}
	}
	if s.Deadlines[period] = deadline; deadline == "" {
		delete(s.Deadlines, period)
	}
	b.pass(s)
}

// SetConduct gives a unit its adjustments and holds, in the place of all that it had.
func (b *Board) SetConduct(unit string, adjustments []Adjustment, holds []Hold) {
	s := b.sheet(unit)
	s.Adjustments, s.Holds, s.restate = adjustments, holds, true
}

// Latest is the own time of the latest value, in whatever order they came; not ok where there is none.
func (b *Board) Latest() (at time.Time, ok bool) { return time.UnixMicro(b.latest), b.papers > 0 }

// Size is about how many bytes the board takes.
func (b *Board) Size() int {
	const perPaper, perItem, perSheet = 56, 800, 1000 // items with their numbers
	criteria := 0
	if b.ranked {
		criteria = len(b.season.Ruleset.Criteria)
	}
	cells := len(b.season.Ruleset.Criteria) * len(b.season.Periods) * 4
	return b.papers*perPaper + len(b.large)*128 + len(b.sheets)*perSheet + len(b.members)*(criteria*perItem+cells)
}

func (b *Board) sheet(unit string) *sheet {
	s := b.sheets[unit]
	if s == nil {
		if b.sheets == nil {
			b.sheets = map[string]*sheet{}
		}
		s = &sheet{Unit: Unit{ID: unit}}
		b.sheets[unit] = s
	}
	return s
}

// word numbers an id. One that comes up after the board was laid out is of no criterion and no period.
func (b *Board) word(id string) int32 {
	if n, ok := b.words[id]; ok {
		return n
	}
	if b.words == nil {
		b.words = map[string]int32{}
	}
	n := int32(len(b.words))
	b.words[id] = n
	b.criteria, b.periods = append(b.criteria, -1), append(b.periods, -1)
	return n
}

// compact is an amount in eight bytes.
func (b *Board) compact(a Amount) int64 {
	if a.exact == nil {
		return a.millionths
	}
	b.large = append(b.large, a.exact)
	return -int64(len(b.large))
}

// amount is what compact made small.
func (b *Board) amount(n int64) Amount {
	if n >= 0 {
		return Amount{millionths: n}
	}
	return Amount{exact: b.large[-n-1]}
}

// layOut puts all papers into cells, by the season's rules. Of several criteria or periods with one id the last counts.
func (b *Board) layOut() {
	for _, p := range b.season.Periods {
		b.word(p.ID)
	}
	b.limits = make([]*big.Rat, len(b.season.Ruleset.Criteria))
	for i := range b.season.Ruleset.Criteria {
		c := &b.season.Ruleset.Criteria[i]
		b.limits[i] = c.limit()
		b.word(c.ID)
	}
	for n := range b.criteria {
		b.criteria[n], b.periods[n] = -1, -1
	}
	for i := range b.season.Ruleset.Criteria {
		b.criteria[b.words[b.season.Ruleset.Criteria[i].ID]] = int32(i)
	}
	for i, p := range b.season.Periods {
		b.periods[b.words[p.ID]] = int32(i)
	}
	for _, s := range b.sheets {
		s.cells, s.stale = nil, nil
	}
	b.stale = make([]bool, len(b.season.Ruleset.Criteria))
	for _, s := range b.members {
		b.layOutSheet(s)
	}
	b.ranked = false
}

func (b *Board) layOutSheet(s *sheet) {
	criteria, periods := len(b.season.Ruleset.Criteria), len(b.season.Periods)
	s.cells = make([]int32, criteria*periods)
	s.stale = make([]bool, criteria)
	s.first, s.reports = make([]int64, periods), make([]Report, periods)
	s.standing = Standing{Unit: s.ID, Items: make([]Item, criteria)}
	for i := range s.papers {
		b.link(s, i)
	}
}

// link puts a paper on top of its cell, and returns the place of the criterion; -1 where the paper belongs to no cell.
func (b *Board) link(s *sheet, i int) int32 {
	p := &s.papers[i]
	criterion, period := b.criteria[p.criterion], b.periods[p.period]
	if criterion < 0 || period < 0 {
		return -1
	}
	cell := &s.cells[int(criterion)*len(b.season.Periods)+int(period)]
	p.before, *cell = *cell, int32(i+1)
	return criterion
}
