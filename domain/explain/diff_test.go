package explain_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/domain/explain"
)

// point is a ranking drawn to be compared.
func (r *record) point(upTo domain.Position, at time.Time) explain.Point {
	return explain.Point{Events: domain.Void(r.events[:upTo]), At: at}
}

// TestDiffIsTheDifferenceOfTwoRankings draws two moments of the log and of the year: what diff says lies between them is what the rankings
// say, and each unit's moves lead from the one to the other without a hole.
func TestDiffIsTheDifferenceOfTwoRankings(t *testing.T) {
	everySeason(t, func(r *record) {
		positions := []int{rapid.IntRange(0, len(r.events)).Draw(r.T, "from position"), rapid.IntRange(0, len(r.events)).Draw(r.T, "to position")}
		moments := []time.Time{r.moment("from"), r.moment("to")}
		slices.Sort(positions)
		slices.SortFunc(moments, time.Time.Compare)
		from, to := r.point(domain.Position(positions[0]), moments[0]), r.point(domain.Position(positions[1]), moments[1])
		d := explain.Compare(season, from, to)
		before, after := r.ranked(from), r.ranked(to)
		for _, u := range d.Units {
			was, is := before[u.Unit], after[u.Unit]
			if diff := cmp.Diff([]*explain.Line{was.line, is.line}, []*explain.Line{u.Before, u.After}); diff != "" {
				r.Fatalf("%s (-ranking +diff):\n%s", u.Unit, diff)
			}
			for _, item := range u.Items {
				if got, want := []string{item.Before, item.After}, []string{was.item(item.Criterion), is.item(item.Criterion)}; !slices.Equal(got, want) {
					r.Fatalf("%s %s: %v, want %v", u.Unit, item.Criterion, got, want)
				}
			}
			r.leads(u, d.Causes)
			delete(before, u.Unit)
			delete(after, u.Unit)
		}
		if len(before)+len(after) > 0 {
			r.Fatalf("nothing is said of %v %v", before, after)
		}
	})
}

// lined is a unit's line as World.Ranking has it.
type lined struct {
	line  *explain.Line
	items map[string]string
}

// item is the points of a criterion, 0 where there are none.
func (l lined) item(criterion string) string {
	if points, ok := l.items[criterion]; ok {
		return points
	}
	return "0"
}

func (r *record) ranked(p explain.Point) map[string]lined {
	w := domain.NewWorld(season, r.now)
	for _, e := range p.Events {
		w.Evolve(e)
	}
	units := map[string]lined{}
	for _, s := range w.Ranking(p.At).Standings {
		l := lined{&explain.Line{
			Rank: s.Rank, Total: s.Total, IndicatorPoints: s.IndicatorPoints, Bonus: s.Bonus, Penalty: s.Penalty,
			VerifiedShare: s.VerifiedShare, Tier: s.Tier, Eligible: s.Eligible,
		}, map[string]string{}}
		for _, item := range s.Items {
			l.items[item.Criterion] = item.Points
		}
		units[s.Unit] = l
	}
	return units
}

// leads asks that a unit's moves follow one on another, and that what they moved adds up.
func (r *record) leads(u explain.UnitDifference, causes []explain.Cause) {
	line, last := u.Before, -1
	total, points := new(big.Rat), map[string]*big.Rat{}
	for _, m := range u.Moves {
		if diff := cmp.Diff(line, m.Before); diff != "" || m.Cause <= last || m.Cause >= len(causes) {
			r.Fatalf("%s: move %d does not follow on the one before:\n%s", u.Unit, m.Cause, diff)
		}
		total.Add(total, rat(r, m.TotalChange))
		for _, item := range m.Items {
			if points[item.Criterion] == nil {
				points[item.Criterion] = new(big.Rat)
			}
			points[item.Criterion].Add(points[item.Criterion], rat(r, item.Change))
		}
		line, last = m.After, m.Cause
	}
	if diff := cmp.Diff(u.After, line); diff != "" {
		r.Fatalf("%s: the moves lead elsewhere (-want +got):\n%s", u.Unit, diff)
	}
	same(r, u.Unit+"'s moves", total, u.TotalChange)
	for _, item := range u.Items {
		if sum := points[item.Criterion]; sum != nil {
			same(r, item.Criterion+"'s moves", sum, item.Change)
		} else if item.Change != "0" {
			r.Fatalf("nothing moved %s by %s", item.Criterion, item.Change)
		}
	}
}

// TestAMoveIsTheChangeOfTheRankingAtItsEvent compares the moves between two positions with the rankings right before and right after each event.
// What was discarded later never counts.
func TestAMoveIsTheChangeOfTheRankingAtItsEvent(t *testing.T) {
	everySeason(t, func(r *record) {
		r.events = domain.Void(r.events)
		from, at := domain.Position(rapid.IntRange(0, len(r.events)).Draw(r.T, "from position")), r.moment("as of")
		d := explain.Compare(season, r.point(from, at), r.point(domain.Position(len(r.events)), at))
		moved := map[domain.Position]map[string]explain.Move{}
		for _, u := range d.Units {
			for _, m := range u.Moves {
				position := d.Causes[m.Cause].Position
				if moved[position] == nil {
					moved[position] = map[string]explain.Move{}
				}
				moved[position][u.Unit] = m
			}
		}
		for position := from + 1; position <= domain.Position(len(r.events)); position++ {
			before, after := r.ranked(r.point(position-1, at)), r.ranked(r.point(position, at))
			for _, unit := range members {
				was, is := before[unit].line, before[unit].line // nothing moved it
				if m, ok := moved[position][unit]; ok {
					was, is = m.Before, m.After
				}
				if diff := cmp.Diff([]*explain.Line{before[unit].line, after[unit].line}, []*explain.Line{was, is}); diff != "" {
					r.Fatalf("position %d, %s (-rankings +move):\n%s", position, unit, diff)
				}
			}
		}
	})
}

// TestDaysAndOthersMove tells a unit that did nothing what moved it: the other's report that is the new best, and the day after the deadline.
func TestDaysAndOthersMove(t *testing.T) {
	report := func(unit, value, at string) domain.Change {
		return event(domain.ReportStream(season, unit, "Q1"), at, &domain.IndicatorReported{Criterion: "C0", Value: domain.Decimal(value), By: "p-1"})
	}
	events := smallEvents(report("alpha", "10", "2019-04-01T08:00:00+07:00"), report("beta", "20", "2019-04-03T08:00:00+07:00"))
	d := explain.Compare(season,
		explain.Point{Events: events, At: instant("2019-04-02T00:00:00+07:00").Time()}, explain.Point{Events: events, At: instant("2019-07-31T00:00:00+07:00").Time()})
	type told struct {
		Own    bool
		Change string
		Type   string
		Day    domain.Date
	}
	var got []told
	for _, u := range d.Units {
		if u.Unit != "alpha" {
			continue
		}
		for _, m := range u.Moves {
			got = append(got, told{m.Own, m.TotalChange, d.Causes[m.Cause].Type, d.Causes[m.Cause].Day})
		}
	}
	want := []told{{false, "-10", "indicator.reported", ""}, {true, "-2", "", "2019-07-06"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
