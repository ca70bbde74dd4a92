package projections_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
)

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

// TestATextStandsInSeveralEvents gives a digest that stands in the table again, beside a new one, in a batch of its own.
func TestATextStandsInSeveralEvents(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	known := j.say("vì mưa lũ")
	season := domain.ConductStream("small-2019", "son-la")
	for _, reason := range []*domain.Disclosable{known, j.say("vì bão"), known, j.say("vì hạn")} {
		j.add(season, &domain.PointsAdjusted{Kind: domain.Bonus, Points: "1", By: "p-1", Reason: reason})
	}
	db, all := database(t, j)
	people := []projections.Projection{named(t, all, "people")}
	cut := len(j.events) - 2
	project(t, db, people, j.events[:cut])
	project(t, db, people, j.events[cut:])
	var first domain.Position
	if err := db.GetContext(t.Context(), &first, "SELECT position FROM p_people_2.text WHERE digest = $1", known.Digest); err != nil {
		t.Fatal(err)
	}
	if want := domain.Position(cut - 1); first != want {
		t.Errorf("the text stands at position %d, want %d, where it stood first", first, want)
	}
	texts, err := projections.Texts(t.Context(), db, slices.Collect(maps.Keys(j.texts)))
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
