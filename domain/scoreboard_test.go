package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
)

// TestScoreboardIsTheWorld puts any commands on the record in any order, lawful or not, and ranks in between as of any moments: the scoreboard's
// ranking is that of the world in every field.
func TestScoreboardIsTheWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, board := &record{}, domain.NewScoreboard(season)
		at := instant(reportedAt).Time()
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			n := len(l.events)
			for _, c := range anyDeed(t).Changes(l.world()) {
				if rapid.IntRange(0, 30).Draw(t, "discarded") == 0 {
					c.Event = &domain.Voided{}
				}
				l.add(domain.Recorded{Change: c})
			}
			for _, r := range l.events[n:] {
				board.Evolve(r)
			}
			if at = at.Add(rapid.SampledFrom([]time.Duration{0, 0, time.Hour, 24 * time.Hour, 900 * time.Hour, -900 * time.Hour}).Draw(t, "time passes")); rapid.Bool().Draw(t, "rank") {
				sameRanking(t, l.world(), board, at)
			}
		}
		sameRanking(t, l.world(), board, at)
	})
}

func sameRanking(t *rapid.T, w *domain.World, board *domain.Scoreboard, at time.Time) {
	t.Helper()
	want, lines, final := w.Ranking(at), []domain.Standing(nil), false
	scored, final := board.Ranking(at)
	for _, line := range scored {
		lines = append(lines, *line.Standing)
	}
	if diff := cmp.Diff(want.Standings, lines); diff != "" {
		t.Fatalf("as of %s (-world +scoreboard):\n%s", at, diff)
	}
	if final != want.Final || board.SeasonVersion() != w.SeasonVersion() {
		t.Fatalf("final %t after %d events, want %t after %d", final, board.SeasonVersion(), want.Final, w.SeasonVersion())
	}
}

// anyDeed is any command on a season, also on its rules.
func anyDeed(t *rapid.T) domain.Command {
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	unit, period := one("unit", "alpha", "beta", "gamma", "delta"), one("period", "Q1", "Q2", "Q3")
	criterion := one("criterion", "N", "N", "R", "Y", "X")
	value := one("value", "0", "1", "007.50", "3.000001", "99999999999999999999", "1.")
	if criterion == "R" {
		value = one("ratio", "30/50", "1/3", "0.5/0", "12345678.654321/99999999")
	}
	at := one("at", signedAt, reportedAt, correctedAt, "2019-04-06T00:00:00+07:00", "2019-04-06T00:00:00.000001+07:00", verifiedAt, finalisedAt)
	switch rapid.IntRange(0, 12).Draw(t, "command") {
	case 0:
		return draft(func(d *domain.DraftSeason) { redraft(t, d) })
	case 1:
		return targets(unit, "N", one("N", "10", "0", "na", ""), "R", one("R", "50", "na"))
	case 2:
		return extend(unit, period, domain.Date(one("deadline", "2019-04-10", "2019-08-01", "")))
	case 3:
		return adjust(unit, one("kind", domain.Bonus, domain.Penalty), domain.Decimal(one("points", "2.50", "12")), at)
	case 4:
		return hold(unit, domain.Date(at[:10]), domain.Date(one("to", "", "2019-04-07")))
	case 5:
		return lift(unit, at)
	case 6:
		if rapid.IntRange(0, 4).Draw(t, "finalise") == 0 {
			return finalise(at)
		}
		return sign(unit, at)
	case 7, 8:
		return verify(unit, period, criterion, value, at)
	}
	return report(unit, period, criterion, value, at)
}

// redraft changes a season's rules.
func redraft(t *rapid.T, d *domain.DraftSeason) {
	if rapid.Bool().Draw(t, "westwards") {
		d.Draft.Timezone = "America/New_York"
	}
	if rapid.Bool().Draw(t, "a larger season") {
		d.Draft.Members = append(d.Draft.Members, "delta")
		d.Draft.Periods = append(d.Draft.Periods, domain.Period{ID: "Q3", Deadline: "2019-10-05"})
	}
	if rapid.Bool().Draw(t, "less is better") {
		d.Criteria[0].Direction, d.Criteria[0].Cap = "lower", "1.2"
	} else if rapid.Bool().Draw(t, "by the best") {
		d.Criteria[0].Formula = "per_max"
	}
	if rapid.IntRange(0, 3).Draw(t, "no criteria") == 0 {
		d.Criteria = nil
	}
}
