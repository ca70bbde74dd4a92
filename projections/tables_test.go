package projections_test

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"thidua/domain"
	"thidua/projections"
)

func TestEverythingHasAComment(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	var bare []string
	const uncommented = `
		SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'v')
		AND (obj_description(c.oid, 'pg_class') IS NULL OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)
		UNION ALL
		SELECT nspname FROM pg_namespace
		WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') AND obj_description(oid, 'pg_namespace') IS NULL`
	if err := db.SelectContext(t.Context(), &bare, uncommented); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), bare); diff != "" {
		t.Errorf("without a comment (-want +got):\n%s", diff)
	}
}

func TestTablesListTheirColumns(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	for _, p := range all {
		var tables []string
		if err := db.SelectContext(t.Context(), &tables, "SELECT tablename FROM pg_tables WHERE schemaname = $1", p.Schema()); err != nil {
			t.Fatal(err)
		}
		if len(tables) != len(p.Tables) {
			t.Errorf("%s lists %d tables, its schema has %v", p.Name, len(p.Tables), tables)
		}
		for _, table := range p.Tables {
			var columns []string
			const query = "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
			if err := db.SelectContext(t.Context(), &columns, query, p.Schema(), table.Name); err != nil {
				t.Fatal(err)
			}
			listed := strings.Split(table.Columns, ", ")
			slices.Sort(columns)
			slices.Sort(listed)
			if diff := cmp.Diff(columns, listed); diff != "" {
				t.Errorf("%s.%s: columns of the table, and as listed (-want +got):\n%s", p.Name, table.Name, diff)
			}
		}
	}
}

func TestNoNameAndNoTextOutsideOfPeople(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	project(t, db, all, j.events)
	for _, p := range all {
		for table, lines := range rowsOf(t, db, p) {
			for _, text := range j.texts {
				if i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, text) }); i >= 0 && table != "text" {
					t.Errorf("%s.%s holds the text %q: %s", p.Name, table, text, lines[i])
				}
			}
		}
	}
}

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

func TestPeopleAndTexts(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.registerPerson("p-2")
	erased := j.events[len(j.events)-1].Event.(*domain.PersonRegistered).Name
	delete(j.texts, erased.Digest)
	db, all := database(t, j)
	project(t, db, all, j.events)

	people, err := projections.People(t.Context(), db, []string{"p-1", "p-2", "p-3"})
	if err != nil {
		t.Fatal(err)
	}
	wantPeople := map[string]projections.Person{
		"p-1": {Ref: "p-1", Account: "p-1@example.vn", Name: "Nguyễn Thị p-1"}, "p-2": {Ref: "p-2", Account: "p-2@example.vn"},
	}
	if diff := cmp.Diff(wantPeople, people); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}

	digests := []string{erased.Digest, "unknown"}
	for digest := range j.texts {
		digests = append(digests, digest)
	}
	texts, err := projections.Texts(t.Context(), db, digests)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(j.texts, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// TestDisclosablesMissesNone fills every disclosable field of every event type and looks whether all of them are listed.
func TestDisclosablesMissesNone(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.Catalogue() {
		event := kind.New()
		var want []string
		fill(reflect.ValueOf(event).Elem(), &want)
		var got []string
		for _, d := range projections.Disclosables(event) {
			got = append(got, d.Digest)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: digests (-want +got):\n%s", kind.Words, diff)
		}
		if left := projections.Disclosables(kind.New()); len(left) > 0 {
			t.Errorf("%s: an event without texts gives %v", kind.Words, left)
		}
	}
}

// fill puts a digest into every disclosable below a value, and one element into every slice.
func fill(v reflect.Value, digests *[]string) {
	switch {
	case v.Type() == reflect.TypeFor[*domain.Disclosable]():
		*digests = append(*digests, fmt.Sprintf("d%03d", len(*digests)))
		v.Set(reflect.ValueOf(&domain.Disclosable{Digest: (*digests)[len(*digests)-1]}))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), digests)
			}
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), digests)
	}
}

func TestSeasons(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.add(domain.SeasonStream("half"), &domain.ImportStarted{BundleSHA256: "h"})
	j.draft("open", "UTC")
	j.add(domain.SeasonStream("small-2019"), &domain.RankingFinalised{T: j.at(0), RulesetSHA256: "r", ResultSHA256: "s"})
	db, all := database(t, j)
	p := named(t, all, "seasons")
	c := claim(t, db, p)
	for i := range j.events { // a row is folded on from where it is
		if err := projections.Project(t.Context(), db, p, p.New(), c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := projections.Seasons(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	drafted := projections.Season{
		Cluster: "northern-border", Year: 2019, Title: domain.Names{VI: "Giao ước thi đua 2019", EN: "Covenant 2019"},
		Head: "son-la", Deputy: "lao-cai", Members: members,
	}
	open, small := drafted, drafted
	position := domain.Position(len(j.events))
	open.ID, open.State, open.Timezone, open.Events, open.Position = "open", "open", "UTC", j.seasons["open"], position-1
	open.RulesetSHA256 = j.world("open").Season.RulesetSHA256
	small.ID, small.State, small.Timezone, small.Events, small.Position = "small-2019", "finalised", "Asia/Ho_Chi_Minh", j.seasons["small-2019"], position
	small.RulesetSHA256, small.FinalisedAt = open.RulesetSHA256, j.at(0).String()
	want := []projections.Season{{ID: "half", State: "importing", Members: pq.StringArray{}, Events: 1, Position: position - 7}, open, small}
	slices.SortFunc(got, func(a, b projections.Season) int { return strings.Compare(a.ID, b.ID) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seasons (-want +got):\n%s", diff)
	}
}

func TestSeasonIsImportingUntilThatImportIsComplete(t *testing.T) {
	t.Parallel()
	j := newJournal()
	stream := domain.SeasonStream("half")
	j.add(stream, &domain.ImportStarted{BundleSHA256: "b"})
	j.add(stream, &domain.ImportCompleted{BundleSHA256: "another"})
	j.add(stream, &domain.ImportCompleted{BundleSHA256: "b"})
	db, all := database(t, j)
	p := named(t, all, "seasons")
	c := claim(t, db, p)
	for i, want := range []string{"importing", "importing", "drafted"} {
		if err := projections.Project(t.Context(), db, p, p.New(), c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
		seasons, err := projections.Seasons(t.Context(), db)
		if err != nil || len(seasons) != 1 || seasons[0].State != want {
			t.Errorf("after event %d the seasons are %+v, %v, want one that is %q", i+1, seasons, err, want)
		}
	}
}

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

func TestPassing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{driver.ErrBadConn, true},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{&pq.Error{Code: "57P01"}, true}, // the server shuts down
		{&pq.Error{Code: "40P01"}, true}, // deadlock
		{&pq.Error{Code: "53100"}, true}, // the disk is full
		{&pq.Error{Code: "55P03"}, true}, // lock not available
		{&pq.Error{Code: "55000"}, false},
		{&pq.Error{Code: "23505"}, false}, // a key stands twice
		{&pq.Error{Code: "42P01"}, false}, // there is no such table
		{&pq.Error{}, false},
		{context.Canceled, false},
		{errors.Join(driver.ErrBadConn, domain.ErrConflict), false},
		{errors.New("anything else"), false},
		{nil, false},
	} {
		if got := projections.Passing(fmt.Errorf("projections: x: %w", tc.err)); got != tc.want {
			t.Errorf("Passing(%v) is %v, want %v", tc.err, got, tc.want)
		}
	}
}
