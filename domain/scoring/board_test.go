package scoring_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"thidua/domain/scoring"
)

// diary is a season whose papers come one at a time, to a board and to the season's own lists, with what a reader of the board knows of its items who
// looks only at those that changed.
type diary struct {
	t      *rapid.T
	season scoring.Season
	board  scoring.Board
	items  map[string][]scoring.Item
	at     time.Time // of the last ranking
}

// TestBoardIsRank lets anything happen in any order, and ranks in between at any moments: the board gives what ranking all papers afresh gives.
func TestBoardIsRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &diary{t: t, season: anySeason(t, every), items: map[string][]scoring.Item{}, at: moment("03-01 08:00")}
		papers := d.season.Units
		d.season.Units = nil
		for _, u := range papers {
			d.season.Units = append(d.season.Units, unit(u.ID))
		}
		drafted := rapid.Bool().Draw(t, "papers come after the rules")
		if drafted {
			d.board.SetSeason(d.season)
		}
		for range rapid.IntRange(1, 40).Draw(t, "papers") {
			d.happen()
			if !drafted || !rapid.Bool().Draw(t, "rank") {
				continue
			}
			d.at = d.at.AddDate(0, 0, rapid.SampledFrom([]int{0, 0, 1, 12}).Draw(t, "days later"))
			d.at = d.at.Add(rapid.SampledFrom([]time.Duration{0, 999, time.Second, 5 * time.Hour}).Draw(t, "later"))
			if rapid.IntRange(0, 9).Draw(t, "back") == 0 {
				d.at = anyDay(t)
			}
			d.compare()
		}
		d.board.SetSeason(d.season)
		d.compare()
	})
}

// happen lets one thing happen to a member, or to a unit that becomes one later.
func (d *diary) happen() {
	u := &d.season.Units[rapid.IntRange(0, len(d.season.Units)-1).Draw(d.t, "unit")]
	c := rapid.SampledFrom(d.season.Ruleset.Criteria).Draw(d.t, "criterion")
	period := rapid.SampledFrom([]string{"Q1", "Q2", "Q3", "Q4"}).Draw(d.t, "period")
	switch kind := rapid.IntRange(0, 11).Draw(d.t, "what"); kind {
	case 0:
		target := scoring.Target{NotApplicable: rapid.Bool().Draw(d.t, "na")}
		if !target.NotApplicable {
			target.Value = anyNumber(d.t, "target", 0)
		}
		targets := map[string]scoring.Target{c.ID: target}
		for id, old := range u.Targets {
			if id != c.ID && rapid.Bool().Draw(d.t, "stays") {
				targets[id] = old
			}
		}
		u.Targets = targets
		d.board.SetTargets(u.ID, targets)
	case 1:
		deadline := scoring.DateOf(anyDay(d.t), hanoi)
		u.Deadlines[period] = deadline
		d.board.SetDeadline(u.ID, period, deadline)
	case 2:
		kind := rapid.SampledFrom([]scoring.AdjustmentKind{"bonus", "penalty"}).Draw(d.t, "adjustment")
		at := rapid.SampledFrom([]time.Time{anyDay(d.t), d.at.Add(3 * time.Hour)}).Draw(d.t, "decided")
		u.Adjustments = append(slices.Clone(u.Adjustments), scoring.Adjustment{Kind: kind, Points: number("7.5"), At: at})
		from := scoring.DateOf(anyDay(d.t), hanoi)
		u.Holds = append(slices.Clone(u.Holds), scoring.Hold{From: from, To: from, Open: rapid.IntRange(0, 3).Draw(d.t, "open") == 0})
		d.board.SetConduct(u.ID, u.Adjustments, u.Holds)
	case 3:
		if d.season.FinalisedAt.IsZero() && rapid.IntRange(0, 4).Draw(d.t, "finalise") == 0 {
			d.season.FinalisedAt = anyDay(d.t)
			d.board.Finalise(d.season.FinalisedAt)
		}
	default:
		d.submit(u, c, period, kind > 9)
	}
}

// submit takes in a value; it may be of no criterion, as old as another of its cell, or one that is not kept in eight bytes.
func (d *diary) submit(u *scoring.Unit, c scoring.Criterion, period string, verified bool) {
	v := anySubmission(d.t, c, period, rapid.IntRange(0, 1).Draw(d.t, "second"))
	if rapid.IntRange(0, 9).Draw(d.t, "of no criterion") == 0 {
		v.Criterion = "X"
	}
	if c.Kind != scoring.KindYesNo && rapid.IntRange(0, 9).Draw(d.t, "odd") == 0 {
		v.Value = rapid.SampledFrom([]*big.Rat{number("12345678901234567890"), number("9223372036854.775807"), number("1/3")}).Draw(d.t, "large")
	}
	if v.Denominator == nil {
		v.Denominator = new(big.Rat)
	}
	if verified {
		u.Verifications = append(u.Verifications, scoring.Verification(v))
	} else {
		u.Submissions = append(u.Submissions, v)
	}
	d.board.Submit(u.ID, scoring.Value{
		Period: v.Period, Criterion: v.Criterion, Value: scoring.Exactly(v.Value), Denominator: scoring.Exactly(v.Denominator), At: v.At, Verified: verified,
	})
}

// compare compares the two rankings in all but the explanations.
func (d *diary) compare() {
	d.t.Helper()
	var got []scoring.Standing
	for _, p := range d.board.Rank(d.at) {
		known := d.items[p.Unit]
		if len(known) == 0 {
			known = make([]scoring.Item, len(p.Items))
		}
		for _, i := range p.Changed {
			known[i] = p.Items[i]
		}
		d.items[p.Unit] = known
		st := *p.Standing
		st.Items = known
		got = append(got, st)
	}
	numbers := cmp.Comparer(func(x, y *big.Rat) bool { return text(x) == text(y) })
	if diff := cmp.Diff(scoring.Rank(d.season, d.at), got, numbers, cmpopts.IgnoreFields(scoring.Item{}, "Explanation")); diff != "" {
		d.t.Fatalf("as of %s the board differs (-rank +board):\n%s", d.at, diff)
	}
}

// BenchmarkBoard gives the board one unit's form of 26 values after the other and ranks after each, in a season of 10 units and 12 months.
func BenchmarkBoard(b *testing.B) {
	s := fullSeason(10, 26, 12)
	var board scoring.Board
	board.SetSeason(s)
	for _, u := range s.Units {
		board.SetTargets(u.ID, u.Targets)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		u := s.Units[n%10]
		for _, v := range u.Submissions {
			if v.Period == s.Periods[n/10%12].ID {
				board.Submit(u.ID, scoring.Value{Period: v.Period, Criterion: v.Criterion, Value: scoring.Exactly(v.Value), Denominator: scoring.Exactly(v.Denominator), At: v.At})
			}
		}
		if got := board.Rank(yearEnd); len(got) != len(s.Units) {
			b.Fatalf("%d standings, want %d", len(got), len(s.Units))
		}
	}
}
