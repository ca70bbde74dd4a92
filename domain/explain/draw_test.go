package explain_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/domain/scoring"
)

// record is the log of one season in memory: what is added to it gets the positions and versions that the log would give.
type record struct {
	*rapid.T
	events   []domain.Recorded
	now      time.Time
	versions map[domain.Stream]uint64
}

const season = "north-2019"

var members = []string{"alpha", "beta", "gamma", "delta"}

// everySeason tries a property on 200 seasons drawn at random.
func everySeason(t *testing.T, property func(r *record)) {
	t.Helper()
	for range 2 {
		rapid.Check(t, func(t *rapid.T) { property(draw(t)) })
	}
}

// draw draws a season with any rules and any events that can be on the record.
func draw(t *rapid.T) *record {
	r := &record{T: t, now: time.Date(2019, 1, 2, 3, 4, 5, 0, time.UTC), versions: map[domain.Stream]uint64{}}
	for _, unit := range members {
		r.add(domain.UnitStream(unit), domain.Instant{}, &domain.UnitRegistered{Name: domain.Names{VI: "Hội " + unit}, Level: "province"})
	}
	r.draft()
	for _, unit := range members {
		r.targets(unit)
		r.add(domain.PledgeStream(season, unit), r.ago(), &domain.PledgeSigned{Signer: "p-" + unit, Role: sd("role"), Signature: domain.PaperSignature})
	}
	r.now = time.Date(2019, 3, 28, 0, 0, 0, 0, time.UTC)
	for range rapid.IntRange(0, 60).Draw(t, "events") {
		r.now = r.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 60, 1440, 20_000}).Draw(t, "minutes")) * time.Minute)
		r.deed()
	}
	if rapid.Bool().Draw(t, "finalised") {
		final := domain.FinaliseRanking{Season: season, T: r.ago()}.Changes(r.world(0))[0]
		r.add(final.Stream, final.Time, final.Event)
		r.now = r.now.Add(50 * time.Hour)
		for range rapid.IntRange(0, 4).Draw(t, "events after") {
			r.afterwards()
		}
	}
	return r
}

// add records an event.
func (r *record) add(s domain.Stream, at domain.Instant, e domain.Event) {
	r.versions[s]++
	r.events = append(r.events, domain.Recorded{
		Change: domain.Change{Stream: s, Time: at, Event: e}, Position: domain.Position(len(r.events) + 1), RecordedTime: r.now, StreamVersion: r.versions[s],
	})
}

// world folds the first events; all of them where there is no position.
func (r *record) world(upTo domain.Position) *domain.World {
	w := domain.NewWorld(season, r.now)
	events := r.events
	if upTo > 0 {
		events = events[:upTo]
	}
	for _, e := range domain.Void(events) {
		w.Evolve(e)
	}
	return w
}

// one draws one of several words.
func (r *record) one(what string, of ...string) string { return rapid.SampledFrom(of).Draw(r.T, what) }

// ago is a moment at which what is recorded now may have happened.
func (r *record) ago() domain.Instant {
	return domain.InstantOf(r.now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 1, 300, 4000}).Draw(r.T, "minutes ago")) * time.Minute))
}

func sd(text string) *domain.Disclosable { return &domain.Disclosable{Digest: "digest of " + text} }

// draft drafts a season of one to four criteria, and opens it.
func (r *record) draft() {
	d := domain.DraftSeason{Season: season, Draft: domain.SeasonDrafted{
		Year: "2019", Timezone: r.one("zone", "Asia/Ho_Chi_Minh", "America/New_York"), Members: members,
		Periods: []domain.Period{{ID: "Q1", Deadline: "2019-04-05"}, {ID: "Q2", Deadline: "2019-07-05"}},
		Awards: []domain.Award{{
			ID: "flag", Limit: "1", MaxRank: "2", MinTier: "good", Ballot: &domain.BallotCondition{Body: domain.BodyCluster, AtLeastPercent: "50"},
		}},
		Rules: domain.Rules{
			Scale: "60", Rounding: domain.Rounding{Digits: domain.Whole(r.one("digits", "0", "2"))}, BonusCap: "5", Lateness: domain.Lateness{PerReport: "2", Max: "3"},
			TieBreak: rapid.Permutation([]string{"fewer_penalty_points", "higher_indicator_points", "higher_verified_share"}).Draw(r.T, "tie-break"),
			Tiers:    []domain.Tier{{ID: "good", MinTotal: "20", MinItemShare: "0.3"}, {ID: "fair", MinTotal: "8"}, {ID: "poor", MinTotal: "0"}},
		},
	}}
	for i := range rapid.IntRange(1, 4).Draw(r.T, "criteria") {
		d.Criteria = append(d.Criteria, r.criterion(fmt.Sprint("C", i)))
	}
	for _, c := range d.Changes(nil) {
		r.add(c.Stream, c.Time, c.Event)
	}
}

