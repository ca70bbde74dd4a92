package scoring

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"time"
)

// Placed is one line of a board's ranking. It is the board's own, and good until it is asked to rank again.
type Placed struct {
	*Standing
	// Changed are the criteria, by their places, whose items were scored again since the ranking before.
	Changed []int
}

// Rank returns the standings as of a moment, as the function Rank does. It is quickest where moments go on from one ranking to the next.
func (b *Board) Rank(at time.Time) []Placed {
	b.move(b.season.moment(at))
	for _, s := range b.members {
		s.changed = s.changed[:0]
		if s.rescan {
			b.scan(s)
			s.restate = true
		}
	}
	for i, stale := range b.stale {
		if stale {
			b.score(i)
		}
	}
	restated := false
	for _, s := range b.members {
		if s.restate {
			restated = true
			b.restate(s)
		}
	}
	if restated || !b.ranked {
		b.place()
	}
	for i := range b.order {
		b.order[i].Changed = b.sheets[b.order[i].Unit].changed
	}
	b.ranked = true
	return b.order
}

// move brings the board to another moment: what the papers say anew is noted where they are read, what the day says anew here.
func (b *Board) move(moment time.Time) {
	at, today := moment.UnixMicro(), DateOf(moment, b.season.Zone)
	switch {
	case !b.ranked || at < b.at:
		for _, s := range b.members {
			b.spoilAll(s)
			s.rescan = true
		}
	case today != b.today:
		for _, s := range b.members {
			b.pass(s)
		}
	}
	b.moment, b.at, b.today = moment, at, today
}

// spoil notes that an item is to be scored again.
func (b *Board) spoil(s *sheet, criterion int) { s.stale[criterion], b.stale[criterion] = true, true }

// spoilAll notes it of all items of a unit.
func (b *Board) spoilAll(s *sheet) {
	for i := range s.stale {
		b.spoil(s, i)
	}
	s.restate = true
}

// pass notes that a deadline of a unit may have passed, or may not have passed after all: where less is better, silence counts from then on.
func (b *Board) pass(s *sheet) {
	s.restate, s.rescan = true, true
	for i := range s.stale {
		if b.season.Ruleset.Criteria[i].Direction == DirectionLower {
			b.spoil(s, i)
		}
	}
}

// never is after every moment.
const never = math.MaxInt64

// scan says of every period when the unit first submitted a value of it, and by when it had to. A verification is no submission.
func (b *Board) scan(s *sheet) {
	s.rescan = false
	first := make([]int64, len(s.first))
	for i := range first {
		first[i] = never
	}
	for i := range s.papers {
		p := &s.papers[i]
		period := b.periods[p.period]
		switch {
		case period < 0 || p.verified:
		case p.at > b.at:
			s.rescan = true // when its moment has come
		default:
			first[period] = min(first[period], p.at)
		}
	}
	for i, p := range b.season.Periods {
		r := Report{Period: p.ID, Deadline: p.Deadline, Submitted: s.reports[i].Submitted}
		if own, ok := s.Deadlines[p.ID]; ok {
			r.Deadline = own
		}
		r.Passed = b.today.After(r.Deadline)
		if first[i] == never {
			r.Submitted = ""
		} else if first[i] != s.first[i] || r.Submitted == "" {
			r.Submitted = DateOf(time.UnixMicro(first[i]), b.season.Zone)
		}
		s.reports[i] = r
	}
	s.first = first
}

// score scores the items of one criterion that are to be, and gives all their points again where they are measured by another leader.
func (b *Board) score(i int) {
	c := &b.season.Ruleset.Criteria[i]
	b.stale[i] = false
	before, l := leader{}, leader{formula: c.Formula}
	for _, s := range b.members {
		before.value = s.standing.Items[i].Leader // that of all
		if s.stale[i] {
			s.stale[i] = false
			b.assess(s, i)
			s.changed = append(s.changed, i)
		}
	}
	for _, s := range b.members {
		l.consider(&s.standing.Items[i], s.ID)
	}
	same := before.value == l.value || before.value != nil && l.value != nil && order(before.value, l.value) == 0
	for _, s := range b.members {
		fresh := len(s.changed) > 0 && s.changed[len(s.changed)-1] == i
		if !fresh && same {
			continue
		}
		if !fresh {
			s.changed = append(s.changed, i)
		}
		s.standing.Items[i].measureBy(l, c, b.season.Ruleset.Digits)
		s.restate = true
	}
}

