package explain

import (
	"slices"
	"time"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Season explains a season's ranking as of a moment.
type Season struct {
	w       *domain.World
	at      time.Time
	ranking domain.Ranking
}

// Of ranks a season as of a moment, to explain it. The world must not change afterwards.
func Of(w *domain.World, at time.Time) *Season {
	return &Season{w: w, at: at, ranking: w.Ranking(at)}
}

// Ranking is the ranking that is explained.
func (s *Season) Ranking() domain.Ranking { return s.ranking }

// Unit explains the numbers of one unit, nil where it is not in the ranking. Refs and digests stand where names and texts belong.
func (s *Season) Unit(id string) *Unit {
	i := slices.IndexFunc(s.ranking.Standings, func(line domain.Standing) bool { return line.Unit == id })
	if i < 0 {
		return nil
	}
	ex := &explainer{w: s.w, unit: id, at: s.at, digits: int(s.w.Season.Draft.Rounding.Digits.Int())}
	return ex.explain(s.ranking, i)
}

// explainer explains one unit.
type explainer struct {
	w      *domain.World
	unit   string
	at     time.Time
	digits int
}

func (ex *explainer) explain(ranking domain.Ranking, i int) *Unit {
	s, d := ranking.Standings[i], ranking.Detail[i]
	e := &Unit{
		Season: ex.w.Season.ID, Unit: s.Unit, Position: ex.w.Position(), Final: ranking.Final, Rank: s.Rank, Total: s.Total, IndicatorPoints: s.IndicatorPoints,
		Base: scoring.Text(d.Base, ex.digits), Bonus: s.Bonus, Penalty: s.Penalty, Lateness: scoring.Text(d.Lateness, ex.digits),
		Adjustments: []Adjustment{},
	}
	for _, adj := range ex.w.Conduct(ex.unit).Adjustments {
		if adj.At.Time().After(ex.at) {
			continue
		}
		e.Adjustments = append(e.Adjustments, Adjustment{
			Kind: adj.Kind, Points: string(adj.Points), Reason: digest(adj.Reason), By: adj.By, At: adj.At.String(), Position: adj.Position,
		})
	}
	for j, item := range d.Items {
		e.Items = append(e.Items, ex.item(s.Items[j], item))
	}
	return e
}

func (ex *explainer) item(s domain.StandingItem, item scoring.Item) Item {
	c := ex.w.Season.Ruleset().Criterion(item.Criterion)
	e := Item{
		Criterion: c.ID, Name: c.Name, Formula: c.Formula, OverTime: c.OverTime, Direction: c.Direction, MaxPoints: string(c.Points),
		State: s.State, Target: s.Target, Actual: s.Actual, Attainment: s.Attainment, Cap: scoring.TextOrNil(item.Cap, 6),
		Points: s.Points, Exact: scoring.TextOrNil(item.Unrounded, 12), Values: []Value{},
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

// values lists every version of a cell that had happened by the moment, in the order of the log.
func (ex *explainer) values(period string, item scoring.Item) []Value {
	report := ex.w.Report(ex.unit, period)
	var values []Value
	for i, s := range report.Submissions {
		if s.Criterion != item.Criterion || s.At.Time().After(ex.at) {
			continue
		}
		kind := "reported"
		if s.Corrected {
			kind = "corrected"
		}
		v := Value{
			Period: period, Kind: kind, Version: s.Version, Value: string(s.Value), Denominator: string(s.Denominator), At: s.At.String(),
			By: s.By, Reason: digest(s.Reason), Position: s.Position, Counts: used(item, period, false, i),
		}
		for _, f := range s.Evidence {
			v.Evidence = append(v.Evidence, Evidence{Name: digest(f.Name), SHA256: f.SHA256, Size: f.Size})
		}
		values = append(values, v)
	}
	for i, v := range report.Verifications {
		if v.Criterion != item.Criterion || v.At.Time().After(ex.at) {
			continue
		}
		values = append(values, Value{
			Period: period, Kind: "verified", Version: v.Version, Value: string(v.Value), Denominator: string(v.Denominator), At: v.At.String(),
			By: v.By, Reason: digest(v.Finding), Position: v.Position, Counts: used(item, period, true, i),
		})
	}
	return values
}

// digest is that of a text, "" where there is none.
func digest(d *domain.Disclosable) string {
	if d == nil {
		return ""
	}
	return d.Digest
}

// used reports whether an item is made of the submission or verification with a ref.
func used(item scoring.Item, period string, verified bool, ref int) bool {
	return slices.ContainsFunc(item.Used, func(u scoring.Used) bool {
		return u.Period == period && u.Verified == verified && u.Ref == ref
	})
}
