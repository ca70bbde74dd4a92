package domain_test

import (
	"thidua/domain"
)

// The season of the stories: three members, two quarters, Hà Nội time. It is written so that the edges are near: the criteria and the
// bonuses make exactly the scale.
//
//	criterion  kind    over time  formula   points
//	N          number  sum        absolute      40
//	R          ratio   latest     relative      30
//	Y          yes_no  latest     yes_no        20
//
//	award      limit  rank  tier       ballot
//	flag           1     1  excellent  cluster, 50 %
//	title          2     -  -          council, 80 %
//	merit          2     -  good       -
const season = "north-2019"

// The moments of a calm year. Each story names its own where the moment is what it is about.
const (
	signedAt    = "2018-12-20T09:00:00+07:00"
	reportedAt  = "2019-03-20T09:00:00+07:00"
	correctedAt = "2019-04-01T09:00:00+07:00"
	verifiedAt  = "2019-10-10T09:00:00+07:00"
	adjustedAt  = "2019-10-11T09:00:00+07:00"
	finalisedAt = "2019-12-06T15:00:00+07:00"
	votedAt     = "2019-12-10T09:00:00+07:00"
	decidedAt   = "2019-12-20T09:00:00+07:00"
)

func instant(text string) domain.Instant {
	i, err := domain.ParseInstant(text)
	if err != nil {
		panic(err)
	}
	return i
}

// text is a disclosable text as it was just taken in.
func text(s string) *domain.Disclosable {
	return &domain.Disclosable{Digest: domain.Digest(s)[:43], Text: s}
}

func draft(edits ...func(*domain.DraftSeason)) domain.DraftSeason {
	d := domain.DraftSeason{Season: season, Draft: domain.SeasonDrafted{
		Cluster: "north", Year: "2019", Title: domain.Names{VI: "Cụm thi đua phía Bắc", EN: "Northern cluster"},
		Timezone: "Asia/Ho_Chi_Minh", Members: []string{"alpha", "beta", "gamma"}, Head: "alpha", Deputy: "beta",
		Periods: []domain.Period{
			{ID: "Q1", From: "2019-01-01", To: "2019-03-31", Deadline: "2019-04-05", Lock: "2019-04-20"},
			{ID: "Q2", From: "2019-04-01", To: "2019-06-30", Deadline: "2019-07-05", Lock: "2019-07-20"},
		},
		Awards: []domain.Award{
			{
				ID: "flag", Title: domain.Names{VI: "Cờ thi đua"}, Limit: "1", MaxRank: "1", MinTier: "excellent",
				Ballot: &domain.BallotCondition{Body: domain.BodyCluster, AtLeastPercent: "50"},
			},
			{
				ID: "title", Title: domain.Names{VI: "Danh hiệu"}, Limit: "2",
				Ballot: &domain.BallotCondition{Body: domain.BodyCouncil, AtLeastPercent: "80"},
			},
			{ID: "merit", Title: domain.Names{VI: "Bằng khen"}, Limit: "2", MinTier: "good"},
		},
		Rules: domain.Rules{
			Scale: "100", Rounding: domain.Rounding{Digits: "2"}, BonusCap: "10",
			Lateness: domain.Lateness{PerReport: "0.5", Max: "2"},
			TieBreak: []string{"fewer_penalty_points"},
			Tiers: []domain.Tier{
				{ID: "excellent", Name: domain.Names{VI: "Xuất sắc", EN: "Excellent"}, MinTotal: "60", MinItemShare: "0.25"},
				{ID: "good", Name: domain.Names{VI: "Tốt"}, MinTotal: "40"},
				{ID: "done", Name: domain.Names{VI: "Hoàn thành"}, MinTotal: "0"},
			},
		},
	}, Criteria: []domain.CriterionDefined{
		{ID: "N", Group: "A", Name: domain.Names{VI: "Mô hình mới"}, Measure: "model", Kind: "number", Direction: "higher", OverTime: "sum", Points: "40", Formula: "absolute"},
		{ID: "R", Group: "A", Name: domain.Names{VI: "Tỷ lệ hội viên"}, Kind: "ratio", Direction: "higher", OverTime: "latest", Points: "30", Formula: "relative"},
		{ID: "Y", Group: "B", Name: domain.Names{VI: "Nộp hồ sơ"}, Kind: "yes_no", Direction: "higher", OverTime: "latest", Points: "20", Formula: "yes_no"},
	}}
	return edited(d, edits)
}

// edited makes the changes that a story is about.
func edited[C any](c C, edits []func(*C)) C {
	for _, edit := range edits {
		edit(&c)
	}
	return c
}

func register(unit, parent string, edits ...func(*domain.RegisterUnit)) domain.RegisterUnit {
	return edited(domain.RegisterUnit{Unit: unit, UnitRegistered: domain.UnitRegistered{
		Name: domain.Names{VI: "Đơn vị " + unit, EN: "Unit " + unit}, Level: "tỉnh", Parent: parent, Code: "C-" + unit,
	}}, edits)
}

