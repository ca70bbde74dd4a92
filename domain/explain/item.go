package explain

import (
	"cmp"
	"slices"

	"thidua/domain"
	"thidua/domain/scoring"
)

// item tells of the j-th criterion.
func (ex *explainer) item(s domain.StandingItem, item scoring.Item, j int) Item {
	c := &ex.w.Season.Criteria[j]
	e := Item{
		Criterion: c.ID, Name: c.Name, Formula: c.Formula, OverTime: c.OverTime, Direction: c.Direction, MaxPoints: string(c.Points),
		Defined: placeOf(ex.w.Season.CriteriaAt[j]), State: s.State, Cause: string(item.Cause), Silent: item.Silent,
		Target: s.Target, Actual: s.Actual, Attainment: s.Attainment, Cap: scoring.TextOrNil(item.Cap, 6),
		Points: s.Points, Exact: scoring.TextOrNil(item.Unrounded, 12), Verified: s.Verified, Values: []Value{},
	}
	if item.Leader != nil {
		e.Leader = &Leader{Value: scoring.Text(item.Leader, 6), Unit: item.LeaderUnit}
	}
	e.Terms = terms(c, e, item)
	for _, period := range ex.w.Season.Draft.Periods {
		e.Values = append(e.Values, ex.values(period.ID, item)...)
	}
	return e
}

// values lists every version of a cell that had happened by the moment: the submissions in the order of the log, then the verifications.
func (ex *explainer) values(period string, item scoring.Item) (values []Value) {
	report := ex.w.Report(ex.unit, period)
	for i, s := range report.Submissions {
		if s.Criterion != item.Criterion || s.At.Time().After(ex.at) {
			continue
		}
		v := Value{
			Period: period, Kind: "reported", Version: s.Version, Value: string(s.Value), Denominator: string(s.Denominator), At: s.At.String(),
			Said: said(s.By, s.Reason), Place: placeOf(s.Position), Counts: used(item, period, false, i),
		}
		if s.Corrected {
			v.Kind = "corrected"
		}
		for _, f := range s.Evidence {
			v.Evidence = append(v.Evidence, Evidence{digest(f.Name), digest(f.Name), f.SHA256, f.Size, f.MediaType})
		}
		values = append(values, v)
	}
	for i, v := range report.Verifications {
		if v.Criterion != item.Criterion || v.At.Time().After(ex.at) {
			continue
		}
		values = append(values, Value{
			Period: period, Kind: "verified", Version: v.Version, Value: string(v.Value), Denominator: string(v.Denominator), At: v.At.String(),
			Said: said(v.By, v.Finding), Place: placeOf(v.Position), Counts: used(item, period, true, i),
		})
	}
	supersede(values, report)
	return values
}

// supersede tells which of the versions of a cell the others gave way to: the latest verification, else the latest submission.
func supersede(values []Value, report *domain.Report) {
	if len(values) == 0 {
		return
	}
	when := map[domain.Position]domain.Instant{}
	for _, s := range report.Submissions {
		when[s.Position] = s.At
	}
	for _, v := range report.Verifications {
		when[v.Position] = v.At
	}
	kind := func(v Value) int {
		if v.Kind == "verified" {
			return 1
		}
		return 0
	}
	best := slices.MaxFunc(values, func(a, b Value) int {
		return cmp.Or(cmp.Compare(kind(a), kind(b)), when[a.Position].Time().Compare(when[b.Position].Time()))
	})
	for i := range values {
		if values[i].Position != best.Position {
			place := best.Place
			values[i].Superseded = &place
		}
	}
}

// used reports whether an item is made of the submission or verification with a ref.
func used(item scoring.Item, period string, verified bool, ref int) bool {
	return slices.ContainsFunc(item.Used, func(u scoring.Used) bool {
		return u.Period == period && u.Verified == verified && u.Ref == ref
	})
}