// criterion draws any valid criterion.
func (r *record) criterion(id string) domain.CriterionDefined {
	var valid []domain.CriterionDefined
	for _, formula := range []string{"absolute", "relative", "relative", "relative", "steps", "deduction", "per_max", "per_max", "yes_no", "count"} {
		for _, kind := range []string{"number", "ratio", "yes_no"} {
			for _, overTime := range []string{"sum", "latest", "cumulative", "mean", "max"} {
				for _, direction := range []string{"higher", "lower"} {
					if scoring.ValidCombination(scoring.Kind(kind), scoring.OverTime(overTime)) && scoring.ValidFormula(scoring.Formula(formula), scoring.Kind(kind), scoring.Direction(direction)) {
						valid = append(valid, domain.CriterionDefined{ID: id, Kind: kind, OverTime: overTime, Formula: formula, Direction: direction})
					}
				}
			}
		}
	}
	c := rapid.SampledFrom(valid).Draw(r.T, id)
	c.Points = domain.Decimal(r.one("points", "7", "20", "33"))
	switch c.Formula {
	case "steps":
		c.Steps = []domain.Step{{AtLeast: "0.5", Share: "0.4"}, {AtLeast: "1.2", Share: "1"}, {AtLeast: "1", Share: "0.9"}}
	case "deduction":
		c.StepPercent, c.PerStep = "7.5", "3"
	case "count":
		c.PerItem = "3"
	case "absolute", "relative":
		c.Cap = domain.Decimal(r.one("cap", "", "1", "1.2", "2"))
	}
	return c
}

// targets sets a unit's targets, any that can be.
func (r *record) targets(unit string) {
	var targets []domain.Target
	for _, c := range r.world(0).Season.Criteria {
		if target := r.one("target", "", "10", "0", "12.5", "7", domain.NotApplicable); target != "" {
			targets = append(targets, domain.Target{Criterion: c.ID, Target: target})
		}
	}
	r.add(domain.PledgeStream(season, unit), domain.Instant{}, &domain.TargetsSet{Targets: targets})
}

// deed is what can happen in a season that goes on.
func (r *record) deed() {
	unit := r.one("unit", members...)
	conduct := domain.ConductStream(season, unit)
	switch rapid.IntRange(0, 11).Draw(r.T, "deed") {
	case 0:
		r.add(conduct, r.ago(), &domain.PointsAdjusted{Kind: r.one("kind", domain.Bonus, domain.Penalty), Points: "3", By: "p-2", Reason: sd("points")})
	case 1:
		r.hold(unit)
	case 2:
		r.add(domain.ReportStream(season, unit, r.one("period", "Q1", "Q2")), domain.Instant{}, &domain.DeadlineExtended{
			Deadline: domain.Date(r.one("deadline", "2019-04-20", "2019-08-01")), By: "p-2", Reason: sd("flood"),
		})
	case 3:
		if !slices.ContainsFunc(r.events, func(e domain.Recorded) bool { return e.Stream.Aggregate == domain.AggregateReport }) {
			r.targets(unit)
		}
	case 4:
		r.discard()
	default:
		r.value(unit)
	}
}

// discard discards any event of a unit.
func (r *record) discard() {
	e := rapid.SampledFrom(r.events).Draw(r.T, "discarded")
	if e.Stream.Season != "" && e.Stream.Unit != "" {
		r.add(e.Stream, r.ago(), &domain.EventDiscarded{Position: e.Position, SHA256: fmt.Sprintf("%x", sha256.Sum256(e.Payload)), Reason: sd("discarded")})
	}
}

