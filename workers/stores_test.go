package workers_test

import (
	"fmt"
	"strings"
	"testing"

	"thidua/domain"
	"thidua/workers"
)

// TestVerifyTellsErasedFromMissing takes texts and files out of the stores, with and without an event that says so.
func TestVerifyTellsErasedFromMissing(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	var text, file struct {
		What     string
		Position domain.Position
	}
	b.get(t, &text, "SELECT digest AS what, position FROM p_people_2.text ORDER BY position DESC LIMIT 1")
	b.get(t, &file, "SELECT f ->> 'sha256' AS what, position FROM p_facts_1.value, jsonb_array_elements(evidence) AS f ORDER BY position LIMIT 1")
	for _, step := range []struct {
		name                  string
		change                func()
		disclosures, evidence string // what is found, "" for nothing
	}{
		{"a text is missing", func() { b.forget(t, &domain.DisclosureErased{Disclosures: []string{text.What}}) }, fmt.Sprintf("position %d: the disclosure of %s is missing", text.Position, text.What), ""},
		{"an event erased it", func() { b.erase(t, text.What, "") }, "", ""},
		{"an event erased a file that is there", func() { b.erase(t, "", file.What) }, "", "the file of evidence " + file.What + " is still there"},
		{"it is gone", func() { b.forget(t, &domain.DisclosureErased{Evidence: []string{file.What}}) }, "", ""},
		{"another file is missing", func() {
			b.get(t, &file, "SELECT f ->> 'sha256' AS what, position FROM p_facts_1.value, jsonb_array_elements(evidence) AS f ORDER BY position DESC LIMIT 1")
			b.forget(t, &domain.DisclosureErased{Evidence: []string{file.What}})
		}, "", "is missing, and no event erased it"},
		{"a text is erased that is there", func() {
			b.get(t, &text, "SELECT digest AS what, position FROM p_people_2.text ORDER BY position LIMIT 1")
			b.erase(t, text.What, file.What)
		}, "the disclosure of " + "%s" + " is still there", ""},
	} {
		step.change()
		b.settled(t)
		verdict, err := workers.Verify(t.Context(), b.config("verifier"), "", quiet)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"disclosures": strings.ReplaceAll(step.disclosures, "%s", text.What), "evidence": step.evidence}
		for _, c := range verdict.Checks {
			if found, ours := want[c.Name]; ours && (c.OK != (found == "") || !strings.Contains(c.Detail, found)) {
				t.Errorf("%s: %s is %v: %s, want %q", step.name, c.Name, c.OK, c.Detail, found)
			}
			delete(want, c.Name)
		}
		if len(want) > 0 {
			t.Errorf("%s: not checked are %v", step.name, want)
		}
	}
}

// get reads one row.
func (b *bed) get(t *testing.T, into any, query string) {
	t.Helper()
	if err := b.db.GetContext(t.Context(), into, query); err != nil {
		t.Fatal(err)
	}
}

// forget takes something out of the stores.
func (b *bed) forget(t *testing.T, e *domain.DisclosureErased) {
	t.Helper()
	if err := b.log.Forget(t.Context(), "p-nobody", e); err != nil {
		t.Fatal(err)
	}
}

// erase puts on the log that a text and a file are erased.
func (b *bed) erase(t *testing.T, text, file string) {
	t.Helper()
	basis, disclosure, err := b.log.Seal("basis", "đơn đề nghị")
	if err != nil {
		t.Fatal(err)
	}
	person := "p-" + strings.Repeat("0", 32)
	e := &domain.DisclosureErased{Disclosures: some(text), Evidence: some(file), Purposes: []string{}, Basis: basis, By: person, ApprovedBy: person}
	_, err = b.log.Append(t.Context(), domain.Append{
		Issue:   domain.Issue{ID: b.log.CommandID("erase", text, file), Digest: domain.Digest(text + file), Actor: "system:test", Disclosures: []domain.Disclosure{disclosure}},
		Changes: []domain.Change{{Stream: domain.PersonStream(person), Event: e}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func some(text string) []string {
	if text == "" {
		return []string{}
	}
	return []string{text}
}
