package scoring

import "math/big"

// scoreCriterion scores one criterion, the i-th, over all units: the unit of work, because an item's points may depend on the other
// units' items of that criterion and on nothing else. Items are in the order of the records.
func scoreCriterion(rules *Ruleset, i int, records []record) []Item {
	c := &rules.Criteria[i]
	items := make([]Item, len(records))
	for u := range records {
		r := &records[u]
		items[u] = assess(c, r.unit.Targets[c.ID], r.cells[i], r.reports)
	}
	leader, leaderUnit := lead(c, items, records)
	for u := range items {
		it := &items[u]
		it.Leader, it.LeaderUnit = leader, leaderUnit
		if it.State == StateScored {
			it.award(c, rules.Digits)
		}
	}
	return items
}

// assess finds an item's state, actual and attainment; its points wait for the other units.
func assess(c *Criterion, target Target, cells []cell, reports []Report) Item {
	it := Item{Criterion: c.ID, Points: new(big.Rat)}
	if target.NotApplicable {
		it.State = StateNotApplicable
		return it
	}
	it.Target, it.Cap = target.Value, c.limit()
	it.measure(c, cells, reports)
	switch {
	case it.Target == nil && c.Formula.NeedsTarget():
		it.State = StateNoTarget
		return it
	case it.Actual == nil:
		it.State = StateMissing
		return it
	}
	it.State, it.Verified = StateScored, it.allVerified()
	if c.Formula.NeedsTarget() {
		it.Attainment = attainment(c.Direction, it.Target, it.Actual, it.Cap)
	}
	return it
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

// lead finds what the formula measures every unit by, and whose it is: the largest attainment (relative) or actual (per_max) of the
// scored items, for the others have none; nil where the formula couples no units or nothing is scored.
func lead(c *Criterion, items []Item, records []record) (leader *big.Rat, unit string) {
	for u := range items {
		var own *big.Rat
		if c.Formula == FormulaRelative {
			own = items[u].Attainment
		}
		if c.Formula == FormulaPerMax {
			own = items[u].Actual
		}
		if own == nil {
			continue
		}
		id := records[u].unit.ID
		if leader == nil || own.Cmp(leader) > 0 || own.Cmp(leader) == 0 && id < unit {
			leader, unit = own, id
		}
	}
	return leader, unit
}
