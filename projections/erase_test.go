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

// TestDiscardedErasure discards an erasure that the tables have taken: its texts, be they of the same stream or of another, are as if it had never been,
// whatever else erases them.
func TestDiscardedErasure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others []string        // whose streams events stand in that erase the same: before the erasure, and behind it
		want   domain.Position // of the event that erases it then, of those that come behind the season; 0 for none
	}{
		"nothing else erases them":           {[]string{"", ""}, 0},
		"one before it, of the same stream":  {[]string{"p-1", ""}, 1},
		"one behind it, of the same stream":  {[]string{"", "p-1"}, 3},
		"one before it, of another stream":   {[]string{"p-7", ""}, 1},
		"one behind it, of another stream":   {[]string{"", "p-7"}, 3},
		"one on each side, of other streams": {[]string{"p-7", "p-8"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := smallSeason()
			season := domain.Position(len(j.events))
			texts := []string{registration(t, j, "p-1").Name.Digest, projections.Disclosables(j.events[season-1].Event)[0].Digest}
			for _, person := range []string{c.others[0], "p-1", c.others[1]} {
				if e := domain.Event(&domain.DisclosureErased{Disclosures: texts, By: "p-7", ApprovedBy: "p-8"}); person != "" {
					j.add(domain.PersonStream(person), e)
				} else {
					j.registerPerson("p-9")
				}
			}
			j.discard(season + 2)
			if c.want > 0 {
				c.want += season
			}
			db, all := database(t, j)
			for cut := season + 1; int(cut) <= len(j.events); cut++ {
				empty(t, db, all)
				project(t, db, []projections.Projection{named(t, all, "people")}, j.events[:cut])
				project(t, db, []projections.Projection{named(t, all, "people")}, j.events[cut:])
				judgeErased(t, db, j, texts, c.want)
			}
		})
	}
}

// judgeErased judges that some texts are erased at a position, or are there where it is 0.
func judgeErased(t *testing.T, db *sqlx.DB, j *journal, digests []string, position domain.Position) {
	t.Helper()
	wantTexts, wantErased := map[string]string{}, map[string]domain.Position{}
	for _, digest := range digests {
		if position == 0 {
			wantTexts[digest] = j.texts[digest]
		} else {
			wantErased[digest] = position
		}
	}
	texts, err := projections.Texts(t.Context(), db, digests)
	if err != nil {
		t.Fatal(err)
	}
	erased, err := projections.ErasedTexts(t.Context(), db, digests)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantTexts, texts) + cmp.Diff(wantErased, erased); diff != "" {
		t.Errorf("texts, and where they were erased (-want +got):\n%s", diff)
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
