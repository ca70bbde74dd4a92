package projections_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/projections"
)

// drawn is a journal that grows by events drawn at random, such as the rules let on the log; their times lie at most in the present.
type drawn struct {
	*journal
	rt *rapid.T
}

func drawJournal(rt *rapid.T) *journal { return drawJournalWith(rt, func(*drawn) {}) }

// drawJournalWith draws a journal, and lets somebody add to it after each step.
func drawJournalWith(rt *rapid.T, also func(*drawn)) *journal {
	d := &drawn{newJournal(), rt}
	d.now = time.Date(2019, 3, 28, 0, 0, 0, 0, time.UTC)
	seasons := []string{"s1", "s2"}
	d.registerUnit(members[0])
	for range rapid.IntRange(5, 60).Draw(rt, "events") {
		d.pass(time.Duration(rapid.IntRange(0, 60).Draw(rt, "minutes")) * time.Minute)
		if rapid.IntRange(0, 3).Draw(rt, "long pause") == 0 {
			d.pass(time.Duration(rapid.IntRange(1, 12*24).Draw(rt, "hours")) * time.Hour)
		}
		if rapid.IntRange(0, 9).Draw(rt, "register") == 0 {
			d.register()
			continue
		}
		d.season(rapid.SampledFrom(seasons).Draw(rt, "season"))
		also(d)
	}
	return d.journal
}

// register adds a unit or a person, if it is not on the register: units also after the season that they are members of was drafted.
func (d *drawn) register() {
	unit := rapid.SampledFrom(members).Draw(d.rt, "unit")
	if d.versions[domain.UnitStream(unit)] == 0 {
		d.registerUnit(unit)
		return
	}
	if rapid.Bool().Draw(d.rt, "erase") {
		d.erase()
		return
	}
	if rapid.Bool().Draw(d.rt, "key") {
		d.key(unit)
		return
	}
	d.registerPerson(fmt.Sprintf("p-%d", len(d.events)))
}

// key registers a key, confirms or revokes it, or signs with it.
func (d *drawn) key(unit string) {
	name := rapid.SampledFrom([]string{"first", "second"}).Draw(d.rt, "which key")
	_, public := keyOf(name)
	stream := domain.KeyStream(public.ID())
	switch rapid.IntRange(0, 3).Draw(d.rt, "of keys") {
	case 0:
		d.addKey(name, unit)
	case 1:
		d.add(stream, &domain.KeyConfirmed{Minutes: d.say("BB"), By: "p-1", Evidence: []domain.Evidence{{SHA256: "scan", Name: d.say("bb.pdf")}}})
	case 2:
		d.add(stream, &domain.KeyRevoked{From: d.at(0), By: "p-1", Reason: d.say("mất")})
	case 3:
		d.add(domain.SeasonStream("s1"), &domain.SignatureAdded{Position: 1, Signer: "p-1", Role: d.say("r"), Signature: envelopeOf(name)})
	}
}

// erase erases the texts of an event, which may have none or be erased already.
func (d *drawn) erase() {
	e := &domain.DisclosureErased{Basis: d.say("đơn"), By: "p-1", ApprovedBy: "p-2"}
	for _, text := range projections.Disclosables(rapid.SampledFrom(d.events).Draw(d.rt, "erased").Event) {
		e.Disclosures = append(e.Disclosures, text.Digest)
	}
	d.add(domain.PersonStream("p-1"), e)
}

// season adds something to a season that is possible in its state.
func (d *drawn) season(id string) {
	w := d.world(id)
	stream := domain.SeasonStream(id)
	zone := "Asia/Ho_Chi_Minh"
	if id == "s2" {
		zone = "America/New_York"
	}
	kinds := []string{"import", "fact", "fact", "fact", "fact", "conduct", "pledge"}
	if w.Season.Draft == nil {
		kinds = []string{"draft", "draft", "import"}
	}
	if w.Season.Final != nil {
		kinds = []string{"import", "hold", "award"}
	} else if len(w.Reports) > 2 && w.Season.Draft != nil {
		kinds = append(kinds, "finalise")
	}
	switch rapid.SampledFrom(kinds).Draw(d.rt, "kind") {
	case "draft":
		d.draft(id, zone)
	case "import":
		if bundle := w.Season.Importing; bundle != "" {
			d.add(stream, &domain.ImportCompleted{BundleSHA256: bundle})
		} else if rapid.Bool().Draw(d.rt, "start an import") {
			d.add(stream, &domain.ImportStarted{BundleSHA256: fmt.Sprintf("b%d", len(d.events))})
		}
	case "fact":
		d.fact(w)
	case "conduct":
		d.conduct(w)
	case "hold":
		d.hold(w)
	case "pledge":
		d.pledge(w)
	case "award":
		d.award(id)
	case "finalise":
		final, _ := (domain.FinaliseRanking{Season: id, T: d.at(-d.ago())}).Changes(w)[0].Event.(*domain.RankingFinalised)
		d.addAt(stream, final.T, final)
	}
}

// ago is how long before it was recorded something happened.
func (d *drawn) ago() time.Duration {
	return time.Duration(rapid.SampledFrom([]int{0, 0, 1, 300, 4000}).Draw(d.rt, "minutes ago")) * time.Minute
}

