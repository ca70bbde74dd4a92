package bundle

import (
	"maps"
	"slices"
	"strings"

	"thidua/domain"
)

// names opens what the record holds of people: texts by their digests, persons by their refs.
type names interface {
	text(d *domain.Disclosable) string
	person(ref string) string
}

// papersOf writes what the record of a season says as the papers of a bundle, rows in a fixed order.
func papersOf(w *domain.World, n names) *season {
	s := newSeason()
	s.id = w.Season.ID
	if w.Season.Draft != nil {
		s.read, s.draft, s.criteria = true, *w.Season.Draft, slices.Clone(w.Season.Criteria)
	}
	if w.Season.Final != nil {
		s.finalisedAt = w.Season.Final.T
	}
	for _, id := range slices.Sorted(maps.Keys(w.Units)) {
		s.add(unitsFile, &unitRow{unit: id, data: w.Units[id].UnitRegistered})
	}
	for _, unit := range slices.Sorted(maps.Keys(w.Pledges)) {
		s.addPledge(unit, w.Pledges[unit], n)
	}
	for key, report := range w.Reports {
		s.addReport(key, report, n)
	}
	for _, unit := range slices.Sorted(maps.Keys(w.Conducts)) {
		s.addConduct(unit, w, n)
	}
	s.addAwards(w.Awards, n)
	for _, rows := range s.rows {
		slices.SortStableFunc(rows, func(a, b row) int { return slices.CompareFunc(a.cells(), b.cells(), compareCells) })
	}
	return s
}

func compareCells(a, b cell) int { return strings.Compare(a.field.plain(), b.field.plain()) }

func (s *season) add(file string, r row) {
	*r.from() = origin{file: file}
	s.rows[file] = append(s.rows[file], r)
}

func (s *season) addPledge(unit string, p *domain.Pledge, n names) {
	for _, t := range p.Targets {
		s.add(targetsFile, &targetRow{unit: unit, criterion: t.Criterion, target: t.Target})
	}
	for _, g := range p.Signatures {
		s.add(signaturesFile, &signatureRow{unit: unit, signer: n.person(g.Signer), role: n.text(g.Role), signedAt: g.At})
	}
}

func (s *season) addReport(key domain.ReportKey, p *domain.Report, n names) {
	for _, v := range p.Submissions {
		r := &valueRow{
			unit: key.Unit, period: key.Period, criterion: v.Criterion, value: v.Value, denominator: v.Denominator,
			submittedAt: v.At, submittedBy: n.person(v.By), reason: n.text(v.Reason), note: n.text(v.Note),
		}
		for _, e := range v.Evidence {
			r.evidence = append(r.evidence, file{name: n.text(e.Name), sha256: e.SHA256, size: e.Size})
		}
		s.add(valuesFile, r)
	}
	for _, v := range p.Verifications {
		s.add(verifiedFile, &verificationRow{
			unit: key.Unit, period: key.Period, criterion: v.Criterion, value: v.Value, denominator: v.Denominator,
			inspector: n.person(v.By), verifiedAt: v.At, finding: n.text(v.Finding),
		})
	}
	for _, e := range p.Extensions {
		s.add(exceptionsFile, &exceptionRow{
			unit: key.Unit, period: key.Period, deadline: e.Deadline, grantedBy: n.person(e.By), reason: n.text(e.Reason),
			grantedAt: e.At, document: n.text(e.Document),
		})
	}
}

// addConduct writes adjustments and holds. A hold that was lifted ends on that day, which is what awards are judged by.
func (s *season) addConduct(unit string, w *domain.World, n names) {
	for _, a := range w.Conducts[unit].Adjustments {
		s.add(adjustedFile, &adjustmentRow{
			unit: unit, kind: a.Kind, points: a.Points, reason: n.text(a.Reason), decidedBy: n.person(a.By), decidedAt: a.At,
		})
	}
	for _, h := range w.Conducts[unit].Holds {
		s.add(holdsFile, &holdRow{
			unit: unit, first: h.From, last: h.Last(w.Season.Zone()), reason: n.text(h.Reason), document: n.text(h.Document),
		})
	}
}

func (s *season) addAwards(a *domain.Awards, n names) {
	for _, b := range a.Ballots {
		s.add(ballotsFile, &ballotRow{heldAt: b.At, data: b.BallotTallied})
	}
	for _, g := range a.Grants {
		s.add(awardsFile, &awardRow{
			award: g.Award, unit: g.Unit, decision: g.DecisionNumber, decidedAt: g.At, signer: n.person(g.Signer), competence: n.text(g.Competence),
		})
	}
}
