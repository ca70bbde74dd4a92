package domain

import (
	"math/big"
	"time"

	"thidua/domain/scoring"
)

// Ranking is a season's standings as of a moment, with the engine's own account of each for an explanation.
type Ranking struct {
	Standings []Standing
	// Detail has one entry for each standing, in the same order.
	Detail []scoring.Standing
	// Final says that the moment is that of the finalised ranking.
	Final bool
}

// Digest is the result_sha256 of the ranking (spec "events", Digests).
func (r Ranking) Digest() string {
	if r.Standings == nil {
		return Digest([]Standing{})
	}
	return Digest(r.Standings)
}

// Ranking ranks the season as of a moment, never later than the one it was finalised at. Before the season is opened there is none, nor where
// the event that drafted it was discarded.
func (w *World) Ranking(at time.Time) Ranking {
	if w.Season.RulesetSHA256 == "" || w.Season.Draft == nil {
		return Ranking{}
	}
	final := w.Season.Final
	r := Ranking{Final: final != nil && !at.Before(final.T.Time())}
	r.Detail = scoring.Rank(w.scored(), at)
	for _, d := range r.Detail {
		r.Standings = append(r.Standings, w.standing(d))
	}
	return r
}

// scored gives the season to the scoring engine. A Ref is the index of a submission, or of a verification, in its report.
func (w *World) scored() scoring.Season {
	draft := w.Season.Draft
	s := scoring.Season{Ruleset: w.Season.Ruleset().scored(), Zone: w.Season.Zone()}
	if w.Season.Final != nil {
		s.FinalisedAt = w.Season.Final.T.Time()
	}
	for _, p := range draft.Periods {
		s.Periods = append(s.Periods, scoring.Period{ID: p.ID, Deadline: scoring.Date(p.Deadline)})
	}
	for _, unit := range draft.Members {
		s.Units = append(s.Units, w.scoredUnit(unit))
	}
	return s
}

func (w *World) scoredUnit(id string) scoring.Unit {
	u := scoring.Unit{ID: id, Targets: map[string]scoring.Target{}, Deadlines: map[string]scoring.Date{}}
	for _, t := range w.Pledge(id).Targets {
		target := scoring.Target{NotApplicable: t.Target == NotApplicable}
		if !target.NotApplicable {
			target.Value = Decimal(t.Target).Rat()
		}
		u.Targets[t.Criterion] = target
	}
	for _, p := range w.Season.Draft.Periods {
		report := w.Report(id, p.ID)
		u.Submissions = append(u.Submissions, report.scoredSubmissions(p.ID)...)
		u.Verifications = append(u.Verifications, report.scoredVerifications(p.ID)...)
		if own := report.Deadline(); own != "" {
			u.Deadlines[p.ID] = scoring.Date(own)
		}
	}
	conduct := w.Conduct(id)
	for _, a := range conduct.Adjustments {
		u.Adjustments = append(u.Adjustments, scoring.Adjustment{Kind: scoring.AdjustmentKind(a.Kind), Points: a.Points.Rat(), At: a.At.Time()})
	}
	for _, h := range conduct.Holds {
		last := h.Last(w.Season.Zone())
		u.Holds = append(u.Holds, scoring.Hold{From: scoring.Date(h.From), To: scoring.Date(last), Open: last == ""})
	}
	return u
}

func (p *Report) scoredSubmissions(period string) []scoring.Submission {
	scored := make([]scoring.Submission, len(p.Submissions))
	for i, s := range p.Submissions {
		scored[i] = scoring.Submission{Period: period, Criterion: s.Criterion, Value: s.Value.Rat(), Denominator: s.Denominator.scored(), At: s.At.Time(), Ref: i}
	}
	return scored
}

func (p *Report) scoredVerifications(period string) []scoring.Verification {
	scored := make([]scoring.Verification, len(p.Verifications))
	for i, v := range p.Verifications {
		scored[i] = scoring.Verification{Period: period, Criterion: v.Criterion, Value: v.Value.Rat(), Denominator: v.Denominator.scored(), At: v.At.Time(), Ref: i}
	}
	return scored
}

// scored is the number for the engine, nil where none is given.
func (d Decimal) scored() *big.Rat {
	if !d.Given() {
		return nil
	}
	return d.Rat()
}

func (r Ruleset) scored() scoring.Ruleset {
	s := scoring.Ruleset{
		Scale: r.Scale.Rat(), Digits: int(r.Rounding.Digits.Int()), BonusCap: r.BonusCap.Rat(),
		PerReport: r.Lateness.PerReport.Rat(), LatenessMax: r.Lateness.Max.Rat(),
	}
	for _, word := range r.TieBreak {
		s.TieBreak = append(s.TieBreak, scoring.TieBreak(word))
	}
	for _, t := range r.Tiers {
		s.Tiers = append(s.Tiers, scoring.Tier{ID: t.ID, MinTotal: t.MinTotal.Rat(), MinItemShare: t.MinItemShare.scored()})
	}
	for _, c := range r.Criteria {
		s.Criteria = append(s.Criteria, c.scored())
	}
	return s
}

func (c CriterionDefined) scored() scoring.Criterion {
	s := scoring.Criterion{
		ID: c.ID, Kind: scoring.Kind(c.Kind), Direction: scoring.Direction(c.Direction), OverTime: scoring.OverTime(c.OverTime),
		Formula: scoring.Formula(c.Formula), Points: c.Points.Rat(), Cap: c.Cap.scored(),
		StepPercent: c.StepPercent.scored(), PerStep: c.PerStep.scored(), PerItem: c.PerItem.scored(),
	}
	for _, step := range c.Steps {
		s.Steps = append(s.Steps, scoring.Step{AtLeast: step.AtLeast.Rat(), Share: step.Share.Rat()})
	}
	return s
}

// standing writes one line of the ranking in the form of the command line's answer (spec "scoring", In the output).
func (w *World) standing(d scoring.Standing) Standing {
	digits := int(w.Season.Draft.Rounding.Digits.Int())
	s := Standing{
		Rank: d.Rank, Unit: d.Unit, Total: scoring.Text(d.Total, digits), IndicatorPoints: scoring.Text(d.Indicator, digits),
		Bonus: scoring.ExactText(d.Bonus), Penalty: scoring.ExactText(d.Penalty), Late: d.Late, Absent: d.Absent,
		VerifiedShare: scoring.Text(d.VerifiedShare, 4), Tier: d.Tier, Eligible: d.Eligible, Items: make([]StandingItem, len(d.Items)),
	}
	if unit := w.Units[d.Unit]; unit != nil {
		s.Name.VI = unit.Name.VI
		if unit.Name.EN != "" {
			s.Name.EN = &unit.Name.EN
		}
	}
	for i, item := range d.Items {
		s.Items[i] = StandingItem{
			Criterion: item.Criterion, State: string(item.State), Points: scoring.Text(item.Points, digits), Verified: item.Verified,
			Target: scoring.TextOrNil(item.Target, 6), Actual: scoring.TextOrNil(item.Actual, 6), Attainment: scoring.TextOrNil(item.Attainment, 6),
		}
	}
	return s
}
