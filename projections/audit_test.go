package projections_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
)

func TestAuditKeepsTheBytes(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	project(t, db, all, j.events)
	entries, err := projections.Audit(t.Context(), db, projections.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(j.events) {
		t.Fatalf("%d entries, want %d", len(entries), len(j.events))
	}
	for i, r := range j.events {
		sum := sha256.Sum256(r.Payload)
		want := projections.AuditEntry{
			Position: r.Position, RecordedTime: r.RecordedTime, Time: r.Time.String(), ID: r.ID, Type: r.Type, Subject: r.Stream.String(),
			Season: r.Stream.Season, Unit: r.Stream.Unit, Actor: r.Actor, CommandID: r.CommandID, Payload: r.Payload, SHA256: hex.EncodeToString(sum[:]),
		}
		if diff := cmp.Diff(want, entries[i]); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestAuditFilters(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.add(domain.AwardsStream("small-2019"), &domain.BallotTallied{Award: "flag", Unit: "lai-chau", Members: "3", Present: "3", Yes: "2", No: "1", Blank: "0", Invalid: "0"})
	db, all := database(t, j)
	project(t, db, all, j.events)
	for name, tc := range map[string]struct {
		filter projections.AuditFilter
		holds  func(domain.Recorded) bool
	}{
		"season": {projections.AuditFilter{Season: "small-2019"}, func(r domain.Recorded) bool { return r.Stream.Season == "small-2019" }},
		"unit, also where the stream is for all units": {projections.AuditFilter{Unit: "lai-chau"}, func(r domain.Recorded) bool {
			_, ballot := r.Event.(*domain.BallotTallied)
			return r.Stream.Unit == "lai-chau" || ballot
		}},
		"words": {projections.AuditFilter{Type: "indicator.reported"}, func(r domain.Recorded) bool { return r.Type == "vn.thidua.indicator.reported.v1" }},
		"type":  {projections.AuditFilter{Type: "vn.thidua.hold.placed.v1"}, func(r domain.Recorded) bool { return r.Type == "vn.thidua.hold.placed.v1" }},
		"none":  {projections.AuditFilter{Type: "no.such"}, func(domain.Recorded) bool { return false }},
		"from":  {projections.AuditFilter{Since: 30}, func(r domain.Recorded) bool { return r.Position >= 30 }},
		"page":  {projections.AuditFilter{Since: 5, Limit: 3}, func(r domain.Recorded) bool { return r.Position >= 5 && r.Position < 8 }},
		"both":  {projections.AuditFilter{Season: "small-2019", Unit: "son-la"}, func(r domain.Recorded) bool { return r.Stream.Season != "" && r.Stream.Unit == "son-la" }},
	} {
		entries, err := projections.Audit(t.Context(), db, tc.filter)
		if err != nil {
			t.Fatal(err)
		}
		var want, got []domain.Position
		for _, r := range j.events {
			if tc.holds(r) {
				want = append(want, r.Position)
			}
		}
		for _, e := range entries {
			got = append(got, e.Position)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: positions (-want +got):\n%s", name, diff)
		}
	}
}

func TestPositionAt(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	project(t, db, all, j.events)
	moments := []time.Time{j.events[0].RecordedTime.Add(-time.Millisecond), j.now.Add(time.Hour)}
	for _, r := range j.events {
		moments = append(moments, r.RecordedTime, r.RecordedTime.Add(time.Millisecond))
	}
	for _, at := range moments {
		var want domain.Position
		for _, r := range j.events {
			if !r.RecordedTime.After(at) {
				want = r.Position
			}
		}
		if got, err := projections.PositionAt(t.Context(), db, at); err != nil || got != want {
			t.Errorf("PositionAt(%s) gives %d, %v, want %d", at, got, err, want)
		}
	}
}