// value reports, corrects or verifies a value.
func (r *record) value(unit string) {
	c := rapid.SampledFrom(r.world(0).Season.Criteria).Draw(r.T, "criterion")
	stream := domain.ReportStream(season, unit, r.one("period", "Q1", "Q2"))
	value, denominator := domain.Decimal(r.one("value", "0", "3", "10", "12.50", "0017")), domain.Decimal("")
	switch c.Kind {
	case "ratio":
		denominator = domain.Decimal(r.one("denominator", "0", "10", "33.3"))
	case "yes_no":
		value = domain.Decimal(r.one("yes", "0", "1"))
	}
	reported := domain.IndicatorReported{
		Criterion: c.ID, Value: value, Denominator: denominator, By: "p-1", Reason: sd("value"),
		Evidence: []domain.Evidence{{SHA256: fmt.Sprintf("%064d", len(r.events)), Size: 3, MediaType: "text/plain", Name: sd("file")}},
	}
	switch rapid.IntRange(0, 3).Draw(r.T, "as") {
	case 0:
		r.add(stream, r.ago(), &domain.IndicatorVerified{Criterion: c.ID, Value: value, Denominator: denominator, By: "p-3", Finding: sd("finding")})
	case 1:
		corrected := domain.IndicatorCorrected(reported)
		r.add(stream, r.ago(), &corrected)
	default:
		r.add(stream, r.ago(), &reported)
	}
}

// hold places a hold, or lifts one.
func (r *record) hold(unit string) {
	stream := domain.ConductStream(season, unit)
	if holds := r.world(0).Conduct(unit).Holds; len(holds) > 0 && rapid.Bool().Draw(r.T, "lift") {
		r.add(stream, r.ago(), &domain.HoldLifted{Hold: holds[0].Hold, By: "p-2", Reason: sd("lifted")})
		return
	}
	from := r.now.AddDate(0, 0, rapid.IntRange(-2, 5).Draw(r.T, "begins in"))
	e := &domain.HoldPlaced{Hold: fmt.Sprintf("h%d", len(r.events)), From: domain.DateOf(from, time.UTC), Reason: sd("hold")}
	if rapid.Bool().Draw(r.T, "ends") {
		e.To = domain.DateOf(from.AddDate(0, 0, rapid.IntRange(0, 9).Draw(r.T, "days")), time.UTC)
	}
	r.add(stream, domain.Instant{}, e)
}

// afterwards is what can happen after a ranking was finalised.
func (r *record) afterwards() {
	unit := r.one("unit", members...)
	switch r.one("after", "hold", "ballot", "grant") {
	case "hold":
		r.hold(unit)
	case "ballot":
		r.add(domain.AwardsStream(season), domain.InstantOf(r.now), &domain.BallotTallied{
			Award: "flag", Unit: unit, Body: domain.BodyCluster, Members: "4", Present: "4", Yes: domain.Whole(r.one("yes", "1", "2", "3")), No: "1", Blank: "0", Invalid: "0",
		})
	default:
		r.add(domain.AwardsStream(season), domain.InstantOf(r.now), &domain.AwardGranted{
			Award: "flag", Unit: unit, DecisionNumber: "12/QĐ", Signer: "p-9", Competence: sd("chair"), By: "p-2",
		})
	}
}

// small is a season of one criterion and two members, with events of its own.
func small(changes ...domain.Change) *domain.World {
	w := domain.NewWorld(season, time.Date(2020, 1, 31, 0, 0, 0, 0, time.UTC))
	for _, e := range smallEvents(changes...) {
		w.Evolve(e)
	}
	return w
}

func smallEvents(changes ...domain.Change) []domain.Recorded {
	r := &record{versions: map[domain.Stream]uint64{}}
	draft := domain.DraftSeason{Season: season, Draft: domain.SeasonDrafted{
		Timezone: "Asia/Ho_Chi_Minh", Members: []string{"alpha", "beta"},
		Periods: []domain.Period{{ID: "Q1", Deadline: "2019-04-05"}, {ID: "Q2", Deadline: "2019-07-05"}},
		Rules:   domain.Rules{Scale: "100", BonusCap: "5", Lateness: domain.Lateness{PerReport: "2", Max: "10"}, Tiers: []domain.Tier{{ID: "only", MinTotal: "0"}}},
	}, Criteria: []domain.CriterionDefined{{ID: "C0", Kind: "number", Direction: "higher", OverTime: "sum", Points: "20", Formula: "per_max"}}}
	for _, c := range append(draft.Changes(nil), changes...) {
		r.add(c.Stream, c.Time, c.Event)
	}
	return r.events
}

func event(s domain.Stream, at string, e domain.Event) domain.Change {
	return domain.Change{Stream: s, Time: instant(at), Event: e}
}

// instant is a moment as written, none where nothing is.
func instant(text string) domain.Instant {
	i, _ := domain.ParseInstant(text)
	return i
}

// moment draws a moment of the year, often the present.
func (r *record) moment(what string) time.Time {
	if rapid.Bool().Draw(r.T, what+" now") {
		return r.now
	}
	return time.Date(2019, 3, 25, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 150*24*60).Draw(r.T, what)) * time.Minute)
}
