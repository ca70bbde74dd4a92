package main

import (
	"time"

	"thidua/domain"
	"thidua/domain/scoring"
)

// explainer writes an explanation from a world. Until the refs and digests that it collects are looked up, they stand where names and texts
// belong.
type explainer struct {
	w       *domain.World
	unit    string
	at      time.Time
	digits  int
	refs    []string
	digests []string
}

func (ex *explainer) explain(ranking domain.Ranking, i int) *explanation {
	s, d := ranking.Standings[i], ranking.Detail[i]
	e := &explanation{
		Season: ex.w.Season.ID, Unit: s.Unit, Final: ranking.Final, Rank: s.Rank, Total: s.Total, IndicatorPoints: s.IndicatorPoints,
		Base: scoring.Text(d.Base, ex.digits), Bonus: s.Bonus, Penalty: s.Penalty, Lateness: scoring.Text(d.Lateness, ex.digits),
		Adjustments: []adjustment{},
	}
	for _, adj := range ex.w.Conduct(ex.unit).Adjustments {
		if adj.At.Time().After(ex.at) {
			continue
		}
		e.Adjustments = append(e.Adjustments, adjustment{
			Kind: adj.Kind, Points: string(adj.Points), Reason: ex.digest(adj.Reason), By: ex.ref(adj.By), At: adj.At.String(), Position: adj.Position,
		})
	}
	for j, item := range d.Items {
		e.Items = append(e.Items, ex.item(s.Items[j], item))
	}
	return e
}

func (ex *explainer) item(s domain.StandingItem, item scoring.Item) itemExplanation {
	c := ex.w.Season.Ruleset().Criterion(item.Criterion)
	e := itemExplanation{
		Criterion: c.ID, Name: c.Name, Formula: c.Formula, OverTime: c.OverTime, Direction: c.Direction, MaxPoints: string(c.Points),
		State: s.State, Target: s.Target, Actual: s.Actual, Attainment: s.Attainment, Cap: scoring.TextOrNil(item.Cap, 6),
		Points: s.Points, Exact: scoring.TextOrNil(item.Unrounded, 12), Values: []valueBehind{},
	}
	if item.Leader != nil {
		e.Leader = &leader{Value: scoring.Text(item.Leader, 6), Unit: item.LeaderUnit}
	}
	e.Terms = terms(c, e, item)
	for _, period := range ex.w.Season.Draft.Periods {
		e.Values = append(e.Values, ex.values(period.ID, item)...)
	}
	return e
}

// values lists every version of a cell that had happened by the moment, in the order of the log.
func (ex *explainer) values(period string, item scoring.Item) []valueBehind {
	report := ex.w.Report(ex.unit, period)
	var values []valueBehind
	for i, s := range report.Submissions {
		if s.Criterion != item.Criterion || s.At.Time().After(ex.at) {
			continue
		}
		kind := "reported"
		if s.Corrected {
			kind = "corrected"
		}
		v := valueBehind{
			Period: period, Kind: kind, Version: s.Version, Value: string(s.Value), Denominator: string(s.Denominator), At: s.At.String(),
			By: ex.ref(s.By), Reason: ex.digest(s.Reason), Position: s.Position, Counts: used(item, period, false, i),
		}
		for _, f := range s.Evidence {
			v.Evidence = append(v.Evidence, evidenceFile{Name: ex.digest(f.Name), SHA256: f.SHA256, Size: f.Size})
		}
		values = append(values, v)
	}
	for i, v := range report.Verifications {
		if v.Criterion != item.Criterion || v.At.Time().After(ex.at) {
			continue
		}
		values = append(values, valueBehind{
			Period: period, Kind: "verified", Version: v.Version, Value: string(v.Value), Denominator: string(v.Denominator), At: v.At.String(),
			By: ex.ref(v.By), Reason: ex.digest(v.Finding), Position: v.Position, Counts: used(item, period, true, i),
		})
	}
	return values
}

func (ex *explainer) ref(ref string) string {
	ex.refs = append(ex.refs, ref)
	return ref
}

func (ex *explainer) digest(d *domain.Disclosable) string {
	if d == nil {
		return ""
	}
	ex.digests = append(ex.digests, d.Digest)
	return d.Digest
}

// time returns the moment that is asked for, the world's own where none is.
func (m moment) time(w *domain.World) (time.Time, error) {
	if m.at == "" {
		return w.Now, nil
	}
	return parseFlag("--at", m.at)
}

// parseFlag reads the time that a flag gives.
func parseFlag(flag, text string) (time.Time, error) {
	asked, err := domain.ParseInstant(text)
	if err != nil {
		return time.Time{}, &usageError{domain.Text{VI: flag + ": " + err.Error(), EN: flag + ": " + err.Error()}}
	}
	return asked.Time(), nil
}
