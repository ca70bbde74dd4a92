package domain_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain"
)

// Spec "events", Streams and types: which of season, unit and key each aggregate has, and where its events lie.
func TestStreams(t *testing.T) {
	for _, tt := range []struct {
		stream                domain.Stream
		words                 string
		text, subject, filter string
	}{
		{domain.UnitStream("cao-bang"), "unit.registered", "unit/_/cao-bang/_", "emulation._.cao-bang.unit._.unit-registered", "emulation._.cao-bang.unit._.*"},
		{domain.PersonStream("p-1"), "person.registered", "person/_/_/p-1", "emulation._._.person.p-1.person-registered", "emulation._._.person.p-1.*"},
		{domain.SeasonStream("s-1"), "covenant.entered-into-force", "season/s-1/_/_", "emulation.s-1._.season._.covenant-entered-into-force", "emulation.s-1._.season._.*"},
		{domain.PledgeStream("s-1", "lai-chau"), "pledge.signed", "pledge/s-1/lai-chau/_", "emulation.s-1.lai-chau.pledge._.pledge-signed", "emulation.s-1.lai-chau.pledge._.*"},
		{domain.ReportStream("s-1", "lai-chau", "2019-Q1"), "indicator.reported", "report/s-1/lai-chau/2019-Q1", "emulation.s-1.lai-chau.report.2019-Q1.indicator-reported", "emulation.s-1.lai-chau.report.2019-Q1.*"},
		{domain.ConductStream("s-1", "lai-chau"), "hold.placed", "conduct/s-1/lai-chau/_", "emulation.s-1.lai-chau.conduct._.hold-placed", "emulation.s-1.lai-chau.conduct._.*"},
		{domain.AwardsStream("s-1"), "award.granted", "awards/s-1/_/_", "emulation.s-1._.awards._.award-granted", "emulation.s-1._.awards._.*"},
		{domain.LogStream(), "event.discarded", "log/_/_/_", "emulation._._.log._.event-discarded", "emulation._._.log._.*"},
	} {
		if got := tt.stream.String(); got != tt.text {
			t.Errorf("stream %s, want %s", got, tt.text)
		}
		if got := tt.stream.Subject(tt.words); got != tt.subject {
			t.Errorf("subject %s, want %s", got, tt.subject)
		}
		if got := tt.stream.Filter(); got != tt.filter {
			t.Errorf("filter %s, want %s", got, tt.filter)
		}
	}
	if got, want := domain.SeasonFilter("s-1"), "emulation.s-1.>"; got != want {
		t.Errorf("season filter %s, want %s", got, want)
	}
}

// anyStream is a stream of any of the aggregates.
func anyStream() *rapid.Generator[domain.Stream] {
	return rapid.Custom(func(t *rapid.T) domain.Stream {
		id := func(name string) string { return rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,63}`).Draw(t, name) }
		return rapid.SampledFrom([]domain.Stream{
			domain.UnitStream(id("unit")), domain.PersonStream("p-" + id("ref")), domain.SeasonStream(id("season")), domain.PledgeStream(id("season"), id("unit")),
			domain.ReportStream(id("season"), id("unit"), rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9-]{0,63}`).Draw(t, "period")),
			domain.ConductStream(id("season"), id("unit")), domain.AwardsStream(id("season")),
		}).Draw(t, "stream")
	})
}

func TestStreamRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyStream().Draw(t, "stream")
		got, err := domain.ParseStream(want.String())
		if err != nil || got != want {
			t.Fatalf("%s is read back as %v: %v", want, got, err)
		}
		if subject := want.Subject("a.b-c"); !strings.HasPrefix(subject, strings.TrimSuffix(want.Filter(), "*")) || strings.Count(subject, ".") != 5 {
			t.Fatalf("the subject %s is not under the filter %s", subject, want.Filter())
		}
	})
}

// What String does not write is no stream.
func TestParseStreamRefuses(t *testing.T) {
	for _, bad := range []string{"", "unit", "unit/_/a", "unit/_/a/_/_", "unit//a/_", "unit/_/a/", "/s-1/_/_", "_/s-1/_/_", "planet/s-1/_/_"} {
		if got, err := domain.ParseStream(bad); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ParseStream(%q) = %#v, %v; want ErrInvalid", bad, got, err)
		}
	}
}
