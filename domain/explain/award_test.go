package explain_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/domain/explain"
)

// TestAwardIsMetWhereADecisionWouldBeTaken compares the conditions of an award with the judgement of the rules on a decision at that moment.
func TestAwardIsMetWhereADecisionWouldBeTaken(t *testing.T) {
	asked := []domain.Rule{domain.RuleAfterFinal, domain.RuleRank, domain.RuleTier, domain.RuleBallot, domain.RuleHold, domain.RuleLimit}
	everySeason(t, func(r *record) {
		r.now = r.now.Add(time.Hour)
		at := domain.InstantOf(r.now)
		for _, unit := range members {
			award := explain.Of(r.world(0), at.Time()).Unit(unit).Awards[0]
			if award.Grant != nil {
				continue
			}
			_, err := domain.Decide(r.world(0), domain.GrantAward{Season: season, At: at, AwardGranted: domain.AwardGranted{Award: "flag", Unit: unit, DecisionNumber: "99", Competence: sd("chair")}})
			var problems domain.Problems
			errors.As(err, &problems)
			refused := slices.ContainsFunc(problems, func(p *domain.Problem) bool { return slices.Contains(asked, p.Rule) })
			if award.Met == refused {
				r.Fatalf("%s: met %t, the rules say %v", unit, award.Met, err)
			}
		}
	})
}

// TestWhatCameAfterTheFinalMomentIsNotBehindTheTotal explains a ranking that was finalised as of a moment before an adjustment that is on the
// record too.
func TestWhatCameAfterTheFinalMomentIsNotBehindTheTotal(t *testing.T) {
	w := small(
		event(domain.ConductStream(season, "alpha"), "2019-11-01T08:00:00+07:00", &domain.PointsAdjusted{Kind: domain.Bonus, Points: "3", By: "p-2", Reason: sd("before")}),
		event(domain.ConductStream(season, "alpha"), "2019-12-01T08:00:00+07:00", &domain.PointsAdjusted{Kind: domain.Bonus, Points: "2", By: "p-2", Reason: sd("after")}),
		event(domain.SeasonStream(season), "2019-11-15T08:00:00+07:00", &domain.RankingFinalised{T: instant("2019-11-15T08:00:00+07:00")}),
	)
	u := explain.Of(w, instant("2019-12-31T08:00:00+07:00").Time()).Unit("alpha")
	var reasons []string
	for _, adj := range u.Adjustments {
		reasons = append(reasons, adj.Reason)
	}
	if diff := cmp.Diff([]string{"digest of before"}, reasons); diff != "" || u.At != "2019-11-15T08:00:00+07:00" {
		t.Errorf("as of %s (-want +got):\n%s", u.At, diff)
	}
}

// TestNamesStandBesideRefs puts names and texts in, and finds refs and digests unchanged.
func TestNamesStandBesideRefs(t *testing.T) {
	u := explain.Of(small(
		event(domain.ReportStream(season, "alpha", "Q1"), "2019-04-01T08:00:00+07:00", &domain.IndicatorReported{
			Criterion: "C0", Value: "3", By: "p-1", Evidence: []domain.Evidence{{SHA256: "ab", Name: sd("file")}},
		}),
		event(domain.ConductStream(season, "alpha"), "", &domain.HoldPlaced{Hold: "h1", From: "2019-05-01", Reason: sd("complaint")}),
		event(domain.ReportStream(season, "alpha", "Q2"), "", &domain.DeadlineExtended{Deadline: "2019-08-01", By: "p-2", Reason: sd("flood")}),
	), instant("2019-12-31T08:00:00+07:00").Time()).Unit("alpha")
	if diff := cmp.Diff([]string{"p-2", "p-1"}, u.Refs()); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"digest of complaint", "digest of flood", "digest of file"}, u.Digests()); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
	u.Name(func(ref string) string { return "name of " + ref }, func(digest string) string { return "text of " + digest })
	value := u.Items[0].Values[0]
	got := []string{value.By, value.ByRef, value.Evidence[0].Name, value.Evidence[0].NameSD, u.Reports[1].Extended.By, u.Eligibility.Holds[0].Reason}
	want := []string{"name of p-1", "p-1", "text of digest of file", "digest of file", "name of p-2", "text of digest of complaint"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
