package domain_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// The types of the first release, as spec "events" lists them: words and aggregate. Lines are only added.
const released = `
unit.registered unit
person.registered person
season.drafted season
criterion.defined season
season.opened season
covenant.entered-into-force season
import.started season
import.completed season
ranking.finalised season
pledge.targets-set pledge
pledge.signed pledge
indicator.reported report
indicator.corrected report
indicator.verified report
deadline.extended report
points.adjusted conduct
hold.placed conduct
hold.lifted conduct
ballot.tallied awards
award.granted awards
event.discarded 
log.gap log
inspection.sample-committed inspection
inspection.sample-drawn inspection
disclosure.erasure-proposed person
disclosure.erased person
disclosure.purged person
key.registered key
key.confirmed key
key.revoked key
signature.added season
key.log-announced log
`

func TestCatalogue(t *testing.T) {
	var got []string
	types := map[string]bool{}
	for _, k := range domain.Catalogue() {
		got = append(got, k.Words+" "+string(k.Aggregate))
		if types[k.Type()] {
			t.Errorf("the type %s is there twice", k.Type())
		}
		types[k.Type()] = true
		if e := k.New(); e.Words() != k.Words || !reflect.ValueOf(e).Elem().IsZero() || k.New() == e && reflect.TypeOf(e).Elem().Size() > 0 {
			t.Errorf("%s makes %#v, want a zero value of its own", k.Words, e)
		}
	}
	if diff := cmp.Diff(strings.Fields(released), strings.Fields(strings.Join(got, "\n"))); diff != "" {
		t.Errorf("catalogue (-released +got):\n%s", diff)
	}
}

func TestKindNames(t *testing.T) {
	kinds := domain.Catalogue()
	k := kinds[slices.IndexFunc(kinds, func(k domain.Kind) bool { return k.Words == "indicator.reported" })]
	if got, want := k.Type(), "vn.thidua.indicator.reported.v1"; got != want {
		t.Errorf("type %s, want %s", got, want)
	}
	if got, want := k.Schema(), "urn:thidua:schema:indicator.reported:1"; got != want {
		t.Errorf("schema %s, want %s", got, want)
	}
}

// A year's events are all of the catalogue, in the streams of their aggregates, and a year has them all.
func TestYearIsInTheCatalogue(t *testing.T) {
	missing := map[string]domain.Aggregate{}
	for _, k := range domain.Catalogue() {
		// No papers tell of what is said of the log and its events, of what is erased, or of inspections.
		if !slices.Contains([]domain.Aggregate{domain.AggregateAny, domain.AggregateLog, domain.AggregateInspection}, k.Aggregate) && !strings.HasPrefix(k.Words, "disclosure.") {
			missing[k.Words] = k.Aggregate
		}
	}
	for _, c := range changes(t, year()) {
		if aggregate, ok := missing[c.Event.Words()]; !ok || c.Stream.Aggregate != aggregate {
			t.Errorf("%s goes to %s, want %s", c.Event.Words(), c.Stream, aggregate)
		}
	}
	for _, c := range changes(t, year()) {
		delete(missing, c.Event.Words())
	}
	if len(missing) > 0 {
		t.Errorf("the year is without %v", missing)
	}
}
