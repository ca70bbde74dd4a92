package domain_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// drafted edits what the season says of itself.
func drafted(edit func(*domain.SeasonDrafted)) domain.DraftSeason {
	return draft(func(c *domain.DraftSeason) { edit(&c.Draft) })
}

func TestDraftSeason(t *testing.T) {
	c := draft()
	ruleset := domain.Ruleset{Rules: c.Draft.Rules, Criteria: c.Criteria}
	given().when(c).then(t, &c.Draft, &c.Criteria[0], &c.Criteria[1], &c.Criteria[2], &domain.SeasonOpened{RulesetSHA256: ruleset.Digest()})

	given(c).when(c).thenProblems(t, "contradiction season")
}

func TestMembers(t *testing.T) {
	given().tries(t, []trial{
		{"no member", drafted(func(e *domain.SeasonDrafted) { e.Members = nil }), "member members, head head, head deputy"},
		{"one twice", drafted(func(e *domain.SeasonDrafted) { e.Members = append(e.Members, "beta") }), "duplicate members"},
		{"no deputy", drafted(func(e *domain.SeasonDrafted) { e.Deputy = "" }), accepted},
		{"a head from outside", drafted(func(e *domain.SeasonDrafted) { e.Head = "delta" }), "head head"},
		{"a deputy from outside", drafted(func(e *domain.SeasonDrafted) { e.Deputy = "delta" }), "head deputy"},
		{"a head that is deputy too", drafted(func(e *domain.SeasonDrafted) { e.Deputy = e.Head }), "head deputy"},
	})
}

func TestTimezone(t *testing.T) {
	for zone, want := range map[string]string{
		"Asia/Ho_Chi_Minh": accepted, "UTC": accepted, "America/St_Johns": accepted,
		"": "timezone timezone", "Local": "timezone timezone", "Asia/Hanoi": "timezone timezone", "+07:00": "timezone timezone", "../zone": "timezone timezone",
	} {
		t.Run(zone, func(t *testing.T) {
			given().when(drafted(func(e *domain.SeasonDrafted) { e.Timezone = zone })).thenProblems(t, want)
		})
	}
}

// from ≤ to ≤ deadline ≤ lock; a day may be all four of one period, but of no two.
func TestCalendar(t *testing.T) {
	first := func(edit func(*domain.Period)) domain.DraftSeason {
		return drafted(func(e *domain.SeasonDrafted) { edit(&e.Periods[0]) })
	}
	given().tries(t, []trial{
		{"no period", drafted(func(e *domain.SeasonDrafted) { e.Periods = nil }), "calendar periods"},
		{"a period of one day", first(func(p *domain.Period) {
			p.From, p.To, p.Deadline, p.Lock = "2019-03-31", "2019-03-31", "2019-03-31", "2019-03-31"
		}), accepted},
		{"from after to", first(func(p *domain.Period) { p.From = "2019-04-01" }), "calendar periods.Q1"},
		{"to after the deadline", first(func(p *domain.Period) { p.Deadline = "2019-03-30" }), "calendar periods.Q1"},
		{"deadline after the lock", first(func(p *domain.Period) { p.Lock = "2019-04-04" }), "calendar periods.Q1"},
		{"overlapping by a day", first(func(p *domain.Period) { p.To = "2019-04-01" }), "calendar periods.Q2.from"},
		{"in another order", drafted(func(e *domain.SeasonDrafted) { slices.Reverse(e.Periods) }), "calendar periods.Q1.from"},
		{"an id twice", first(func(p *domain.Period) { p.ID = "Q2" }), "duplicate periods"},
	})
}

func TestAwardConditions(t *testing.T) {
	flag := func(edit func(*domain.Award)) domain.DraftSeason {
		return drafted(func(e *domain.SeasonDrafted) { edit(&e.Awards[0]) })
	}
	given().tries(t, []trial{
		{"no awards", drafted(func(e *domain.SeasonDrafted) { e.Awards = nil }), accepted},
		{"no conditions", flag(func(a *domain.Award) { a.MaxRank, a.MinTier, a.Ballot = "", "", nil }), accepted},
		{"limit 0", flag(func(a *domain.Award) { a.Limit = "0" }), "ruleset awards.flag.limit"},
		{"rank 0", flag(func(a *domain.Award) { a.MaxRank = "0" }), "ruleset awards.flag.max_rank"},
		{"a tier that is none", flag(func(a *domain.Award) { a.MinTier = "best" }), "known awards.flag.min_tier"},
		{"a body that is none", flag(func(a *domain.Award) { a.Ballot.Body = "crowd" }), "word awards.flag.ballot.body"},
		{"all must say yes", flag(func(a *domain.Award) { a.Ballot.AtLeastPercent = "100" }), accepted},
		{"more than all", flag(func(a *domain.Award) { a.Ballot.AtLeastPercent = "101" }), "ruleset awards.flag.ballot.at_least_percent"},
		{"an id twice", flag(func(a *domain.Award) { a.ID = "merit" }), "duplicate awards"},
	})
}

