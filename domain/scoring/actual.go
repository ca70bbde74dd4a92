package scoring

import "math/big"

// measure fills in a unit's actual of a criterion and the values it is made of, or the cause why it is missing. The cells and reports are
// those of the periods, in calendar order.
func (it *Item) measure(c *Criterion, cells []cell, reports []Report) {
	used := c.used(cells)
	for _, v := range used {
		it.Used = append(it.Used, Used{Period: v.Period, Value: v.Value, Denominator: v.Denominator, Verified: v.verified, Ref: v.Ref})
	}
	if len(used) == 0 {
		it.Cause = CauseNoValue
		return
	}
	// Silence must not pay: where less is better, a period not reported would count as nothing happened.
	if c.Direction == DirectionLower {
		it.Silent = silent(cells, reports)
	}
	if len(it.Silent) > 0 {
		it.Cause = CauseSilence
		return
	}
	it.Actual = c.actual(used)
	if it.Actual == nil {
		it.Cause = CauseZeroDenominator
	}
}

// used picks the cells that the actual is made of: the last with a value, or all with one.
func (c *Criterion) used(cells []cell) []*cell {
	var used []*cell
	for i := range cells {
		if cells[i].given() {
			used = append(used, &cells[i])
		}
	}
	if c.OverTime == OverTimeLatest || c.OverTime == OverTimeCumulative {
		return used[max(0, len(used)-1):]
	}
	return used
}

// silent lists the periods whose deadline has passed without a value.
func silent(cells []cell, reports []Report) []string {
	var periods []string
	for i := range cells {
		if !cells[i].given() && reports[i].Passed {
			periods = append(periods, reports[i].Period)
		}
	}
	return periods
}

// actual computes A of the cells used, at least one; nil where it would divide by 0.
func (c *Criterion) actual(used []*cell) *big.Rat {
	total, largest := new(big.Rat), used[0].Value
	for _, v := range used {
		total.Add(total, v.Value)
		largest = greatest(largest, v.Value)
	}
	switch {
	case c.Kind == KindRatio:
		return percent(total, used)
	case c.OverTime == OverTimeMean:
		return quotient(total, whole(len(used)))
	case c.OverTime == OverTimeMax:
		return largest
	}
	return total // the sum, or the one cell of latest and cumulative
}

// percent is 100 · numerator / sum of the denominators; nil where that sum is 0.
func percent(numerator *big.Rat, used []*cell) *big.Rat {
	denominator := new(big.Rat)
	for _, v := range used {
		denominator.Add(denominator, v.Denominator)
	}
	if denominator.Sign() == 0 {
		return nil
	}
	return product(whole(100), quotient(numerator, denominator))
}
