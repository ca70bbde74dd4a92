package domain_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

func TestGrantAward(t *testing.T) {
	c := grant("flag", "alpha")
	final().and(tally("flag", "alpha", "2", "1", "3")).when(c).then(t, &c.AwardGranted)
	final().tries(t, []trial{
		{"what asks for no ballot", grant("merit", "alpha"), accepted},
		{"what the season has not", grant("medal", "alpha"), "known award"},
		{"to no member", grant("merit", "delta"), "member unit"},
	})
}

// alpha is first and excellent, beta second and good, gamma third and done.
func TestRankAndTier(t *testing.T) {
	voted := final().and(tally("flag", "alpha", "3", "0", "3"), tally("flag", "beta", "3", "0", "3"), tally("title", "gamma", "9", "0", "9"))
	voted.tries(t, []trial{
		{"the rank and tier asked for", grant("flag", "alpha"), accepted},
		{"too low in both", grant("flag", "beta"), "rank unit, tier unit"},
		{"better than the tier asked for", grant("merit", "alpha"), accepted},
		{"exactly the tier asked for", grant("merit", "beta"), accepted},
		{"below the tier asked for", grant("merit", "gamma"), "tier unit"},
		{"nothing asked for", grant("title", "gamma"), accepted},
	})
}

// A decision comes after the ranking was finalised, and not in the future.
func TestGrantAfterFinal(t *testing.T) {
	decided := func(at string) domain.GrantAward {
		return grant("merit", "alpha", func(c *domain.GrantAward) { c.At = instant(at) })
	}
	final().tries(t, []trial{
		{"at the same instant", decided("2019-12-06T08:00:00Z"), "before-finalised decided_at"},
		{"a microsecond after", decided("2019-12-06T15:00:00.000001+07:00"), accepted},
	})
	final().by(decidedAt).tries(t, []trial{
		{"at this very moment", decided(decidedAt), accepted},
		{"ahead of the clock", decided("2019-12-20T02:00:01Z"), "future decided_at"},
	})
	reported().when(grant("merit", "alpha")).thenProblems(t, "before-finalised decided_at")
}

// No hold on the local day of the decision; both its days are on it.
func TestGrantOnHold(t *testing.T) {
	decided := func(at string) domain.GrantAward {
		return grant("merit", "alpha", func(c *domain.GrantAward) { c.At = instant(at) })
	}
	final().and(hold("alpha", "2019-12-10", "2019-12-15")).tries(t, []trial{
		{"the second before", decided("2019-12-09T23:59:59+07:00"), accepted},
		{"its first second", decided("2019-12-10T00:00:00+07:00"), "hold decided_at"},
		{"its first second, in UTC", decided("2019-12-09T17:00:00Z"), "hold decided_at"},
		{"its last second", decided("2019-12-15T23:59:59+07:00"), "hold decided_at"},
		{"its last second, on the next day elsewhere", decided("2019-12-16T01:59:59+09:00"), "hold decided_at"},
		{"the second after", decided("2019-12-16T00:00:00+07:00"), accepted},
		{"the second after, still the day elsewhere", decided("2019-12-15T17:00:00Z"), accepted},
		{"another unit", grant("merit", "beta"), accepted},
	})
	final().and(hold("alpha", "2019-12-10", "")).tries(t, []trial{{"still on", grant("merit", "alpha"), "hold decided_at"}})
	final().and(hold("alpha", "2019-12-10", ""), lift("alpha", "2019-12-15T09:00:00+07:00")).tries(t, []trial{
		{"on the day it is lifted", decided("2019-12-15T23:59:59+07:00"), "hold decided_at"},
		{"on the day after", decided("2019-12-16T00:00:00+07:00"), accepted},
	})
}

// A hold that covers the day of a decision that is there already breaks the same rule, in papers and as a command.
func TestHoldAfterGrant(t *testing.T) {
	granted := final().and(grant("merit", "alpha"))
	granted.tries(t, []trial{
		{"from the next day", hold("alpha", "2019-12-21", ""), accepted},
		{"until the day before", hold("alpha", "2019-12-01", "2019-12-19"), accepted},
		{"of another unit", hold("beta", "2019-12-01", ""), accepted},
		{"from the day of the decision", hold("alpha", "2019-12-20", ""), "hold from"},
		{"until the day of the decision", hold("alpha", "2019-12-01", "2019-12-20"), "hold from"},
	})
	papers := slices.Concat(granted.past, []domain.Command{hold("alpha", "2019-12-20", "")})
	if diff := cmp.Diff(breaches("hold decided_at"), together(t, papers...)); diff != "" {
		t.Errorf("breaches of the papers (-want +got):\n%s", diff)
	}
}

// At most limit rows of an award, and one a unit.
func TestAwardLimit(t *testing.T) {
	voted := final().and(tally("title", "alpha", "9", "0", "9"), tally("title", "beta", "9", "0", "9"), tally("title", "gamma", "9", "0", "9"))
	voted.and(grant("title", "alpha")).tries(t, []trial{
		{"the last one", grant("title", "gamma"), accepted},
		{"twice to one unit", grant("title", "alpha"), "duplicate unit"},
	})
	voted.and(grant("title", "alpha"), grant("title", "gamma")).tries(t, []trial{
		{"one too many", grant("title", "beta"), "limit award"},
		{"another award", grant("merit", "beta"), accepted},
	})
}

// One decision may carry several awards, with one date, signer and competence.
func TestDecisionNumber(t *testing.T) {
	edit := func(edit func(*domain.GrantAward)) domain.GrantAward { return grant("merit", "beta", edit) }
	final().and(grant("merit", "alpha")).tries(t, []trial{
		{"the same decision", edit(func(*domain.GrantAward) {}), accepted},
		{"later on its day", edit(func(c *domain.GrantAward) { c.At = instant("2019-12-20T23:59:59+07:00") }), accepted},
		{"on its day at Hà Nội, the day before in UTC", edit(func(c *domain.GrantAward) { c.At = instant("2019-12-19T17:00:00Z") }), accepted},
		{"on another day", edit(func(c *domain.GrantAward) { c.At = instant("2019-12-21T00:00:00+07:00") }), "decision decision_number"},
		{"with another signer", edit(func(c *domain.GrantAward) { c.Signer = "p-deputy" }), "decision decision_number"},
		{"with another competence", edit(func(c *domain.GrantAward) { c.Competence = text("Chủ tịch nước") }), "decision decision_number"},
		{"the same competence under another digest", edit(func(c *domain.GrantAward) { c.Competence = &domain.Disclosable{Digest: "x", Text: c.Competence.Text} }), accepted},
		{"another decision", edit(func(c *domain.GrantAward) {
			c.DecisionNumber, c.At, c.Signer, c.Competence = "13/QĐ", instant("2019-12-21T09:00:00+07:00"), "p-deputy", text("Chủ tịch nước")
		}), accepted},
	})
}

// All that forbids an award is told at once.
func TestGrantForEveryReason(t *testing.T) {
	final().and(hold("beta", "2019-12-01", ""), tally("flag", "alpha", "3", "0", "3"), tally("flag", "beta", "1", "2", "3"), grant("flag", "alpha")).
		when(grant("flag", "beta", func(c *domain.GrantAward) { c.Signer = "p-deputy" })).
		thenProblems(t, "hold decided_at, decision decision_number, ballot award, rank unit, tier unit, limit award")
}
