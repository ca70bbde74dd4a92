package national

import (
	"strconv"
	"time"
)

// values are the forms that the units hand in, one for each period, and what inspectors counted again in the last one.
func (s *season) values() (reported, recounted [][]string) {
	reported = [][]string{{"unit", "period", "criterion", "value", "denominator", "submitted_at", "submitted_by", "evidence", "reason", "note"}}
	recounted = [][]string{{"unit", "period", "criterion", "value", "denominator", "inspector", "verified_at", "finding"}}
	silent := s.notApplicable()
	for _, unit := range s.units {
		total := make([]int, len(s.criteria)) // of each criterion, up to the period
		for n, p := range s.periods {
			handedIn := s.handedIn(p)
			for i, c := range s.criteria {
				value, denominator := s.value(c, &total[i])
				if silent[unit+" "+c.id] {
					continue
				}
				cell := []string{unit, p.id, c.id, value, denominator}
				reported = append(reported, append(cell[:5:5], instant(handedIn), "van-phong."+unit, "", "", ""))
				if s.once(2) {
					corrected, denominator := s.value(c, new(int))
					reported = append(reported, []string{unit, p.id, c.id, corrected, denominator, instant(handedIn.Add(26 * time.Hour)), "van-phong." + unit, "", "Đếm lại sau rà soát (minh hoạ)", ""})
				}
				if n == len(s.periods)-1 && s.once(4) {
					recounted = append(recounted, append(cell[:5:5], "kiem-tra."+s.cluster, instant(time.Date(year, 12, 17, 14, i%60, 0, 0, zone())), "Khớp hồ sơ (minh hoạ)"))
				}
			}
		}
	}
	return reported, recounted
}

// notApplicable are the cells that a pledge says are not applicable: they must have no value.
func (s *season) notApplicable() map[string]bool {
	cells := map[string]bool{}
	for _, row := range s.pledged {
		if row[2] == "na" {
			cells[row[0]+" "+row[1]] = true
		}
	}
	return cells
}

// handedIn is when a unit hands in its form: most on the last days, a few late, none after the lock.
func (s *season) handedIn(p period) time.Time {
	at := p.deadline.AddDate(0, 0, -s.chance.IntN(4))
	if s.once(3) {
		at = p.deadline.AddDate(0, 0, 1+s.chance.IntN(8))
	}
	return at.Add(time.Duration(7*3600+s.chance.IntN(15*3600)) * time.Second)
}

// value draws one value of a criterion and, where it is a ratio, its denominator.
func (s *season) value(c criterion, total *int) (value, denominator string) {
	goal := max(c.target, 20)
	switch {
	case c.kind == "yes_no":
		return strconv.Itoa(min(s.chance.IntN(8), 1)), ""
	case c.kind == "ratio":
		of := 40 + s.chance.IntN(60)
		return strconv.Itoa(of * (goal/2 + s.chance.IntN(60)) / 100), strconv.Itoa(of)
	case c.growing:
		*total += s.chance.IntN(goal/len(s.periods) + 2)
		return strconv.Itoa(*total), ""
	case c.overTime == "sum":
		return strconv.Itoa(s.chance.IntN(2*goal/len(s.periods) + 2)), ""
	}
	return strconv.Itoa(goal/2 + s.chance.IntN(goal)), ""
}
