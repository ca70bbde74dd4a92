package analytics_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// attacker holds what follows from what is shown, as linear equations between numbers that are not: each equation's right side is known.
type attacker struct {
	unknown   map[cell]int // the number of each unknown
	equations [][]*big.Rat
}

// attack knows of a season all that is shown, the totals of the units (also those that are published elsewhere, where the views show one), the total over
// the units of each sensitive criterion and period, and takes every formula for one that can be turned round, which favours it.
func attack(s *table, lines map[line]bool, totals map[string]bool) *attacker {
	a := &attacker{unknown: map[cell]int{}}
	for _, v := range s.values {
		if lines[v.line] {
			a.unknown[v.cell] = len(a.unknown)
		}
	}
	for _, u := range s.units {
		if totals[u] {
			continue
		}
		var sum []cell // a unit's points less those that are shown
		for _, c := range s.criteria {
			if l := (line{u, c.id}); lines[l] {
				sum = append(sum, s.counting(c, l)...)
			}
		}
		a.learn(sum)
	}
	for _, c := range s.criteria {
		a.totals(s, c, lines)
		a.largest(s, c, lines)
	}
	return a
}

// counting lists the cells that a line's actual value is made of.
func (s *table) counting(c criterion, l line) (cells []cell) {
	for _, v := range s.of(l) {
		cells = append(cells, v.cell)
	}
	if c.overTime != "sum" && len(cells) > 0 {
		cells = cells[len(cells)-1:]
	}
	return cells
}

// totals are those over the units, by period; where only one unit has reported, its total is no secret of ours.
func (a *attacker) totals(s *table, c criterion, lines map[line]bool) {
	of := map[string][]cell{}
	all := map[string]int{}
	for _, v := range s.values {
		if v.criterion == c.id && c.sensitive {
			all[v.period]++
			if lines[v.line] {
				of[v.period] = append(of[v.period], v.cell)
			}
		}
	}
	for period, cells := range of {
		if all[period] > 1 {
			a.learn(cells)
		}
	}
}

// largest is the largest actual of a criterion in which units are measured by it: the points of a unit that is shown give it away.
func (a *attacker) largest(s *table, c criterion, lines map[line]bool) {
	if !c.coupled() {
		return
	}
	shown := false
	var best []cell
	most := -1
	for _, u := range s.units {
		values, sum := s.counting(c, line{u, c.id}), 0
		for _, v := range s.values {
			if slices.Contains(values, v.cell) {
				sum += v.value
			}
		}
		shown = shown || !lines[line{u, c.id}] && sum > 0
		if len(values) > 0 && sum > most {
			most, best = sum, values
		}
	}
	if shown && len(best) > 0 && lines[best[0].line] {
		a.learn(best)
	}
}

// learn adds that the sum of some unknowns is known.
func (a *attacker) learn(cells []cell) {
	if len(cells) == 0 {
		return
	}
	row := make([]*big.Rat, len(a.unknown))
	for i := range row {
		row[i] = new(big.Rat)
	}
	for _, c := range cells {
		row[a.unknown[c]].SetInt64(1)
	}
	a.equations = append(a.equations, row)
}

// knows reports which unknowns follow exactly, by Gauss and Jordan.
func (a *attacker) knows() map[cell]bool {
	rows, done := a.equations, 0
	for column := range len(a.unknown) {
		at := slices.IndexFunc(rows[done:], func(r []*big.Rat) bool { return r[column].Sign() != 0 })
		if at < 0 {
			continue
		}
		rows[done], rows[done+at] = rows[done+at], rows[done]
		scale := new(big.Rat).Inv(rows[done][column])
		for i := range rows[done] {
			rows[done][i] = new(big.Rat).Mul(rows[done][i], scale)
		}
		for j, r := range rows {
			if j == done || r[column].Sign() == 0 {
				continue
			}
			factor := new(big.Rat).Set(r[column])
			for i := range r {
				r[i] = new(big.Rat).Sub(r[i], new(big.Rat).Mul(factor, rows[done][i]))
			}
		}
		if done++; done == len(rows) {
			break
		}
	}
	known := map[cell]bool{}
	for c, i := range a.unknown {
		known[c] = slices.ContainsFunc(rows, func(r []*big.Rat) bool {
			n := 0
			for _, x := range r {
				n += x.Sign() * x.Sign()
			}
			return n == 1 && r[i].Sign() != 0
		})
	}
	return known
}

// No number of a line in which one is under 5 is shown, none follows from what is, and what was hidden once stays hidden when more comes.
func TestSmallNumbersCanNotBeWorkedOut(t *testing.T) {
	t.Parallel()
	db := database(t)
	drawn, hid, shown := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		drawn++
		s := drawTable(rt, fmt.Sprintf("s%d", drawn))
		err := s.put(t.Context(), db)
		var lines, earlier map[line]bool
		var totals map[string]bool
		for v := range slices.Chunk(s.values, rapid.IntRange(3, 20).Draw(rt, "values between two looks")) {
			err = errors.Join(err, s.report(t.Context(), db, v))
			earlier = lines
			var failed error
			if lines, totals, failed = s.hidden(t.Context(), db); errors.Join(err, failed) != nil {
				rt.Fatal(errors.Join(err, failed))
			}
			for l := range earlier {
				if !lines[l] {
					rt.Errorf("%v was hidden before %v was reported and is shown after", l, v)
				}
			}
		}
		known := attack(s, lines, totals).knows()
		for _, v := range s.small() {
			if !lines[v.line] || known[v.cell] {
				rt.Errorf("%+v can be known: its line is hidden %v, it can be worked out %v; lines %v, totals %v", v, lines[v.line], known[v.cell], lines, totals)
			}
		}
		hid += len(lines)
		shown += len(s.units)*len(s.criteria) - len(lines)
	})
	if hid < drawn/2 || shown < drawn/2 {
		t.Errorf("%d lines were hidden and %d shown: too many or too few", hid, shown)
	}
}
