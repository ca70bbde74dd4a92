package explain

import (
	"math/big"
	"slices"
	"strconv"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Report is how the unit stands with one period's report, which can cost points.
type Report struct {
	Period   string      `json:"period"`
	Deadline domain.Date `json:"deadline"` // the unit's own where it has one
	Passed   bool        `json:"passed"`
	// Extended is the exception that gave the unit its own deadline.
	Extended *Extended `json:"extended"`
	// Submitted is the local day of the first submission, which stands at First; null where there is none.
	Submitted *domain.Date `json:"submitted"`
	First     *Place       `json:"first"`
	Late      bool         `json:"late"`
	Absent    bool         `json:"absent"`
}

// Extended is an exception: the unit's own later deadline.
type Extended struct {
	Deadline domain.Date `json:"deadline"`
	Said
	Place
}

// reports tells of the reports that the unit owes.
func (ex *explainer) reports(owed []scoring.Report) []Report {
	reports := []Report{}
	for _, r := range owed {
		report := Report{Period: r.Period, Deadline: domain.Date(r.Deadline), Passed: r.Passed, Late: r.Late(), Absent: r.Absent()}
		own := ex.w.Report(ex.unit, r.Period)
		if n := len(own.Extensions); n > 0 && own.Deadline() != "" {
			e := own.Extensions[n-1]
			report.Extended = &Extended{e.Deadline, said(e.By, e.Reason), placeOf(e.Position)}
		}
		if r.Submitted != "" {
			day, first := domain.Date(r.Submitted), placeOf(ex.first(own).Position)
			report.Submitted, report.First = &day, &first
		}
		reports = append(reports, report)
	}
	return reports
}

// first is the submission of a report that came first by its own time; the report has one.
func (ex *explainer) first(report *domain.Report) domain.Submission {
	return slices.MinFunc(report.Submissions, func(a, b domain.Submission) int { return a.At.Time().Compare(b.At.Time()) })
}

// total writes how the total follows from the items' points, the bonuses and penalties, and the reports.
func (ex *explainer) total(d scoring.Standing, adjustments []Adjustment, reports []Report) []Term {
	c, season := newCalculation(), ex.w.Season
	ex.indicator(c, d)
	ex.lateness(c, reports)
	bonuses, penalties := []string{}, []string{"lateness"}
	for _, adj := range adjustments {
		name := c.event(adj.Kind+"."+strconv.FormatUint(adj.Position, 10), domain.Decimal(adj.Points).Rat(), adj.Position, "points")
		if adj.Kind == domain.Bonus {
			bonuses = append(bonuses, name)
		} else {
			penalties = append(penalties, name)
		}
	}
	c.event("bonus_cap", season.Draft.BonusCap.Rat(), season.DraftAt, "bonus_cap")
	c.compute("bonuses", OpSum, bonuses...)
	c.compute("bonus", OpMin, "bonus_cap", "bonuses")
	c.compute("penalty", OpSum, penalties...)
	c.compute("gained", OpSum, "indicator_points", "bonus")
	c.compute("net", OpDifference, "gained", "penalty")
	c.event("scale", season.Draft.Scale.Rat(), season.DraftAt, "scale")
	c.compute("not_below_0", OpMax, "0", "net")
	c.compute("total", OpMin, "scale", "not_below_0")
	return c.terms
}

// indicator writes the points of the items, brought to the full points where some criteria are not applicable, and the verified share.
func (ex *explainer) indicator(c *calculation, d scoring.Standing) {
	var points, applicable, full, scored, verified []string
	for j, item := range d.Items {
		of, season := From{Item: item.Criterion}, ex.w.Season
		m := c.event("M."+item.Criterion, season.Criteria[j].Points.Rat(), season.CriteriaAt[j], "points")
		full, points = append(full, m), append(points, c.given("points."+item.Criterion, item.Points, of))
		if item.State != scoring.StateNotApplicable {
			applicable = append(applicable, m)
		}
		if item.State == scoring.StateScored {
			scored = append(scored, c.given("scored."+item.Criterion, big.NewRat(1, 1), of))
		}
		if item.Verified {
			verified = append(verified, c.given("verified."+item.Criterion, big.NewRat(1, 1), of))
		}
	}
	c.compute("scored", OpSum, scored...)
	c.compute("verified", OpSum, verified...)
	c.compute("verified_share", OpQuotient, "verified", "scored")
	c.compute("points", OpSum, points...)
	c.compute("full", OpSum, full...)
	c.compute("base", OpSum, applicable...)
	c.compute("points_full", OpProduct, "points", "full")
	c.compute("brought_to_full", OpQuotient, "points_full", "base")
	c.event("digits", big.NewRat(ex.w.Season.Draft.Rounding.Digits.Int(), 1), ex.w.Season.DraftAt, "rounding.digits")
	c.compute("indicator_points", OpRound, "brought_to_full", "digits")
}

// lateness writes the penalty for late and absent reports.
func (ex *explainer) lateness(c *calculation, reports []Report) {
	lateness, at := ex.w.Season.Draft.Lateness, ex.w.Season.DraftAt
	var missed []string
	for _, r := range reports {
		if r.Late {
			missed = append(missed, c.given("late."+r.Period, big.NewRat(1, 1), From{Report: r.Period}))
		}
		if r.Absent {
			missed = append(missed, c.given("absent."+r.Period, big.NewRat(1, 1), From{Report: r.Period}))
		}
	}
	c.compute("missed", OpSum, missed...)
	c.event("per_report", lateness.PerReport.Rat(), at, "lateness.per_report")
	c.event("lateness_max", lateness.Max.Rat(), at, "lateness.max")
	c.compute("for_missed", OpProduct, "per_report", "missed")
	c.compute("lateness", OpMin, "lateness_max", "for_missed")
}