// min_total falls strictly from tier to tier; the last has 0 and no min_item_share.
func TestTiers(t *testing.T) {
	tier := func(i int, edit func(*domain.Tier)) domain.DraftSeason {
		return drafted(func(e *domain.SeasonDrafted) { edit(&e.Tiers[i]) })
	}
	given().tries(t, []trial{
		{"none", drafted(func(e *domain.SeasonDrafted) { e.Tiers = nil }), "ruleset ruleset.tiers, known awards.flag.min_tier, known awards.merit.min_tier"},
		{"just below", tier(1, func(x *domain.Tier) { x.MinTotal = "59.99" }), accepted},
		{"the same, written differently", tier(1, func(x *domain.Tier) { x.MinTotal = "60.0" }), "ruleset ruleset.tiers.good.min_total"},
		{"rising", tier(1, func(x *domain.Tier) { x.MinTotal = "61" }), "ruleset ruleset.tiers.good.min_total"},
		{"a last one above 0", tier(2, func(x *domain.Tier) { x.MinTotal = "0.01" }), "ruleset ruleset.tiers.done"},
		{"a last one of 0.00", tier(2, func(x *domain.Tier) { x.MinTotal = "0.00" }), accepted},
		{"a last one with a share", tier(2, func(x *domain.Tier) { x.MinItemShare = "0" }), "ruleset ruleset.tiers.done"},
		{"an id twice", tier(2, func(x *domain.Tier) { x.ID = "good" }), "duplicate ruleset.tiers"},
	})
}

func TestTieBreak(t *testing.T) {
	given().tries(t, []trial{
		{"none", drafted(func(e *domain.SeasonDrafted) { e.TieBreak = []string{} }), accepted},
		{"all", drafted(func(e *domain.SeasonDrafted) { e.TieBreak = domain.TieBreaks }), accepted},
		{"a word that is none", drafted(func(e *domain.SeasonDrafted) { e.TieBreak = []string{"fewer_penalty_points", "by_lot"} }), "word ruleset.tie_break.1"},
	})
}

// Points that people set have at most rounding.digits digits; zeros at the end are none.
func TestPointsDigits(t *testing.T) {
	for _, points := range []struct {
		path string
		set  func(*domain.SeasonDrafted, domain.Decimal)
	}{
		{"ruleset.scale", func(e *domain.SeasonDrafted, d domain.Decimal) { e.Scale = "10" + d }},
		{"ruleset.bonus_cap", func(e *domain.SeasonDrafted, d domain.Decimal) { e.BonusCap = d }},
		{"ruleset.lateness.per_report", func(e *domain.SeasonDrafted, d domain.Decimal) { e.Lateness.PerReport = d }},
		{"ruleset.lateness.max", func(e *domain.SeasonDrafted, d domain.Decimal) { e.Lateness.Max = d }},
		{"ruleset.tiers.good.min_total", func(e *domain.SeasonDrafted, d domain.Decimal) { e.Tiers[1].MinTotal = d }},
	} {
		set := func(d domain.Decimal) domain.DraftSeason {
			return drafted(func(e *domain.SeasonDrafted) { points.set(e, d) })
		}
		given().tries(t, []trial{
			{points.path + " 2 digits", set("1.25"), accepted},
			{points.path + " 2 digits and zeros", set("1.250000"), accepted},
			{points.path + " 3 digits", set("1.255"), "digits " + points.path},
		})
	}
	for digits, want := range map[domain.Whole]string{"2": accepted, "6": accepted, "7": "ruleset ruleset.rounding.digits"} {
		t.Run(fmt.Sprintf("rounding to %s", digits), func(t *testing.T) {
			given().when(drafted(func(e *domain.SeasonDrafted) { e.Rounding.Digits = digits })).thenProblems(t, want)
		})
	}
}

// The criteria and bonus_cap of the season make exactly its scale.
func TestScale(t *testing.T) {
	given().tries(t, []trial{
		{"exactly", draft(), accepted},
		{"a hundredth more", drafted(func(e *domain.SeasonDrafted) { e.BonusCap = "10.01" }), "scale ruleset.scale"},
		{"a criterion more", draft(func(c *domain.DraftSeason) { c.Criteria[0].Points = "40.01" }), "scale ruleset.scale"},
		{"room left", drafted(func(e *domain.SeasonDrafted) { e.Scale = "1000" }), accepted},
	})
}

// The ranking is finalised after every lock and extended deadline, by local date, and not in the future.
func TestFinaliseRanking(t *testing.T) {
	signed().tries(t, []trial{
		{"on the day of the last lock", finalise("2019-07-20T23:59:59+07:00"), "finalised-after finalised_at"},
		{"on the next day", finalise("2019-07-21T00:00:00+07:00"), accepted},
		{"on the next day at Hà Nội, the same in UTC", finalise("2019-07-20T17:00:00Z"), accepted},
		{"on the day of the lock at Hà Nội, the next in Tokyo", finalise("2019-07-21T01:59:59+09:00"), "finalised-after finalised_at"},
	})
	signed().and(extend("beta", "Q1", "2019-07-25")).tries(t, []trial{
		{"on the day of an extended deadline", finalise("2019-07-25T23:59:59+07:00"), "finalised-after finalised_at"},
		{"on the day after it", finalise("2019-07-26T00:00:00+07:00"), accepted},
	})
	signed().by("2019-12-06T08:00:00Z").tries(t, []trial{
		{"at this very moment", finalise("2019-12-06T15:00:00+07:00"), accepted},
		{"a microsecond ahead", finalise("2019-12-06T15:00:00.000001+07:00"), "future finalised_at"},
	})
}

