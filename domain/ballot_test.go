package domain_test

import (
	"fmt"
	"testing"

	"thidua/domain"
)

// A ballot names the body that its award asks.
func TestTallyBallot(t *testing.T) {
	final().when(tally("flag", "alpha", "2", "1", "3")).then(t, &domain.BallotTallied{
		Award: "flag", Unit: "alpha", Body: domain.BodyCluster, Members: "3", Present: "3", Yes: "2", No: "1", Blank: "0", Invalid: "0",
	})
	final().when(tally("title", "beta", "7", "2", "9")).then(t, &domain.BallotTallied{
		Award: "title", Unit: "beta", Body: domain.BodyCouncil, Members: "9", Present: "9", Yes: "7", No: "2", Blank: "0", Invalid: "0",
	})
	final().when(tally("merit", "beta", "7", "2", "9")).then(t, &domain.BallotTallied{
		Award: "merit", Unit: "beta", Members: "9", Present: "9", Yes: "7", No: "2", Blank: "0", Invalid: "0",
	})
	final().and(tally("flag", "alpha", "2", "1", "3")).tries(t, []trial{
		{"twice", tally("flag", "alpha", "3", "0", "3"), "duplicate unit"},
		{"on another unit", tally("flag", "beta", "1", "2", "3"), accepted},
		{"on another award", tally("title", "alpha", "9", "0", "9"), accepted},
		{"on an award that is none", tally("medal", "alpha", "9", "0", "9"), "known award"},
		{"on no member", tally("flag", "delta", "2", "1", "3"), "member unit"},
	})
}

// yes + no + blank + invalid = present ≤ members; the cluster's members are the season's.
func TestBallotCount(t *testing.T) {
	council := func(members, present, yes, no, blank, invalid domain.Whole) domain.TallyBallot {
		return tally("title", "alpha", yes, no, members, func(c *domain.TallyBallot) { c.Present, c.Blank, c.Invalid = present, blank, invalid })
	}
	final().tries(t, []trial{
		{"all kinds of votes", council("11", "10", "4", "3", "2", "1"), accepted},
		{"nobody came", council("11", "0", "0", "0", "0", "0"), accepted},
		{"all came", council("10", "10", "10", "0", "0", "0"), accepted},
		{"a vote too few", council("11", "10", "4", "3", "2", "0"), "ballot-count present"},
		{"a vote too many", council("11", "10", "4", "4", "2", "1"), "ballot-count present"},
		{"more came than there are", council("9", "10", "4", "3", "2", "1"), "ballot-count present"},
		{"both", council("9", "10", "4", "3", "2", "2"), "ballot-count present, ballot-count present"},
		{"the cluster", tally("flag", "alpha", "2", "1", "3"), accepted},
		{"less than the cluster", tally("flag", "alpha", "2", "0", "2"), "ballot-count members"},
		{"more than the cluster", tally("flag", "alpha", "2", "2", "4"), "ballot-count members"},
	})
}

// A ballot is held after the ranking was finalised, and not in the future.
func TestBallotAfterFinal(t *testing.T) {
	held := func(at string) domain.TallyBallot {
		return tally("flag", "alpha", "2", "1", "3", func(c *domain.TallyBallot) { c.At = instant(at) })
	}
	final().tries(t, []trial{
		{"at the same instant", held("2019-12-06T08:00:00Z"), "before-finalised held_at"},
		{"a microsecond after", held("2019-12-06T15:00:00.000001+07:00"), accepted},
	})
	final().by(decidedAt).tries(t, []trial{
		{"at this very moment", held(decidedAt), accepted},
		{"ahead of the clock", held("2019-12-20T09:00:01+07:00"), "future held_at"},
	})
	reported().when(held(votedAt)).thenProblems(t, "before-finalised held_at")
}

// yes·100 ≥ at_least_percent·members, of all members and not of those present; exactly the percentage passes.
func TestPassed(t *testing.T) {
	for _, tt := range []struct {
		yes, present, members, percent domain.Whole
		want                           bool
	}{
		{"5", "5", "9", "50", true},
		{"4", "4", "9", "50", false}, // all who came
		{"5", "10", "10", "50", true},
		{"4", "4", "10", "50", false},
		{"8", "8", "10", "80", true},
		{"7", "7", "9", "80", false}, // 77.8 %
		{"2", "3", "3", "67", false}, // 66.7 %
		{"2", "3", "3", "66", true},
		{"0", "3", "3", "0", true},
		{"3", "3", "3", "100", true},
		{"2", "2", "3", "100", false},
		{"499999999999999", "499999999999999", "999999999999999", "50", false},
		{"500000000000000", "500000000000000", "999999999999999", "50", true},
	} {
		ballot := domain.BallotTallied{Yes: tt.yes, Present: tt.present, Members: tt.members}
		if got := ballot.Passed(&domain.BallotCondition{AtLeastPercent: tt.percent}); got != tt.want {
			t.Errorf("%s yes of %s present and %s members with %s %%: passed is %t", tt.yes, tt.present, tt.members, tt.percent, got)
		}
	}
	none := domain.BallotTallied{Yes: "0", Members: "9"}
	if !none.Passed(nil) {
		t.Error("a ballot of which nothing is asked did not pass")
	}
}

// The award hangs on the ballot in just that way.
func TestGrantAfterBallot(t *testing.T) {
	for yes, want := range map[domain.Whole]string{"9": accepted, "8": accepted, "7": "ballot award"} {
		t.Run(fmt.Sprintf("%s of 10 with 80 %%", yes), func(t *testing.T) {
			absent := func(c *domain.TallyBallot) { c.Present = yes }
			final().and(tally("title", "beta", yes, "0", "10", absent)).when(grant("title", "beta")).thenProblems(t, want)
		})
	}
	decided := func(at string) domain.GrantAward {
		return grant("flag", "alpha", func(c *domain.GrantAward) { c.At = instant(at) })
	}
	final().and(tally("flag", "alpha", "2", "1", "3")).tries(t, []trial{
		{"at the instant of the ballot", decided("2019-12-10T02:00:00Z"), "ballot decided_at"},
		{"just after the ballot", decided("2019-12-10T09:00:00.000001+07:00"), accepted},
		{"without a ballot on this award", grant("title", "alpha"), "ballot award"},
	})
	final().and(tally("flag", "beta", "2", "1", "3")).when(grant("flag", "alpha")).thenProblems(t, "ballot award")
}
