package projections_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
)

// TestErasedTexts erases a person: readers are told where, in the live tables and in a replay, and no generation holds the name.
func TestErasedTexts(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	people := named(t, all, "people")
	replayIn(t, db, people, projections.Former, j.events) // which nobody brings up any more
	registered := registration(t, j, "p-1")
	digests := []string{registered.Account.Digest, registered.Name.Digest}
	j.add(domain.PersonStream("p-1"), &domain.DisclosureErased{Disclosures: digests, Purposes: []string{domain.PurposeIdentity}, By: "p-7", ApprovedBy: "p-8"})
	position := domain.Position(len(j.events))
	project(t, db, all, j.events)

	persons, err := projections.People(t.Context(), db, []string{"p-1"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]projections.Person{"p-1": {Ref: "p-1", Erased: position}}, persons); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	erased, err := projections.ErasedTexts(t.Context(), db, append(digests, "unknown"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]domain.Position{digests[0]: position, digests[1]: position}, erased); diff != "" {
		t.Errorf("erased texts (-want +got):\n%s", diff)
	}

	if texts := textsOf(t, db, people.Beside(projections.Former)); !strings.Contains(texts, "Nguyễn Thị p-1") {
		t.Fatalf("the former generation has %q: there is nothing to forget", texts)
	}
	if err := projections.ForgetTexts(t.Context(), db, digests); err != nil {
		t.Fatal(err)
	}
	for _, schema := range []string{people.Schema(), people.Beside(projections.Former)} {
		if texts := textsOf(t, db, schema); strings.Contains(texts, "p-1") || !strings.Contains(texts, " ") {
			t.Errorf("%s has %q", schema, texts)
		}
	}
}

// registration is what registered a person.
func registration(t *testing.T, j *journal, ref string) *domain.PersonRegistered {
	t.Helper()
	for _, r := range j.events {
		if e, ok := r.Event.(*domain.PersonRegistered); ok && r.Stream.Key == ref {
			return e
		}
	}
	t.Fatalf("%s is not registered", ref)
	return nil
}

// textsOf joins all texts of a schema.
func textsOf(t *testing.T, db *sqlx.DB, schema string) (texts string) {
	t.Helper()
	if err := db.GetContext(t.Context(), &texts, "SELECT string_agg(text, ' | ') FROM "+schema+".text"); err != nil {
		t.Fatal(err)
	}
	return texts
}
