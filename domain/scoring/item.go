package scoring

import "math/big"

// scoreCriterion scores one criterion, the i-th, over all units: the unit of work, because an item's points may depend on the other
// units' items of that criterion and on nothing else. Items are in the order of the records.
func scoreCriterion(rules *Ruleset, i int, records []record) []Item {
	c := &rules.Criteria[i]
	items, limit := make([]Item, len(records)), c.limit()
	for u := range records {
		r := &records[u]
		items[u] = assess(c, r.unit.Targets[c.ID], limit, r.cells[i], r.reports)
	}
	l := leader{formula: c.Formula}
	for u := range items {
		l.consider(&items[u], records[u].unit.ID)
	}
	for u := range items {
		items[u].measureBy(l, c, rules.Digits)
	}
	return items
}

// assess finds an item's state, actual and attainment; its points wait for the other units.
func assess(c *Criterion, target Target, limit *big.Rat, cells []cell, reports []Report) Item {
	it := newItem(c, target, limit)
	if it.State != StateNotApplicable {
		it.measure(c, cells, reports)
		it.settle(c, it.allVerified())
	}
	return it
}

// newItem is an item of which only the target is known.
func newItem(c *Criterion, target Target, limit *big.Rat) Item {
	it := Item{Criterion: c.ID, Points: new(big.Rat)}
	if target.NotApplicable {
		it.State = StateNotApplicable
		return it
	}
	it.Target, it.Cap = target.Value, limit
	return it
}

// settle finds the state of an item whose target and actual are known, and its attainment.
func (it *Item) settle(c *Criterion, verified bool) {
	switch {
	case it.Target == nil && c.Formula.NeedsTarget():
		it.State = StateNoTarget
		return
	case it.Actual == nil:
		it.State = StateMissing
		return
	}
	it.State, it.Verified = StateScored, verified
	if c.Formula.NeedsTarget() {
		it.Attainment = attainment(c.Direction, it.Target, it.Actual, it.Cap)
	}
}

// allVerified reports whether every value used was verified.
func (it *Item) allVerified() bool {
	for _, v := range it.Used {
		if !v.Verified {
			return false
		}
	}
	return true
}

// leader is what a formula measures every unit by, and whose it is: the largest attainment (relative) or actual (per_max) of the scored items,
// for the others have none; nil where the formula couples no units or nothing is scored.
type leader struct {
	formula Formula
	value   *big.Rat
	unit    string // of several the first by id
}

func (l *leader) consider(it *Item, unit string) {
	var own *big.Rat
	if l.formula == FormulaRelative {
		own = it.Attainment
	}
	if l.formula == FormulaPerMax {
		own = it.Actual
	}
	if own == nil {
		return
	}
	if l.value == nil {
		l.value, l.unit = own, unit
	} else if over := order(own, l.value); over > 0 || over == 0 && unit < l.unit {
		l.value, l.unit = own, unit
	}
}

// measureBy gives an item that was assessed its points, now that the leader is known.
func (it *Item) measureBy(l leader, c *Criterion, digits int) {
	it.Leader, it.LeaderUnit = l.value, l.unit
	if it.State == StateScored {
		it.award(c, digits)
	}
}
