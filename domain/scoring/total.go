package scoring

import (
	"math/big"
	"time"
)

// add fills in a standing from its items and the unit's record: indicator, bonus and penalty points, total, tier, eligibility.
func (st *Standing) add(s *Season, r *record, at time.Time) {
	rules := &s.Ruleset
	st.addItems(rules)
	st.addReports(rules, r.reports)
	bonus, penalty := r.unit.adjusted(at)
	st.Bonus = least(rules.BonusCap, bonus)
	st.Penalty = sum(st.Lateness, penalty)
	total := difference(sum(st.Indicator, st.Bonus), st.Penalty)
	st.Total = least(rules.Scale, greatest(new(big.Rat), total))
	st.Tier = st.tier(rules)
	st.Eligible = !r.unit.heldOn(DateOf(at, s.Zone))
}

// addItems sums up the items. Where some criteria are not applicable, what the others gave is brought to the full points; else base
// and full are the same, and a sum of rounded points stays as it is.
func (st *Standing) addItems(rules *Ruleset) {
	var points, full, lacking total
	scored, verified := 0, 0
	for i := range st.Items {
		it := &st.Items[i]
		points.add(it.Points)
		full.add(rules.Criteria[i].Points)
		switch it.State {
		case StateNotApplicable:
			lacking.add(rules.Criteria[i].Points)
		case StateScored:
			scored++
		case StateNoTarget, StateMissing:
		}
		if it.Verified {
			verified++
		}
	}
	st.VerifiedShare = big.NewRat(int64(verified), int64(max(1, scored)))
	st.Base, st.Indicator = full.rat(), points.rat()
	if lacking.sign() > 0 {
		st.Base = difference(st.Base, lacking.rat())
		st.Indicator = new(big.Rat)
		if st.Base.Sign() > 0 {
			st.Indicator = Round(quotient(product(points.rat(), full.rat()), st.Base), rules.Digits)
		}
	}
}

// addReports counts late and absent reports. A unit with no applicable criterion owes none.
func (st *Standing) addReports(rules *Ruleset, reports []Report) {
	if st.Base.Sign() > 0 {
		st.Reports = reports
	}
	for _, r := range st.Reports {
		if r.Late() {
			st.Late++
		}
		if r.Absent() {
			st.Absent++
		}
	}
	st.Lateness = least(rules.LatenessMax, product(rules.PerReport, whole(st.Late+st.Absent)))
}

// adjusted sums the bonuses and the penalties decided by a moment.
func (u *Unit) adjusted(at time.Time) (bonus, penalty *big.Rat) {
	bonus, penalty = new(big.Rat), new(big.Rat)
	for _, a := range u.Adjustments {
		switch {
		case a.At.After(at):
		case a.Kind == AdjustmentBonus:
			bonus.Add(bonus, a.Points)
		case a.Kind == AdjustmentPenalty:
			penalty.Add(penalty, a.Points)
		}
	}
	return bonus, penalty
}

// heldOn reports whether a hold is on that day.
func (u *Unit) heldOn(day Date) bool {
	for _, h := range u.Holds {
		if h.covers(day) {
			return true
		}
	}
	return false
}

// tier is the first tier that the standing reaches.
func (st *Standing) tier(rules *Ruleset) string {
	for _, t := range rules.Tiers {
		if order(st.Total, t.MinTotal) >= 0 && (t.MinItemShare == nil || st.everyItem(rules, t.MinItemShare)) {
			return t.ID
		}
	}
	return ""
}

// everyItem reports whether every applicable item has at least a share of its criterion's points.
func (st *Standing) everyItem(rules *Ruleset, share *big.Rat) bool {
	for i, it := range st.Items {
		if it.State != StateNotApplicable && order(it.Points, product(share, rules.Criteria[i].Points)) < 0 {
			return false
		}
	}
	return true
}