// assess finds an item's state, actual and attainment. Where a paper of it lies ahead of the moment it is to be scored again next time.
func (b *Board) assess(s *sheet, i int) {
	c := &b.season.Ruleset.Criteria[i]
	it := newItem(c, s.Targets[c.ID], b.limits[i])
	if it.State != StateNotApplicable {
		it.settle(c, b.measure(&it, c, s, i))
	}
	s.standing.Items[i] = it
}

// measure fills in the actual from the values that count, nil where it is missing, and reports whether all of these are verified.
func (b *Board) measure(it *Item, c *Criterion, s *sheet, i int) (verified bool) {
	b.used = b.used[:0]
	silent := false
	for period := range b.season.Periods {
		p, ahead := s.counted(s.cells[i*len(b.season.Periods)+period], b.at)
		if ahead {
			b.spoil(s, i)
		}
		switch {
		case p != nil:
			b.used = append(b.used, p)
		case s.reports[period].Passed:
			silent = true
		}
	}
	if c.OverTime == OverTimeLatest || c.OverTime == OverTimeCumulative {
		b.used = b.used[max(0, len(b.used)-1):]
	}
	if len(b.used) == 0 || silent && c.Direction == DirectionLower {
		return false
	}
	it.Actual = b.actual(c)
	return !slices.ContainsFunc(b.used, func(p *paper) bool { return !p.verified })
}

// counted is the paper that counts of a cell: the latest verification, else the latest submission, of two at one moment the one that came first. Ahead
// says that one of them is after the moment.
func (s *sheet) counted(top int32, at int64) (best *paper, ahead bool) {
	for ; top > 0; top = s.papers[top-1].before {
		p := &s.papers[top-1]
		switch {
		case p.at > at:
			ahead = true
		case best == nil, p.verified && !best.verified, p.verified == best.verified && p.at >= best.at:
			best = p
		}
	}
	return best, ahead
}

// actual computes the actual of the papers used, at least one; nil where it would divide by 0.
func (b *Board) actual(c *Criterion) *big.Rat {
	var sum, denominator total
	largest := b.amount(b.used[0].value)
	for _, p := range b.used {
		value := b.amount(p.value)
		sum.addAmount(value)
		denominator.addAmount(b.amount(p.denominator))
		if value.above(largest) {
			largest = value
		}
	}
	switch {
	case c.Kind == KindRatio && denominator.sign() == 0:
		return nil
	case c.Kind == KindRatio:
		return sum.over(&denominator, 100)
	case c.OverTime == OverTimeMean:
		return sum.over(&total{millionths: int64(len(b.used)) * million}, 1)
	case c.OverTime == OverTimeMax:
		return largest.rat()
	}
	return sum.rat()
}

// restate computes a unit's line from its items and reports.
func (b *Board) restate(s *sheet) {
	rank := s.standing.Rank
	s.standing = Standing{Unit: s.ID, Items: s.standing.Items, Rank: rank}
	s.standing.add(&b.season, &record{unit: &s.Unit, reports: s.reports}, b.moment)
	s.restate = slices.ContainsFunc(s.Adjustments, func(a Adjustment) bool { return a.At.After(b.moment) })
}

// place puts the lines in order and numbers them.
func (b *Board) place() {
	b.order = b.order[:0]
	for _, s := range b.members {
		b.order = append(b.order, Placed{Standing: &s.standing})
	}
	tieBreak := b.season.Ruleset.TieBreak
	slices.SortFunc(b.order, func(x, y Placed) int {
		return cmp.Or(compare(x.Standing, y.Standing, tieBreak), cmp.Compare(x.Unit, y.Unit))
	})
	for i := range b.order {
		b.order[i].Rank = i + 1
		if i > 0 && compare(b.order[i-1].Standing, b.order[i].Standing, tieBreak) == 0 {
			b.order[i].Rank = b.order[i-1].Rank
		}
	}
}
