package explain_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/domain/explain"
)

// TestWithoutIsAReplayWithoutTheEvent strikes events that can be struck: the ranking is that of the record in which it is left out, and
// the changes are all in which that differs from the whole record's.
func TestWithoutIsAReplayWithoutTheEvent(t *testing.T) {
	everySeason(t, func(r *record) {
		at, events := r.moment("as of"), domain.Void(r.events)
		for range 3 {
			struck := rapid.SampledFrom(events).Draw(r.T, "struck")
			h, err := explain.Without(season, events, at, struck.Position)
			if errors.Is(err, domain.ErrRefused) {
				continue
			} else if err != nil {
				r.Fatal(err)
			}
			left := slices.DeleteFunc(slices.Clone(events), func(e domain.Recorded) bool { return e.Position == struck.Position })
			before, after := r.ranked(explain.Point{Events: events, At: at}), r.ranked(explain.Point{Events: left, At: at})
			changed := map[string]explain.HypothesisChange{}
			for _, c := range h.Changes {
				changed[c.Unit] = c
			}
			for _, s := range h.Ranking.Standings {
				want := after[s.Unit].line
				got := &explain.Line{
					Rank: s.Rank, Total: s.Total, IndicatorPoints: s.IndicatorPoints, Bonus: s.Bonus, Penalty: s.Penalty,
					VerifiedShare: s.VerifiedShare, Tier: s.Tier, Eligible: s.Eligible,
				}
				if diff := cmp.Diff(want, got); diff != "" {
					r.Fatalf("without %d, %s (-replay +got):\n%s", struck.Position, s.Unit, diff)
				}
				c, ok := changed[s.Unit]
				if was := before[s.Unit].line; ok != (*was != *want) || ok && (c.Recorded != *was || c.Hypothetical != *want) {
					r.Fatalf("without %d, %s: change %+v, want from %+v to %+v", struck.Position, s.Unit, c, *was, *want)
				}
			}
		}
	})
}

// TestWhatCanNotBeStruck asks for each kind of event whether it can be struck.
func TestWhatCanNotBeStruck(t *testing.T) {
	events := smallEvents(
		event(domain.PledgeStream(season, "alpha"), "", &domain.TargetsSet{}),
		event(domain.PledgeStream(season, "alpha"), "", &domain.PledgeSigned{}),
		event(domain.SeasonStream(season), "", &domain.CovenantEnteredIntoForce{}),
		event(domain.SeasonStream(season), "", &domain.ImportStarted{}),
		event(domain.ReportStream(season, "alpha", "Q1"), "", &domain.IndicatorReported{Criterion: "C0", Value: "1"}),
		event(domain.ReportStream(season, "alpha", "Q1"), "", &domain.IndicatorCorrected{Criterion: "C0", Value: "2"}),
		event(domain.ReportStream(season, "alpha", "Q1"), "", &domain.IndicatorVerified{Criterion: "C0", Value: "2"}),
		event(domain.ReportStream(season, "alpha", "Q1"), "", &domain.DeadlineExtended{Deadline: "2019-04-09"}),
		event(domain.ConductStream(season, "alpha"), "", &domain.PointsAdjusted{Kind: domain.Bonus, Points: "1"}),
		event(domain.ConductStream(season, "alpha"), "", &domain.HoldPlaced{Hold: "h", From: "2019-04-09"}),
		event(domain.ConductStream(season, "alpha"), "", &domain.HoldLifted{Hold: "h"}),
		event(domain.SeasonStream(season), "", &domain.RankingFinalised{}),
		event(domain.AwardsStream(season), "", &domain.BallotTallied{}),
		event(domain.ConductStream(season, "alpha"), "", &domain.Voided{}),
	)
	var struck []string
	for _, e := range events {
		_, err := domain.Strike(events, e.Position)
		if err == nil {
			struck = append(struck, e.Event.Words())
		} else if !errors.Is(err, domain.ErrRefused) {
			t.Errorf("%s: %v", e.Event.Words(), err)
		}
	}
	want := []string{
		"pledge.targets-set", "indicator.reported", "indicator.corrected", "indicator.verified", "deadline.extended", "points.adjusted", "hold.placed", "hold.lifted",
	}
	if diff := cmp.Diff(want, struck); diff != "" {
		t.Errorf("struck (-want +got):\n%s", diff)
	}
	if _, err := domain.Strike(events, 99); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("a position of no event: %v", err)
	}
}

// TestRestatedShowsWhatIsKnownNow restates a ranking after a hold that reaches back, and after a value was discarded.
func TestRestatedShowsWhatIsKnownNow(t *testing.T) {
	then := smallEvents(
		event(domain.ReportStream(season, "alpha", "Q1"), "2019-04-01T08:00:00+07:00", &domain.IndicatorReported{Criterion: "C0", Value: "10", By: "p-1"}),
		event(domain.ReportStream(season, "beta", "Q1"), "2019-04-01T08:00:00+07:00", &domain.IndicatorReported{Criterion: "C0", Value: "20", By: "p-1"}),
	)
	r := &record{events: then, versions: map[domain.Stream]uint64{}}
	final := domain.FinaliseRanking{Season: season, T: instant("2019-12-06T08:00:00+07:00")}.Changes(r.world(0))[0]
	r.add(final.Stream, final.Time, final.Event)
	differs := func() (all []string) {
		restated := explain.Restate(season, then, r.events)
		if restated.Differs != nil {
			t.Errorf("the final ranking doesn't follow from what it stood on: %s", *restated.Differs)
		}
		for _, u := range restated.Units {
			for _, what := range u.Differs {
				all = append(all, u.Unit+" "+what)
			}
		}
		return all
	}
	if got := differs(); got != nil {
		t.Errorf("nothing came since, yet %v differ", got)
	}
	r.add(domain.ConductStream(season, "beta"), domain.Instant{}, &domain.HoldPlaced{Hold: "h", From: "2019-12-01", Reason: sd("complaint")})
	if diff := cmp.Diff([]string{"beta eligible"}, differs()); diff != "" {
		t.Errorf("after a hold (-want +got):\n%s", diff)
	}
	r.events = slices.Clone(r.events)
	for i, e := range r.events {
		if e.Stream == domain.ReportStream(season, "beta", "Q1") {
			r.events[i].Event = &domain.Voided{}
		}
	}
	if diff := cmp.Diff([]string{"beta rank", "beta total", "beta eligible", "alpha rank", "alpha total"}, differs()); diff != "" {
		t.Errorf("after a discard (-want +got):\n%s", diff)
	}
	if explain.Restate(season, then, then) != nil {
		t.Error("a ranking that is not finalised is restated")
	}
}
