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
	r := Ranking{Final: w.Season.finalAt(at)}
	r.Detail = scoring.Rank(w.scored(), at)
	for _, d := range r.Detail {
		r.Standings = append(r.Standings, w.standing(d))
	}
	return r
}

// finalAt reports whether a ranking as of a moment is the final one.
func (s *Season) finalAt(at time.Time) bool { return s.Final != nil && !at.Before(s.Final.T.Time()) }

// scored gives the season to the scoring engine. A Ref is the index of a submission, or of a verification, in its report.
func (w *World) scored() scoring.Season {
	s := w.Season.scored()
	for _, unit := range w.Season.Draft.Members {
		s.Units = append(s.Units, w.scoredUnit(unit))
	}
	return s
}

// scored is what a drafted season itself says, without its units.
func (s *Season) scored() scoring.Season {
	scored := scoring.Season{Ruleset: s.Ruleset().scored(), Zone: s.Zone()}
	if s.Final != nil {
		scored.FinalisedAt = s.Final.T.Time()
	}
	for _, p := range s.Draft.Periods {
		scored.Periods = append(scored.Periods, scoring.Period{ID: p.ID, Deadline: scoring.Date(p.Deadline)})
	}
	return scored
}

func (w *World) scoredUnit(id string) scoring.Unit {
	u := scoring.Unit{ID: id, Targets: scoredTargets(w.Pledge(id).Targets), Deadlines: map[string]scoring.Date{}}
	for _, p := range w.Season.Draft.Periods {
		report := w.Report(id, p.ID)
		u.Submissions = append(u.Submissions, report.scoredSubmissions(p.ID)...)
		u.Verifications = append(u.Verifications, report.scoredVerifications(p.ID)...)
		if own := report.Deadline(); own != "" {
			u.Deadlines[p.ID] = scoring.Date(own)
		}
	}
	conduct := w.Conduct(id)
	u.Adjustments, u.Holds = conduct.scoredAdjustments(), conduct.scoredHolds(w.Season.Zone())
	return u
}

func scoredTargets(targets []Target) map[string]scoring.Target {
	scored := make(map[string]scoring.Target, len(targets))
	for _, t := range targets {
		target := scoring.Target{NotApplicable: t.Target == NotApplicable}
		if !target.NotApplicable {
			target.Value = Decimal(t.Target).Rat()
		}
		scored[t.Criterion] = target
	}
	return scored
}

func (c *Conduct) scoredAdjustments() (scored []scoring.Adjustment) {
	for _, a := range c.Adjustments {
		scored = append(scored, scoring.Adjustment{Kind: scoring.AdjustmentKind(a.Kind), Points: a.Points.Rat(), At: a.At.Time()})
	}
	return scored
}

func (c *Conduct) scoredHolds(zone *time.Location) (scored []scoring.Hold) {
	for _, h := range c.Holds {
		last := h.Last(zone)
		scored = append(scored, scoring.Hold{From: scoring.Date(h.From), To: scoring.Date(last), Open: last == ""})
	}
	return scored
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
	s := standing(d, digits)
	if unit := w.Units[d.Unit]; unit != nil {
		s.Name.VI = unit.Name.VI
		if unit.Name.EN != "" {
			s.Name.EN = &unit.Name.EN
		}
	}
	s.Items = make([]StandingItem, len(d.Items))
	for i, item := range d.Items {
		s.Items[i] = standingItem(item, digits)
	}
	return s
}

// standing writes a line without its name and its items.
func standing(d scoring.Standing, digits int) Standing {
	return Standing{
		Rank: d.Rank, Unit: d.Unit, Total: scoring.Text(d.Total, digits), IndicatorPoints: scoring.Text(d.Indicator, digits),
		Bonus: scoring.ExactText(d.Bonus), Penalty: scoring.ExactText(d.Penalty), Late: d.Late, Absent: d.Absent,
		VerifiedShare: scoring.Text(d.VerifiedShare, 4), Tier: d.Tier, Eligible: d.Eligible,
	}
}

func standingItem(item scoring.Item, digits int) StandingItem {
	return StandingItem{
		Criterion: item.Criterion, State: string(item.State), Points: scoring.Text(item.Points, digits), Verified: item.Verified,
		Target: scoring.TextOrNil(item.Target, 6), Actual: scoring.TextOrNil(item.Actual, 6), Attainment: scoring.TextOrNil(item.Attainment, 6),
	}
}
