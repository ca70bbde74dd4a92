package explain

import (
	"slices"
	"time"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Season explains a season's ranking as of a moment.
type Season struct {
	w         *domain.World
	asked, at time.Time      // the moment asked for, and the one that the ranking is of
	moment    domain.Instant // at, as it is shown
	ranking   domain.Ranking
}

// Of ranks a season as of a moment, to explain it. The world must not change afterwards.
func Of(w *domain.World, at time.Time) *Season {
	s := &Season{w: w, asked: at, at: at, moment: domain.InstantOf(at), ranking: w.Ranking(at)}
	if s.ranking.Final {
		s.moment = w.Season.Final.T
		s.at = s.moment.Time()
	}
	return s
}

// Ranking is the ranking that is explained.
func (s *Season) Ranking() domain.Ranking { return s.ranking }

// Unit explains the numbers of one unit, nil where it is not in the ranking. Refs and digests stand where names and texts belong.
func (s *Season) Unit(id string) *Unit {
	i := slices.IndexFunc(s.ranking.Standings, func(line domain.Standing) bool { return line.Unit == id })
	if i < 0 {
		return nil
	}
	line, d := s.ranking.Standings[i], s.ranking.Detail[i]
	ex := &explainer{Season: s, unit: id}
	digits := int(s.w.Season.Draft.Rounding.Digits.Int())
	u := &Unit{
		Season: s.w.Season.ID, Unit: id, Position: s.w.Position(), At: s.moment.String(), Final: s.ranking.Final,
		RulesetSHA256: s.w.Season.RulesetSHA256, Ruleset: placeOf(s.w.Season.OpenedAt), Pledge: ex.pledge(),
		Rank: line.Rank, Total: line.Total, IndicatorPoints: line.IndicatorPoints,
		Base: scoring.Text(d.Base, digits), Bonus: line.Bonus, Penalty: line.Penalty, Lateness: scoring.Text(d.Lateness, digits),
		Placing: s.placing(i), Tier: s.tier(d), Eligibility: ex.eligibility(domain.DateOf(s.at, s.w.Season.Zone())),
		Awards: ex.awards(line), Reports: ex.reports(d.Reports), Adjustments: ex.adjustments(),
	}
	u.Calculation = ex.total(d, u.Adjustments, u.Reports)
	for j := range d.Items {
		item := ex.item(line.Items[j], d.Items[j], j)
		item.Calculation = s.calculate(i, j)
		u.Items = append(u.Items, item)
	}
	return u
}

// explainer explains one unit.
type explainer struct {
	*Season
	unit string
}

func (ex *explainer) pledge() (p Pledge) {
	pledge := ex.w.Pledge(ex.unit)
	if pledge.TargetsAt > 0 {
		targets := placeOf(pledge.TargetsAt)
		p.Targets = &targets
	}
	if len(pledge.Signatures) > 0 {
		signed := pledge.Signatures[0]
		p.Signature = &Signature{
			Signer: signed.Signer, SignerRef: signed.Signer, At: signed.At.String(), TargetsSHA256: signed.TargetsSHA256,
			Paper: signed.Signature == domain.PaperSignature, Place: placeOf(signed.Position),
		}
	}
	return p
}

func (ex *explainer) adjustments() []Adjustment {
	adjustments := []Adjustment{}
	for _, adj := range ex.w.Conduct(ex.unit).Adjustments {
		if adj.At.Time().After(ex.at) {
			continue
		}
		adjustments = append(adjustments, Adjustment{adj.Kind, string(adj.Points), adj.At.String(), said(adj.By, adj.Reason), placeOf(adj.Position)})
	}
	return adjustments
}

// digest is that of a text, "" where there is none.
func digest(d *domain.Disclosable) string {
	if d == nil {
		return ""
	}
	return d.Digest
}