func (d *drawn) fact(w *domain.World) {
	unit, period := rapid.SampledFrom(members).Draw(d.rt, "unit"), rapid.SampledFrom([]string{"Q1", "Q2"}).Draw(d.rt, "period")
	stream := domain.ReportStream(w.Season.ID, unit, period)
	criterion := rapid.SampledFrom([]string{"A1", "A2", "A3", "B1"}).Draw(d.rt, "criterion")
	value, denominator := domain.Decimal(rapid.SampledFrom([]string{"0", "3", "12.50", "0120", "99.999999"}).Draw(d.rt, "value")), domain.Decimal("")
	switch criterion {
	case "A2":
		denominator = domain.Decimal(rapid.SampledFrom([]string{"0", "10", "33.3"}).Draw(d.rt, "denominator"))
	case "B1":
		value = "1"
	}
	at := d.at(-d.ago())
	switch rapid.IntRange(0, 5).Draw(d.rt, "fact") {
	case 0:
		d.addAt(stream, at, &domain.IndicatorVerified{Criterion: criterion, Value: value, Denominator: denominator, By: "p-2"})
	case 1:
		if w.Report(unit, period).Deadline() == "" {
			deadline := w.Season.Period(period).Deadline.In(time.UTC).AddDate(0, 0, rapid.IntRange(1, 15).Draw(d.rt, "days more"))
			d.addAt(stream, domain.Instant{}, &domain.DeadlineExtended{Deadline: domain.DateOf(deadline, time.UTC), By: "p-2", Reason: d.say("lũ quét")})
		}
	case 2:
		e := domain.IndicatorCorrected{Criterion: criterion, Value: value, Denominator: denominator, By: "p-1", Reason: d.say("nhầm")}
		d.addAt(stream, at, &e)
	default:
		d.addAt(stream, at, &domain.IndicatorReported{Criterion: criterion, Value: value, Denominator: denominator, By: "p-1"})
	}
}

func (d *drawn) conduct(w *domain.World) {
	if rapid.Bool().Draw(d.rt, "hold") {
		d.hold(w)
		return
	}
	stream := domain.ConductStream(w.Season.ID, rapid.SampledFrom(members).Draw(d.rt, "unit"))
	kind := rapid.SampledFrom([]string{domain.Bonus, domain.Penalty}).Draw(d.rt, "kind of points")
	d.addAt(stream, d.at(-d.ago()), &domain.PointsAdjusted{Kind: kind, Points: "2.50", By: "p-1", Reason: d.say("lý do")})
}

// hold places a hold, or lifts one.
func (d *drawn) hold(w *domain.World) {
	unit := rapid.SampledFrom(members).Draw(d.rt, "unit")
	stream := domain.ConductStream(w.Season.ID, unit)
	if holds := w.Conduct(unit).Holds; len(holds) > 0 && rapid.Bool().Draw(d.rt, "lift") {
		d.add(stream, &domain.HoldLifted{Hold: holds[len(holds)-1].Hold, By: "p-2", Reason: d.say("đã xong")})
		return
	}
	from := domain.DateOf(d.now.AddDate(0, 0, rapid.IntRange(-2, 5).Draw(d.rt, "begins in")), time.UTC)
	e := &domain.HoldPlaced{Hold: fmt.Sprintf("h%d", len(d.events)), From: from, Reason: d.say("đơn thư")}
	if rapid.Bool().Draw(d.rt, "ends") {
		e.To = domain.DateOf(from.In(time.UTC).AddDate(0, 0, rapid.IntRange(0, 5).Draw(d.rt, "days")), time.UTC)
	}
	d.add(stream, e)
}

// pledge sets targets before the signature, and then signs.
func (d *drawn) pledge(w *domain.World) {
	unit := rapid.SampledFrom(members).Draw(d.rt, "unit")
	if len(w.Pledge(unit).Signatures) > 0 {
		return
	}
	if rapid.Bool().Draw(d.rt, "sign") {
		d.sign(w.Season.ID, unit)
		signed := func(m string) bool { return m == unit || len(w.Pledge(m).Signatures) > 0 }
		if !slices.ContainsFunc(members, func(m string) bool { return !signed(m) }) {
			d.add(domain.SeasonStream(w.Season.ID), &domain.CovenantEnteredIntoForce{})
		}
		return
	}
	var targets []domain.Target
	for _, criterion := range []string{"A1", "A2", "A3"} {
		if target := rapid.SampledFrom([]string{"", "10", "0", "95.5", domain.NotApplicable}).Draw(d.rt, "target"); target != "" {
			targets = append(targets, domain.Target{Criterion: criterion, Target: target})
		}
	}
	d.setTargets(w.Season.ID, unit, targets...)
}

func (d *drawn) award(season string) {
	unit := rapid.SampledFrom(members).Draw(d.rt, "unit")
	stream := domain.AwardsStream(season)
	if rapid.Bool().Draw(d.rt, "ballot") {
		d.add(stream, &domain.BallotTallied{Award: "flag", Unit: unit, Body: domain.BodyCluster, Members: "3", Present: "3", Yes: "2", No: "1", Blank: "0", Invalid: "0"})
		return
	}
	d.add(stream, &domain.AwardGranted{Award: "flag", Unit: unit, DecisionNumber: "12/QĐ-ĐCT", Signer: "p-1", Competence: d.say("Chủ tịch"), By: "p-2"})
}
