package eventlog_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// wants is a filter of which nothing is wrong.
func wants(t *testing.T, season string, types ...string) domain.Wanted {
	t.Helper()
	w, wrong := domain.NewWanted(season, types)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return w
}

// fed takes what a feed gives until it has looked at all up to a position, or can't go on.
func fed(t *testing.T, f *eventlog.Feed, end domain.Position) (events []domain.Recorded, upTo domain.Position, err error) {
	t.Helper()
	for upTo < end {
		var next []domain.Recorded
		var at domain.Position
		if next, at, err = f.Next(t.Context()); err != nil {
			return events, upTo, err
		}
		events, upTo = append(events, next...), at
	}
	return events, upTo, nil
}

// A feed gives the very bytes in the log's order, only what is wanted, and says how far it has looked also where nothing is.
func TestFeed(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	l, js := openOn(t, server), streams(t, connect(t, server))
	for _, change := range released(t) {
		switch change.Event.(type) {
		case *domain.LogGap, *domain.EventDiscarded: // they stand for others, which are not there
		default:
			mustAppend(t, l, domain.Append{Issue: issue("any"), Changes: []domain.Change{change}})
		}
	}
	all := events(t, l)
	end := all[len(all)-1].Position
	tests := []struct {
		name  string
		after domain.Position
		want  domain.Wanted
		keep  func(domain.Recorded) bool
	}{
		{"all", 0, wants(t, ""), func(domain.Recorded) bool { return true }},
		{"from a position on", 7, wants(t, ""), func(r domain.Recorded) bool { return r.Position > 7 }},
		{"a season", 0, wants(t, season), func(r domain.Recorded) bool { return r.Stream.Season == season }},
		{"what is of no season", 0, wants(t, "_"), func(r domain.Recorded) bool { return r.Stream.Season == "" }},
		{"another season", 0, wants(t, "elsewhere-2020"), func(domain.Recorded) bool { return false }},
		{"by words", 0, wants(t, "", "unit.registered", "indicator.reported"), func(r domain.Recorded) bool {
			return strings.HasPrefix(r.Type, "vn.thidua.unit.registered.v") || strings.HasPrefix(r.Type, "vn.thidua.indicator.reported.v")
		}},
		{"by type", 2, wants(t, season, "vn.thidua.award.granted.v1"), func(r domain.Recorded) bool { return r.Type == "vn.thidua.award.granted.v1" }},
	}
	for _, test := range tests {
		f := l.Feed(test.after, test.want)
		got, upTo, err := fed(t, f, end)
		f.Close()
		if err != nil || upTo != end {
			t.Fatalf("%s: up to %d, %v, want %d", test.name, upTo, err, end)
		}
		var want []domain.Position
		for _, r := range all {
			if test.keep(r) {
				want = append(want, r.Position)
			}
		}
		if diff := cmp.Diff(want, positions(got)); diff != "" {
			t.Errorf("%s: positions (-want +got):\n%s", test.name, diff)
		}
		sameBytes(t, js, got)
	}
}

// sameBytes judges that events are byte by byte what the server has.
func sameBytes(t *testing.T, js jetstream.JetStream, got []domain.Recorded) {
	t.Helper()
	for _, r := range got {
		stream, err := js.Stream(t.Context(), eventlog.StreamName)
		if err != nil {
			t.Fatal(err)
		}
		m, err := stream.GetMsg(t.Context(), r.Position)
		if err != nil || !bytes.Equal(m.Data, r.Payload) {
			t.Errorf("position %d (%v): %s is not %s", r.Position, err, r.Payload, m.Data)
		}
	}
}

// What is no event ends a feed when all before it was given, and is passed over once it was discarded. An event on two lines is none for who hands lines on.
func TestFeedEndsAtWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	l, nc := openOn(t, server), connect(t, server)
	mustAppend(t, l, expecting(report("unit-0", "1"), 0))
	torn := forged(t, l, func(*domain.Recorded) {})
	torn.Data = bytes.Replace(torn.Data, []byte(`"criterion":`), []byte("\n\"criterion\":"), 1)
	publish(t, nc, torn)
	publish(t, nc, &nats.Msg{Subject: "emulation.x", Data: []byte("{}")})
	mustAppend(t, l, expecting(report("unit-2", "1"), 0))

	for _, want := range []struct {
		given []domain.Position
		at    string
	}{{[]domain.Position{1}, "position 2"}, {[]domain.Position{1}, "position 3"}} {
		f := l.Feed(0, domain.Wanted{})
		got, _, err := fed(t, f, 4)
		if diff := cmp.Diff(want.given, positions(got)); diff != "" || !errors.Is(err, domain.ErrRefused) || !strings.Contains(err.Error(), want.at) {
			t.Errorf("the feed gives %v (-want +got):\n%s", err, diff)
		}
		if _, _, again := f.Next(t.Context()); !errors.Is(again, err) {
			t.Errorf("then it gives %v, want %v again", again, err)
		}
		f.Close()
		discard(t, l, faultyAt(t, l, want.at))
	}
	f := l.Feed(0, domain.Wanted{})
	defer f.Close()
	got, _, err := fed(t, f, 6)
	if diff := cmp.Diff([]domain.Position{1, 4, 5, 6}, positions(got)); diff != "" || err != nil {
		t.Errorf("when both were discarded: %v (-want +got):\n%s", err, diff)
	}
}

// faultyAt reads what lies at a place that an error names.
func faultyAt(t *testing.T, l *eventlog.Log, at string) domain.Recorded {
	t.Helper()
	position := domain.Position(at[len(at)-1] - '0')
	r, err := l.At(t.Context(), position)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