// A season with a parked event is not finalised.
func TestFinaliseRankingOfAParkedSeason(t *testing.T) {
	w := signed().world(t)
	w.Parked = []domain.Position{12, 15}
	_, err := domain.Decide(w, finalise("2019-07-21T00:00:00+07:00"))
	if diff := cmp.Diff(breaches("parked finalised_at"), verdict(t, err)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

// A season that has lost events is not finalised. A gap that stands elsewhere than it says is none.
func TestFinaliseRankingOfASeasonThatHasLostEvents(t *testing.T) {
	w := signed().world(t)
	gap := domain.Recorded{Change: domain.Change{Stream: domain.GapStream(9), Event: &domain.LogGap{From: 8, To: 9}}, Position: 9}
	if !domain.IsGap(gap) {
		t.Errorf("%+v is no gap", gap)
	}
	w.Evolve(gap)
	_, err := domain.Decide(w, finalise("2019-07-21T00:00:00+07:00"))
	if diff := cmp.Diff(breaches("lost"), verdict(t, err)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
	gap.Position = 10
	if domain.IsGap(gap) {
		t.Errorf("%+v is a gap", gap)
	}
}

// A finalised season takes only holds, ballots and awards.
func TestClosedSeason(t *testing.T) {
	final().tries(t, []trial{
		{"drafted again", draft(), "closed, contradiction season"},
		{"a target", targets("alpha"), "closed, frozen target"},
		{"a signature", sign("alpha", signedAt), "closed, duplicate unit"},
		{"a value", report("gamma", "Q2", "N", "1", "2019-07-01T09:00:00+07:00"), "closed"},
		{"a correction", correct("alpha", "5", correctedAt), "closed"},
		{"a recount", verify("alpha", "Q1", "N", "5", verifiedAt), "closed"},
		{"an extension", extend("alpha", "Q1", "2019-04-10"), "closed"},
		{"a bonus", adjust("alpha", domain.Bonus, "1", adjustedAt), "closed"},
		{"another ranking", finalise(finalisedAt), "closed"},
		{"a hold", hold("alpha", "2019-12-08", ""), accepted},
		{"a ballot", tally("flag", "alpha", "2", "1", "3"), accepted},
		{"an award", grant("merit", "alpha"), accepted},
		{"a unit", register("delta", ""), accepted},
		{"the end of an import", domain.CompleteImport{Season: season, At: instant(decidedAt)}, accepted},
	})
	final().and(hold("alpha", "2019-12-08", "")).when(lift("alpha", "2019-12-09T09:00:00+07:00")).thenProblems(t, accepted)
}

// A command on a season that is not there is refused, whatever it is.
func TestNoSeason(t *testing.T) {
	for _, c := range []domain.Command{
		targets("alpha", "N", "1"), sign("alpha", signedAt), report("alpha", "Q1", "N", "1", reportedAt), extend("alpha", "Q1", "2019-04-10"),
		verify("alpha", "Q1", "N", "1", verifiedAt), adjust("alpha", domain.Bonus, "1", adjustedAt), hold("alpha", "2019-12-08", ""),
		finalise(finalisedAt), tally("flag", "alpha", "2", "1", "3"), grant("merit", "alpha"),
	} {
		t.Run(fmt.Sprintf("%T", c), func(t *testing.T) {
			if changes, err := domain.Decide(given().world(t), c); err == nil {
				t.Errorf("accepted: %s of a season that was never drafted", changes[0].Event.Words())
			}
		})
	}
}

// An import is under way until the same bundle is complete.
func TestImport(t *testing.T) {
	start := domain.StartImport{Season: season, At: instant(decidedAt), ImportStarted: domain.ImportStarted{BundleSHA256: "b1", Rows: 3}}
	other := domain.CompleteImport{Season: season, At: instant(decidedAt), ImportCompleted: domain.ImportCompleted{BundleSHA256: "b2", Rows: 9}}
	same := domain.CompleteImport{Season: season, At: instant(decidedAt), ImportCompleted: domain.ImportCompleted{BundleSHA256: "b1", Rows: 3}}

	given().when(start).then(t, &start.ImportStarted) // the season itself is in the bundle
	signed().when(start).then(t, &start.ImportStarted)
	signed().and(start).when(same).then(t, &same.ImportCompleted)
	for _, tt := range []struct {
		story story
		want  string
	}{{signed(), ""}, {signed().and(start), "b1"}, {signed().and(start, other), "b1"}, {signed().and(start, same), ""}} {
		if got := tt.story.world(t).Season.Importing; got != tt.want {
			t.Errorf("importing %q, want %q", got, tt.want)
		}
	}
}
