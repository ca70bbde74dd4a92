package domain_test

import (
	"testing"

	"thidua/domain"
)

func TestAdjustPoints(t *testing.T) {
	c := adjust("alpha", domain.Bonus, "2.5", adjustedAt)
	signed().when(c).then(t, &c.PointsAdjusted)
	signed().and(c).tries(t, []trial{
		{"the same once more", c, accepted},
		{"a penalty", adjust("alpha", domain.Penalty, "2.50", adjustedAt), accepted},
		{"more digits than the ruleset", adjust("alpha", domain.Penalty, "2.505", adjustedAt), "digits points"},
		{"zeros at the end are no digits", adjust("alpha", domain.Penalty, "2.500000", adjustedAt), accepted},
		{"of no kind", adjust("alpha", "gift", "1", adjustedAt), "word kind"},
		{"of no kind, in capitals", adjust("alpha", "Bonus", "1", adjustedAt), "word kind"},
		{"no member", adjust("delta", domain.Bonus, "1", adjustedAt), "member unit"},
	})
	signed().by("2019-10-11T02:00:00Z").tries(t, []trial{
		{"at this very moment", adjust("alpha", domain.Bonus, "1", "2019-10-11T09:00:00+07:00"), accepted},
		{"ahead of the clock", adjust("alpha", domain.Bonus, "1", "2019-10-11T09:00:01+07:00"), "future decided_at"},
	})
}

func TestPlaceHold(t *testing.T) {
	c := hold("alpha", "2019-12-01", "2019-12-31")
	signed().when(c).then(t, &c.HoldPlaced)
	placed := hold("alpha", "2019-12-01", "")
	placed.At = instant("2019-12-01T09:00:01+07:00")
	signed().tries(t, []trial{
		{"without an end", hold("alpha", "2019-12-01", ""), accepted},
		{"of one day", hold("alpha", "2019-12-01", "2019-12-01"), accepted},
		{"that ends before it begins", hold("alpha", "2019-12-01", "2019-11-30"), "calendar to"},
		{"on no member", hold("delta", "2019-12-01", ""), "member unit"},
	})
	signed().by("2019-12-01T02:00:00Z").when(placed).thenProblems(t, "future at")
	signed().by("2019-12-01T02:00:01Z").when(placed).thenProblems(t, accepted)
}

func TestLiftHold(t *testing.T) {
	c := lift("alpha", "2019-12-15T09:00:00+07:00")
	on := signed().and(hold("alpha", "2019-12-01", ""))
	on.when(c).then(t, &c.HoldLifted)
	on.tries(t, []trial{
		{"of another unit", lift("beta", "2019-12-15T09:00:00+07:00"), "known hold"},
		{"ahead of the clock", lift("alpha", "2020-02-01T09:00:00+07:00"), "future at"},
	})
	signed().when(c).thenProblems(t, "known hold")
}

// Both days of a hold are on it; the day it is lifted is its last, where it did not end before.
func TestHeld(t *testing.T) {
	days := []domain.Date{"2019-11-30", "2019-12-01", "2019-12-15", "2019-12-16", "2019-12-31", "2020-01-01"}
	for _, tt := range []struct {
		name string
		done []domain.Command
		want string // a letter for each of the days
	}{
		{"none", nil, "------"},
		{"with both days", []domain.Command{hold("alpha", "2019-12-01", "2019-12-31")}, "-HHHH-"},
		{"still on", []domain.Command{hold("alpha", "2019-12-01", "")}, "-HHHHH"},
		{"on another", []domain.Command{hold("beta", "2019-12-01", "")}, "------"},
		{"lifted", []domain.Command{hold("alpha", "2019-12-01", ""), lift("alpha", "2019-12-15T23:59:59+07:00")}, "-HH---"},
		{"lifted by local date", []domain.Command{hold("alpha", "2019-12-01", ""), lift("alpha", "2019-12-15T17:00:00Z")}, "-HHH--"},
		{"lifted after its end", []domain.Command{hold("alpha", "2019-12-01", "2019-12-15"), lift("alpha", "2019-12-31T09:00:00+07:00")}, "-HH---"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := signed().and(tt.done...).world(t)
			got := ""
			for _, day := range days {
				if w.Conduct("alpha").Held(day, w.Season.Zone()) != nil {
					got += "H"
				} else {
					got += "-"
				}
			}
			if got != tt.want {
				t.Errorf("held %s, want %s on the days %v", got, tt.want, days)
			}
		})
	}
}
