package domain_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// A recount follows the rules of a value, its lock aside.
func TestVerifyIndicator(t *testing.T) {
	c := verify("alpha", "Q1", "R", "29/50", verifiedAt)
	past := signed().and(report("alpha", "Q1", "R", "30/50", reportedAt), report("alpha", "Q1", "Y", "1", reportedAt))
	past.when(c).then(t, &c.IndicatorVerified)
	past.tries(t, []trial{
		{"long after the lock", verify("alpha", "Q1", "Y", "0", "2019-12-31T23:59:59+07:00"), accepted},
		{"neither yes nor no", verify("alpha", "Q1", "Y", "0.5", verifiedAt), "yes-no value"},
		{"a ratio without a denominator", verify("alpha", "Q1", "R", "29", verifiedAt), "denominator denominator"},
		{"a denominator too many", verify("alpha", "Q1", "Y", "1/1", verifiedAt), "denominator denominator"},
		{"of nothing reported", verify("alpha", "Q2", "R", "29/50", verifiedAt), "verified-after verified_at"},
		{"what does not apply", verify("gamma", "Q1", "R", "29/50", verifiedAt), "applicable criterion, verified-after verified_at"},
		{"no member", verify("delta", "Q1", "R", "29/50", verifiedAt), "member unit, verified-after verified_at"},
		{"no period", verify("alpha", "Q5", "R", "29/50", verifiedAt), "known period, verified-after verified_at"},
		{"no criterion", verify("alpha", "Q1", "Z", "29", verifiedAt), "known criterion, verified-after verified_at"},
		{"before the period", verify("alpha", "Q1", "Y", "1", "2018-12-31T23:59:59+07:00"), "window verified_at, verified-after verified_at"},
	})
	past.by("2019-10-10T02:00:00Z").tries(t, []trial{
		{"at this very moment", verify("alpha", "Q1", "Y", "1", "2019-10-10T09:00:00+07:00"), accepted},
		{"ahead of the clock", verify("alpha", "Q1", "Y", "1", "2019-10-10T09:00:01+07:00"), "future verified_at"},
	})
}

// It comes after the first submission of its cell, and may come before a correction.
func TestVerifiedAfterFirst(t *testing.T) {
	signed().and(report("alpha", "Q1", "N", "4", reportedAt), correct("alpha", "5", correctedAt)).tries(t, []trial{
		{"at the instant of the first", verify("alpha", "Q1", "N", "3", "2019-03-20T02:00:00Z"), "verified-after verified_at"},
		{"just after the first", verify("alpha", "Q1", "N", "3", "2019-03-20T09:00:00.000001+07:00"), accepted},
		{"at the instant of the correction", verify("alpha", "Q1", "N", "3", correctedAt), accepted},
	})
}

// A cell may be counted again, but not twice at one instant.
func TestVerifiedTwice(t *testing.T) {
	signed().and(report("alpha", "Q1", "N", "4", reportedAt), report("alpha", "Q1", "Y", "1", reportedAt), verify("alpha", "Q1", "N", "3", verifiedAt)).tries(t, []trial{
		{"later", verify("alpha", "Q1", "N", "3", "2019-10-11T09:00:00+07:00"), accepted},
		{"at the same instant", verify("alpha", "Q1", "N", "3", verifiedAt), "duplicate verified_at"},
		{"at the same instant, written differently", verify("alpha", "Q1", "N", "2", "2019-10-10T02:00:00.0Z"), "duplicate verified_at"},
		{"another cell at that instant", verify("alpha", "Q1", "Y", "1", verifiedAt), accepted},
	})
}

// Nothing that feeds the ranking is later than it, in whatever order the papers are read.
func TestNotAfterFinalised(t *testing.T) {
	const exactly, after = finalisedAt, "2019-12-06T15:00:00.000001+07:00"
	base := []domain.Command{draft(), sign("alpha", signedAt), report("alpha", "Q1", "N", "4", reportedAt), finalise(finalisedAt)}
	for _, tt := range []struct {
		name  string
		paper domain.Command
		want  string
	}{
		{"a value at it", correct("alpha", "5", exactly), "window submitted_at"},
		{"a value after it", correct("alpha", "5", after), "window submitted_at, after-finalised submitted_at"},
		{"a recount at it", verify("alpha", "Q1", "N", "5", exactly), accepted},
		{"a recount after it", verify("alpha", "Q1", "N", "5", after), "after-finalised verified_at"},
		{"points at it", adjust("alpha", domain.Bonus, "1", exactly), accepted},
		{"points after it", adjust("alpha", domain.Bonus, "1", after), "after-finalised decided_at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(breaches(tt.want), together(t, append(slices.Clip(base), tt.paper)...)); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

// A ranking is not finalised at a moment before what is on the record: it would leave that out for good.
func TestNothingAfterRanking(t *testing.T) {
	past := signed().and(report("alpha", "Q1", "N", "4", reportedAt))
	for name, c := range map[string]domain.Command{
		"a recount": verify("alpha", "Q1", "N", "5", votedAt),
		"points":    adjust("alpha", domain.Bonus, "1", votedAt),
	} {
		t.Run(name, func(t *testing.T) {
			past.and(c).when(finalise("2019-12-10T08:59:59+07:00")).thenProblems(t, "after-finalised finalised_at")
			past.and(c).when(finalise(votedAt)).thenProblems(t, accepted)
		})
	}
}