// targets takes pairs of criterion and target.
func targets(unit string, pairs ...string) domain.SetTargets {
	c := domain.SetTargets{Season: season, Unit: unit, TargetsSet: domain.TargetsSet{Targets: []domain.Target{}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.Targets = append(c.Targets, domain.Target{Criterion: pairs[i], Target: pairs[i+1]})
	}
	return c
}

func sign(unit, at string) domain.SignPledge {
	return domain.SignPledge{
		Season: season, Unit: unit, At: instant(at), Signer: "p-" + unit, Role: text("Chủ tịch"), Signature: domain.PaperSignature,
		Members: []string{"alpha", "beta", "gamma"},
	}
}

// report submits value, "numerator/denominator" for a ratio.
func report(unit, period, criterion, value, at string, edits ...func(*domain.ReportIndicator)) domain.ReportIndicator {
	numerator, denominator := ratio(value)
	return edited(domain.ReportIndicator{Season: season, Unit: unit, Period: period, At: instant(at), IndicatorReported: domain.IndicatorReported{
		Criterion: criterion, Value: numerator, Denominator: denominator, By: "p-" + unit,
	}}, edits)
}

// because states the reason of a correction.
func because(reason string) func(*domain.ReportIndicator) {
	return func(c *domain.ReportIndicator) { c.Reason = text(reason) }
}

// proven adds a file of evidence and a note.
func proven(c *domain.ReportIndicator) {
	c.Evidence = []domain.Evidence{{SHA256: domain.Digest("scan"), Size: 4096, MediaType: "application/pdf", Name: text("bien-ban.pdf")}}
	c.Note = text("số liệu của 12 xã")
}

// correct is a report of N in the first quarter with a reason.
func correct(unit, value, at string) domain.ReportIndicator {
	return report(unit, "Q1", "N", value, at, because("cộng sót"))
}

func verify(unit, period, criterion, value, at string) domain.VerifyIndicator {
	numerator, denominator := ratio(value)
	return domain.VerifyIndicator{Season: season, Unit: unit, Period: period, At: instant(at), IndicatorVerified: domain.IndicatorVerified{
		Criterion: criterion, Value: numerator, Denominator: denominator, By: "p-inspector", Finding: text("khớp sổ"),
	}}
}

func extend(unit, period string, deadline domain.Date) domain.ExtendDeadline {
	return domain.ExtendDeadline{Season: season, Unit: unit, Period: period, DeadlineExtended: domain.DeadlineExtended{
		Deadline: deadline, By: "p-head", Reason: text("lũ quét"),
	}}
}

func adjust(unit, kind string, points domain.Decimal, at string) domain.AdjustPoints {
	return domain.AdjustPoints{Season: season, Unit: unit, At: instant(at), PointsAdjusted: domain.PointsAdjusted{
		Kind: kind, Points: points, By: "p-head", Reason: text("mô hình hay"),
	}}
}

func hold(unit string, from, to domain.Date) domain.PlaceHold {
	return domain.PlaceHold{Season: season, Unit: unit, HoldPlaced: domain.HoldPlaced{Hold: "h-1", From: from, To: to, Reason: text("đang thanh tra")}}
}

func lift(unit, at string) domain.LiftHold {
	return domain.LiftHold{Season: season, Unit: unit, At: instant(at), HoldLifted: domain.HoldLifted{Hold: "h-1", By: "p-head", Reason: text("kết luận")}}
}

func finalise(at string) domain.FinaliseRanking {
	return domain.FinaliseRanking{Season: season, T: instant(at)}
}

// tally counts yes and no of so many members, all present.
func tally(award, unit string, yes, no, members domain.Whole, edits ...func(*domain.TallyBallot)) domain.TallyBallot {
	return edited(domain.TallyBallot{Season: season, At: instant(votedAt), BallotTallied: domain.BallotTallied{
		Award: award, Unit: unit, Members: members, Present: members, Yes: yes, No: no, Blank: "0", Invalid: "0",
	}}, edits)
}

func grant(award, unit string, edits ...func(*domain.GrantAward)) domain.GrantAward {
	return edited(domain.GrantAward{Season: season, At: instant(decidedAt), AwardGranted: domain.AwardGranted{
		Award: award, Unit: unit, DecisionNumber: "12/QĐ", Signer: "p-chair", Competence: text("Chủ tịch Trung ương Hội"), By: "p-clerk",
	}}, edits)
}

func ratio(value string) (numerator, denominator domain.Decimal) {
	for i := range value {
		if value[i] == '/' {
			return domain.Decimal(value[:i]), domain.Decimal(value[i+1:])
		}
	}
	return domain.Decimal(value), ""
}

// signed is the season with the pledges of all members. gamma has no English name.
func signed() story {
	unnamed := func(c *domain.RegisterUnit) { c.Name.EN = "" }
	return given(draft(), register("alpha", ""), register("beta", "alpha"), register("gamma", "", unnamed),
		targets("alpha", "N", "10", "R", "50"), targets("beta", "N", "10", "R", "50"), targets("gamma", "N", "10", "R", "na"),
		sign("alpha", signedAt), sign("beta", signedAt), sign("gamma", signedAt))
}

// final is the season with its ranking finalised: alpha is first and excellent, beta second and good, gamma third and done. It is what
// TestRanking computes by hand.
func final() story {
	return reported().and(finalise(finalisedAt))
}

// reported is the season with all its papers before the ranking.
func reported() story {
	return signed().and(
		report("alpha", "Q1", "N", "4", reportedAt),
		report("alpha", "Q1", "R", "30/50", reportedAt, proven),
		report("alpha", "Q1", "Y", "1", reportedAt),
		report("alpha", "Q2", "N", "5.5", "2019-06-20T09:00:00+07:00"),
		report("beta", "Q1", "N", "8", "2019-04-06T00:00:00+07:00"),
		report("beta", "Q1", "R", "20/40", "2019-04-06T00:00:00+07:00"),
		extend("beta", "Q2", "2019-07-12"),
		report("beta", "Q2", "Y", "0", "2019-07-12T23:59:59+07:00"),
		report("gamma", "Q1", "N", "9", reportedAt),
		correct("gamma", "6", correctedAt),
		verify("gamma", "Q1", "N", "5", verifiedAt),
		adjust("alpha", domain.Bonus, "12", adjustedAt),
		adjust("gamma", domain.Penalty, "1.25", adjustedAt),
	)
}
