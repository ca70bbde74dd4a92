package scoring

import "math/big"

// attainment is r for a target and an actual, not above the cap.
func attainment(direction Direction, target, actual, limit *big.Rat) *big.Rat {
	if direction == DirectionLower {
		if actual.Sign() == 0 {
			return limit
		}
		return least(quotient(target, actual), limit)
	}
	switch {
	case target.Sign() > 0:
		return least(quotient(actual, target), limit)
	case actual.Sign() > 0:
		return limit
	}
	return whole(1)
}

// award fills in the points of a scored item whose attainment and leader are known.
func (it *Item) award(c *Criterion, digits int) {
	switch c.Formula {
	case FormulaAbsolute:
		it.Unrounded = product(c.Points, it.Attainment)
	case FormulaRelative:
		it.Unrounded = product(c.Points, relative(it.Attainment, it.Leader))
	case FormulaSteps:
		it.Step = step(c.Steps, it.Attainment)
		it.Unrounded = new(big.Rat)
		if it.Step != nil {
			it.Unrounded = product(c.Points, it.Step.Share)
		}
	case FormulaDeduction:
		it.Short = short(it.Attainment, c.StepPercent)
		lost := product(c.PerStep, new(big.Rat).SetInt64(it.Short))
		it.Unrounded = greatest(new(big.Rat), difference(c.Points, lost))
	case FormulaPerMax:
		it.Unrounded = new(big.Rat)
		if it.Leader.Sign() > 0 {
			it.Unrounded = product(c.Points, quotient(it.Actual, it.Leader))
		}
	case FormulaYesNo:
		it.Unrounded = new(big.Rat)
		if it.Actual.Cmp(whole(1)) == 0 {
			it.Unrounded = c.Points
		}
	case FormulaCount:
		it.Unrounded = least(c.Points, product(c.PerItem, it.Actual))
	}
	it.Points = Round(it.Unrounded, digits)
}

// relative is the share of the points for r: half for the target met, the other half for what exceeds it, measured by the leader, who
// exceeds it at least as far.
func relative(r, leader *big.Rat) *big.Rat {
	one, half := whole(1), big.NewRat(1, 2)
	if order(r, one) <= 0 {
		return product(half, r)
	}
	beyond := quotient(difference(r, one), difference(leader, one))
	return product(half, sum(one, beyond))
}

// step finds the highest row of a step table that r reaches, nil where it reaches none.
func step(steps []Step, r *big.Rat) *Step {
	var reached *Step
	for i := range steps {
		s := &steps[i]
		if order(r, s.AtLeast) >= 0 && (reached == nil || order(s.AtLeast, reached.AtLeast) > 0) {
			reached = s
		}
	}
	return reached
}

// short counts the steps, begun or whole, that r stays below the target.
func short(r, stepPercent *big.Rat) int64 {
	missing := difference(whole(1), r)
	if missing.Sign() <= 0 {
		return 0
	}
	steps := quotient(product(whole(100), missing), stepPercent)
	count, rest := new(big.Int).QuoRem(steps.Num(), steps.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		count.Add(count, big.NewInt(1))
	}
	return count.Int64()
}
