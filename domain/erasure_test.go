package domain_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

const erased = "p-lan"

// known is a register with one person.
func known() story {
	return given(domain.RegisterPerson{Ref: erased, PersonRegistered: domain.PersonRegistered{Account: text("lan"), Name: text("Nguyễn Thị Lan")}})
}

func propose(edits ...func(*domain.ProposeErasure)) domain.ProposeErasure {
	return edited(domain.ProposeErasure{Person: erased, Identity: true, Basis: text("đơn đề nghị"), By: "p-clerk"}, edits)
}

// approve approves the proposal that stands behind the person's registration.
func approve(by string, ties ...domain.Tie) domain.ApproveErasure {
	return domain.ApproveErasure{Person: erased, Proposal: 2, By: by, Ties: ties}
}

// tie is an act of the person in a year.
func tie(office domain.Office, year int) domain.Tie {
	return domain.Tie{Office: office, Words: "pledge.signed", Position: 41, At: time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC)}
}

func TestErasureTakesTwo(t *testing.T) {
	digests := []string{text("lan").Digest, text("Nguyễn Thị Lan").Digest}
	slices.Sort(digests)
	purposes := []string{domain.PurposeIdentity}
	known().when(propose()).then(t, &domain.ErasureProposed{
		Disclosures: digests, Evidence: []string{}, Purposes: purposes, Basis: text("đơn đề nghị"), By: "p-clerk",
	})
	known().and(propose()).when(approve("p-chair")).then(t, &domain.DisclosureErased{
		Proposal: 2, Disclosures: digests, Evidence: []string{}, Purposes: purposes, Basis: text("đơn đề nghị"), By: "p-clerk", ApprovedBy: "p-chair",
	})
}

func TestErasureRules(t *testing.T) {
	named := func(words string) func(*domain.ProposeErasure) {
		return func(c *domain.ProposeErasure) {
			c.Identity, c.Texts = false, []domain.NamedText{{Digest: "d", Position: 7, Words: words}}
		}
	}
	bound := func(ties ...domain.Tie) func(*domain.ProposeErasure) {
		return func(c *domain.ProposeErasure) { c.Ties = ties }
	}
	for name, test := range map[string]struct {
		story story
		want  string
	}{
		"a submitter":                       {known().when(propose(bound(tie(domain.OfficeSubmitter, 2019), tie(domain.OfficeInspector, 2019)))), accepted},
		"a signer":                          {known().when(propose(bound(tie(domain.OfficeSigner, 2019)))), "kept person"},
		"a decider":                         {known().when(propose(bound(tie(domain.OfficeDecider, 2019)))), "kept person"},
		"a signer of long ago":              {known().when(propose(bound(tie(domain.OfficeSigner, 1999)))), accepted},
		"a signer of long ago, and lately":  {known().when(propose(bound(tie(domain.OfficeSigner, 2019), tie(domain.OfficeSigner, 1999)))), "kept person"},
		"a signer since the proposal":       {known().and(propose()).when(approve("p-chair", tie(domain.OfficeSigner, 2019))), "kept person"},
		"a text that names a signer":        {known().when(propose(named("indicator.reported"), bound(tie(domain.OfficeSigner, 2019)))), accepted},
		"a text of a person without a name": {given().when(propose(named("points.adjusted"))), accepted},
		"the role of a signer":              {known().when(propose(named("pledge.signed"))), "kept disclosure"},
		"the competence of an award":        {known().when(propose(named("award.granted"))), "kept disclosure"},
		"the basis of an erasure":           {known().when(propose(named("disclosure.erased"))), "kept disclosure"},
		"the file of a signature":           {known().when(propose(named("signature.added"))), "kept disclosure"},
		"the minutes that confirm a key":    {known().when(propose(named("key.confirmed"))), "kept disclosure"},
		"nothing":                           {given().when(propose()), "erasure"},
		"no basis":                          {known().when(propose(func(c *domain.ProposeErasure) { c.Basis = nil })), "reason basis"},
		"alone":                             {known().and(propose()).when(approve("p-clerk")), "two-persons by"},
		"by who is erased":                  {known().and(propose()).when(approve(erased)), "two-persons by"},
		"twice":                             {known().and(propose(), approve("p-chair")).when(approve("p-other")), "duplicate proposal"},
		"without a proposal":                {known().when(approve("p-chair")), "known proposal"},
		"again":                             {known().and(propose(), approve("p-chair")).when(propose()), "erasure"},
		"a text again": {
			known().and(propose(named("points.adjusted")), approve("p-chair")).when(propose(named("points.adjusted"))), "erasure",
		},
	} {
		t.Run(name, func(t *testing.T) { test.story.thenProblems(t, test.want) })
	}
}

// TestTiesMissNoOffice fills the refs of every event type: whoever an event names holds an office in it.
func TestTiesMissNoOffice(t *testing.T) {
	refs := []string{"By", "Signer", "ApprovedBy", "Person"}
	for _, kind := range domain.Catalogue() {
		e := kind.New()
		v := reflect.ValueOf(e).Elem()
		var want, got int
		for i := range v.NumField() {
			if slices.Contains(refs, v.Type().Field(i).Name) {
				v.Field(i).SetString(erased)
				want++
			}
		}
		for _, tie := range domain.TiesOf(domain.Recorded{Change: domain.Change{Event: e}, Position: 3}, erased) {
			if tie.Position != 3 || tie.Words != kind.Words || tie.Office.Text().EN == "" {
				t.Errorf("%s: %+v", kind.Words, tie)
			}
			got++
		}
		if want != got {
			t.Errorf("%s names %d persons and ties %d", kind.Words, want, got)
		}
	}
}

func TestErasures(t *testing.T) {
	erasures := domain.NewErasures()
	first := &domain.DisclosureErased{Disclosures: []string{"a"}, Evidence: []string{"f"}, Purposes: []string{domain.PurposeIdentity}}
	second := &domain.DisclosureErased{Disclosures: []string{"b"}, Purposes: []string{domain.PurposeTexts}}
	for i, e := range []domain.Event{first, second, &domain.DisclosurePurged{Erased: 1}} {
		erasures.Add(domain.Recorded{Change: domain.Change{Stream: domain.PersonStream(erased), Event: e}, Position: domain.Position(i + 1)})
	}
	want := &domain.Erasures{
		Texts: map[string]domain.Position{"a": 1, "b": 2}, Evidence: map[string]domain.Position{"f": 1}, Persons: map[string]domain.Position{erased: 1},
		Open: map[domain.Position]*domain.DisclosureErased{2: second},
	}
	if diff := cmp.Diff(want, erasures); diff != "" {
		t.Errorf("erasures (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]domain.Position{1, 2}, erasures.Positions()); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
}
