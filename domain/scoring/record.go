package scoring

import "time"

// cell is the value that counts for one unit, criterion and period. The zero value is a missing one.
type cell struct {
	Submission
	verified bool
}

// given reports whether the cell has a value. 0 is a value.
func (c *cell) given() bool { return c.Value != nil }

// record is what counts of one unit as of a moment.
type record struct {
	unit    *Unit
	cells   [][]cell // by criterion and period, in their orders
	reports []Report // by period, owed or not
}

// records reads every unit's papers as of a moment.
func (s *Season) records(at time.Time) []record {
	criteria := make(map[string]int, len(s.Ruleset.Criteria))
	for i := range s.Ruleset.Criteria {
		criteria[s.Ruleset.Criteria[i].ID] = i
	}
	periods := make(map[string]int, len(s.Periods))
	for i, p := range s.Periods {
		periods[p.ID] = i
	}
	records := make([]record, len(s.Units))
	for i := range s.Units {
		u := &s.Units[i]
		records[i] = record{unit: u, cells: u.cells(s, criteria, periods, at), reports: s.reports(u, at)}
	}
	return records
}

// cells finds the value that counts in every cell: the latest verification, else the latest submission. Criteria and periods are given
// by their places; of several with one id the last counts.
func (u *Unit) cells(s *Season, criteria, periods map[string]int, at time.Time) [][]cell {
	width := len(s.Periods)
	all := make([]cell, len(s.Ruleset.Criteria)*width)
	cells := make([][]cell, len(s.Ruleset.Criteria))
	for i := range cells {
		cells[i] = all[i*width : (i+1)*width]
	}
	put := func(v Submission, verified bool) {
		c, known := criteria[v.Criterion]
		p, in := periods[v.Period]
		if !known || !in || v.At.After(at) {
			return
		}
		if old := &cells[c][p]; !old.given() || verified && !old.verified || v.At.After(old.At) {
			*old = cell{Submission: v, verified: verified}
		}
	}
	for _, v := range u.Submissions {
		put(v, false)
	}
	// After all submissions, so that none replaces a verification, however late it came.
	for _, v := range u.Verifications {
		put(Submission(v), true)
	}
	return cells
}

// reports says of every period when the unit first submitted a value of it, and by when it had to. A verification is no submission.
func (s *Season) reports(u *Unit, at time.Time) []Report {
	first := make(map[string]time.Time, len(s.Periods))
	for _, v := range u.Submissions {
		if earliest, ok := first[v.Period]; !v.At.After(at) && (!ok || v.At.Before(earliest)) {
			first[v.Period] = v.At
		}
	}
	today := DateOf(at, s.Zone)
	reports := make([]Report, len(s.Periods))
	for i, p := range s.Periods {
		r := Report{Period: p.ID, Deadline: p.Deadline}
		if own, ok := u.Deadlines[p.ID]; ok {
			r.Deadline = own
		}
		r.Passed = today.After(r.Deadline)
		if submitted, ok := first[p.ID]; ok {
			r.Submitted = DateOf(submitted, s.Zone)
		}
		reports[i] = r
	}
	return reports
}
