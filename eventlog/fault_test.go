package eventlog_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// strays are messages that are no events: all lie in the stream of unit-0's report, but those whose subject names none.
func strays(t *testing.T, l *eventlog.Log) map[string]*nats.Msg {
	t.Helper()
	valid := forged(t, l, func(*domain.Recorded) {})
	with := func(subject string, data []byte) *nats.Msg { return &nats.Msg{Subject: subject, Data: data} }
	stranger := forged(t, l, func(r *domain.Recorded) { r.Source = "elsewhere/log" })
	other := forged(t, l, func(r *domain.Recorded) { r.Stream.Unit = "unit-1" })
	return map[string]*nats.Msg{
		"bad JSON":         with(valid.Subject, []byte(`{"actor":`)),
		"nothing":          with(valid.Subject, []byte{}),
		"bytes":            with(valid.Subject, []byte{0, 0xff, 0xfe, '{'}),
		"too large":        with(valid.Subject, bytes.Repeat([]byte("x"), 1_000_000)),
		"another log's":    stranger,
		"another stream's": with(valid.Subject, other.Data),
		"no stream":        with("emulation.x", valid.Data),
		"a bad aggregate":  with("emulation.s.u.nonsense._.x", valid.Data),
		"missing parts":    with("emulation._._.report._.indicator-reported", valid.Data),
		"another event's":  with(strings.Replace(valid.Subject, "reported", "verified", 1), valid.Data),
	}
}

// What is no event is given with its fault, and nothing else stops: not the reader, not appends to other streams, not a log opened anew. Its
// own stream takes nothing until it is discarded, and then goes on; only Check says all the while what is wrong.
func TestStrayMessage(t *testing.T) {
	t.Parallel()
	l, _ := openRaw(t)
	for name := range strays(t, l) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testenv.NATS(t)
			l, nc := openOn(t, server), connect(t, server)
			mustAppend(t, l, expecting(report("unit-0", "1"), 0))
			stray := strays(t, l)[name]
			publish(t, nc, stray)

			again := openOn(t, server)
			mustAppend(t, again, expecting(report("unit-2", "1"), 0))
			got := readAll(t, again, 3)
			want := domain.Recorded{
				Change: domain.Change{Stream: domain.ReportStream(season, "unit-0", "2019-Q1")}, Position: 2, Payload: stray.Data,
				ID: fmt.Sprintf("sha256:%x", sha256.Sum256(stray.Data)),
			}
			if strings.HasPrefix(name, "no ") || strings.HasPrefix(name, "a bad") || strings.HasPrefix(name, "missing") {
				want.Stream = domain.LogStream()
			}
			fault := got[1].Fault
			got[1].Fault = nil
			if diff := cmp.Diff(want, got[1]); diff != "" || !errors.Is(fault, domain.ErrCorrupt) {
				t.Errorf("the stray is read with the fault %v (-want +got):\n%s", fault, diff)
			}
			if _, err := again.Check(t.Context(), nil); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "position 2") {
				t.Errorf("Check gives %v, want that it names position 2", err)
			}
			if want.Stream != domain.LogStream() {
				refused(t, l)
				refused(t, again)
			}
			discard(t, again, got[1])
			mustAppend(t, l, domain.Append{Issue: issue("on"), Changes: []domain.Change{report("unit-0", "2")}})
			whole(t, l)
			whole(t, openOn(t, server))
		})
	}
}

// readAll reads the first events of a log.
func readAll(t *testing.T, l *eventlog.Log, n int) (events []domain.Recorded) {
	t.Helper()
	r := l.Reader(0)
	defer r.Close()
	for len(events) < n {
		next, err := r.Next(t.Context(), eventlog.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, next...)
	}
	return events
}

// refused judges that neither unit-0's report nor what stands on the whole season is taken.
func refused(t *testing.T, l *eventlog.Log) {
	t.Helper()
	blind := domain.Append{Issue: issue("blind"), Changes: []domain.Change{report("unit-0", "2")}}
	season0 := domain.Append{Issue: issue("whole"), Changes: []domain.Change{report("unit-3", "2")}, ExpectSeasons: map[string]uint64{season: 2}}
	for name, a := range map[string]domain.Append{"its stream": blind, "its season": season0} {
		_, err := l.Append(t.Context(), a)
		if problem, ok := errors.AsType[*domain.Problem](err); !ok || problem.Rule != domain.RuleUnreadable {
			t.Errorf("an append to %s gives %v, want the rule %s", name, err, domain.RuleUnreadable)
		}
	}
	if _, err := l.Stream(t.Context(), domain.ReportStream(season, "unit-0", "2019-Q1")); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("Stream gives %v, want that it is refused", err)
	}
	if _, err := l.Season(t.Context(), season, 0); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("Season gives %v, want that it is refused", err)
	}
	if events, err := l.Season(t.Context(), season, 1); err != nil || len(events) != 1 {
		t.Errorf("the season before it gives %d events, %v", len(events), err)
	}
}

// discard discards an event.
func discard(t *testing.T, l *eventlog.Log, r domain.Recorded) {
	t.Helper()
	change, err := domain.Discard(r, sealed("r"))
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, domain.Append{Issue: issue("discard"), Changes: []domain.Change{change}})
}

// whole judges that a log is right, and unit-0's report and the season can be read.
func whole(t *testing.T, l *eventlog.Log) {
	t.Helper()
	report, err := l.Check(t.Context(), nil)
	if err != nil || report.Discarded != 1 {
		t.Errorf("Check gives %+v, %v, want one discarded", report, err)
	}
	events, err := l.Stream(t.Context(), domain.ReportStream(season, "unit-0", "2019-Q1"))
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Event.Words() != "indicator.reported" || last.Position != 5 {
		t.Errorf("the stream ends with %s at %d", last.Event.Words(), last.Position)
	}
	if _, err := l.Season(t.Context(), season, 0); err != nil {
		t.Error(err)
	}
}

// An event with a version that another has, or that is too high, is right again once it is discarded, and its stream goes on.
func TestWrongVersionIsDiscarded(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint64{"twice": 1, "left out": 9} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testenv.NATS(t)
			l, nc := openOn(t, server), connect(t, server)
			mustAppend(t, l, expecting(report("unit-0", "1"), 0))
			publish(t, nc, forged(t, l, func(r *domain.Recorded) { r.StreamVersion, r.SeasonVersion = version, version }))
			mustAppend(t, l, expecting(report("unit-2", "1"), 0))
			if _, err := l.Check(t.Context(), nil); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "position 2") {
				t.Errorf("Check gives %v, want that it names position 2", err)
			}
			again := openOn(t, server)
			discard(t, again, readAll(t, again, 3)[1])
			mustAppend(t, l, domain.Append{Issue: issue("on"), Changes: []domain.Change{report("unit-0", "2")}})
			whole(t, l)
			whole(t, openOn(t, server))
		})
	}
}

// A discard of what does not lie there is wrong itself.
func TestDiscardOfSomethingElse(t *testing.T) {
	t.Parallel()
	l := open(t)
	mustAppend(t, l, expecting(report("unit-0", "1"), 0))
	r := readAll(t, l, 1)[0]
	r.Payload = []byte("something else")
	discard(t, l, r)
	if _, err := l.Check(t.Context(), nil); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "position 2") {
		t.Errorf("Check gives %v, want that it names position 2", err)
	}
}
