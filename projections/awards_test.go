package projections_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
)

func TestAwards(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	stream, conduct := domain.AwardsStream("small-2019"), domain.ConductStream("small-2019", "lao-cai")
	ballot := func(unit string, yes, no domain.Whole) {
		j.add(stream, &domain.BallotTallied{Award: "flag", Unit: unit, Body: domain.BodyCluster, Members: "4", Present: "4", Yes: yes, No: no, Blank: "0", Invalid: "0"})
	}
	ballot("son-la", "2", "2") // exactly 50 %
	ballot("lai-chau", "1", "3")
	j.add(stream, &domain.AwardGranted{Award: "flag", Unit: "son-la", DecisionNumber: "12/QĐ", Signer: "p-1", Competence: j.say("Chủ tịch"), By: "p-2"})
	j.add(conduct, &domain.HoldLifted{Hold: "h1", By: "p-1", Reason: j.say("đã xong")})
	lifted := j.at(0).String()
	j.pass(time.Hour)
	j.add(conduct, &domain.HoldPlaced{Hold: "h1", From: "2019-06-01", To: "2019-06-02", Reason: j.say("đơn mới")}) // the same id again
	db, all := database(t, j)
	project(t, db, all, j.events)

	got, err := projections.Awards(t.Context(), db, "small-2019")
	if err != nil {
		t.Fatal(err)
	}
	n := domain.Position(len(j.events))
	first := slices.IndexFunc(j.events, func(r domain.Recorded) bool { _, ok := r.Event.(*domain.HoldPlaced); return ok })
	placed, again := j.events[first].Event.(*domain.HoldPlaced), j.events[n-1].Event.(*domain.HoldPlaced)
	want := &projections.SeasonAwards{
		Awards: []projections.Award{{
			ID: "flag", Title: domain.Names{VI: "Cờ thi đua"}, Limit: 1, MaxRank: 2, MinTier: "good", Body: "cluster", AtLeastPercent: 50,
			Ballots: []projections.Ballot{
				{Award: "flag", Unit: "son-la", HeldAt: lifted, Members: 4, Present: 4, Yes: 2, No: 2, Passed: true, Position: n - 4},
				{Award: "flag", Unit: "lai-chau", HeldAt: lifted, Members: 4, Present: 4, Yes: 1, No: 3, Position: n - 3},
			},
			Grants: []projections.Grant{{
				Award: "flag", Unit: "son-la", DecisionNumber: "12/QĐ", DecidedAt: lifted, Signer: "p-1",
				CompetenceSD: j.events[n-3].Event.(*domain.AwardGranted).Competence.Digest, Position: n - 2,
			}},
		}},
		Holds: []projections.PlacedHold{
			{Unit: "lao-cai", ID: "h1", From: "2019-05-01", ReasonSD: placed.Reason.Digest, DocumentSD: placed.Document.Digest, LiftedAt: lifted, Position: domain.Position(first + 1)},
			{Unit: "lao-cai", ID: "h1", From: "2019-06-01", To: "2019-06-02", ReasonSD: again.Reason.Digest, Position: n},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("awards (-want +got):\n%s", diff)
	}
	if _, err := projections.Awards(t.Context(), db, "none"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("Awards of a season that is not there gives %v, want that it is not found", err)
	}
}
