package eventlog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// written puts so many streams on a log, the i-th with i%3 events of different types.
func written(t *testing.T, l *eventlog.Log, streams int) {
	t.Helper()
	var appends []domain.Append
	for i := range streams {
		change := report(fmt.Sprintf("unit-%d", i), "17")
		verified := change
		verified.Event = &domain.IndicatorVerified{Criterion: "A1", Value: "18", By: personRef}
		// The last type by name is not that of the last event.
		for version, c := range []domain.Change{verified, change}[:i%3] {
			appends = append(appends, expecting(c, uint64(version)))
		}
	}
	if _, err := l.AppendAll(t.Context(), appends); err != nil {
		t.Fatal(err)
	}
}

// afresh is a log that knows none of the streams but the one of the last event, and has appended something: from then on it looks up many with one question.
func afresh(t *testing.T, server *embedded.NATS) *eventlog.Log {
	t.Helper()
	l := openOn(t, server)
	mustAppend(t, l, expecting(report("a-first", "1"), 0))
	mustAppend(t, l, expecting(report("a-first", "2"), 1))
	return l
}

// Streams that were not looked at yet are found at their versions, those without events too, more of them than one question asks for.
func TestGlanceManyStreams(t *testing.T) {
	t.Parallel()
	const streams = 300
	server := testenv.NATS(t)
	written(t, openOn(t, server), streams)
	var appends []domain.Append
	for i := range streams {
		appends = append(appends, expecting(report(fmt.Sprintf("unit-%d", i), "19"), uint64(i%3)))
	}
	l := afresh(t, server)
	if positions, err := l.AppendAll(t.Context(), appends); err != nil {
		t.Errorf("of %d appends to as many streams %d come to stand, then %v", streams, len(positions), err)
	}
	if _, err := l.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestGlanceConflict(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	written(t, openOn(t, server), 9)
	l := afresh(t, server)
	for unit, have := range map[string]int{"unit-3": 0, "unit-4": 1, "unit-5": 2} {
		_, err := l.Append(t.Context(), expecting(report(unit, "19"), 7))
		if want := fmt.Sprintf("is at version %d, expected 7", have); !errors.Is(err, domain.ErrConflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: an append at version 7 gives %v, want a conflict that says %q", unit, err, want)
		}
	}
}

// A stream whose last message is no event takes nothing, whoever looks at it.
func TestGlanceStray(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	first, nc := openOn(t, server), connect(t, server)
	written(t, first, 3)
	publish(t, nc, &nats.Msg{Subject: report("unit-2", "1").Stream.Subject("indicator.reported"), Data: []byte("{")})
	mustAppend(t, first, expecting(report("unit-3", "1"), 0))
	_, err := afresh(t, server).Append(t.Context(), expecting(report("unit-2", "19"), 2))
	if problem, ok := errors.AsType[*domain.Problem](err); !ok || problem.Rule != domain.RuleUnreadable {
		t.Errorf("an append behind what is no event gives %v, want the rule %s", err, domain.RuleUnreadable)
	}
}

// An answer that does not show that it knows the log as far as its writer does is not believed: it comes from a server that is behind. The stream's own
// answers are switched off, so that the test's are the only ones.
func TestGlanceBehind(t *testing.T) {
	t.Parallel()
	const end = "NATS/1.0 204 EOB\r\nNats-Num-Pending: %d\r\nNats-UpTo-Sequence: %d\r\n\r\n"
	for name, says := range map[string]string{
		"behind":           fmt.Sprintf(end, 0, 1),
		"more to come":     fmt.Sprintf(end, 1, 1_000),
		"says not how far": "NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\n\r\n",
		"has nothing":      "NATS/1.0 404 No Results\r\n\r\n",
		"refuses":          "NATS/1.0 413 Too Many Results\r\n\r\n",
		"is no answer":     "NATS/1.0 204 EOB\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testenv.NATS(t)
			written(t, openOn(t, server), 6)
			l, asked := afresh(t, server), answering(t, server, says)
			if _, err := l.Append(t.Context(), expecting(report("unit-2", "19"), 2)); err != nil {
				t.Errorf("an append at the version that the stream has gives %v", err)
			}
			if len(asked) == 0 {
				t.Error("nobody was asked")
			}
		})
	}
}

// answering answers every direct question about the log in place of the server. What was asked comes in the channel.
func answering(t *testing.T, server *embedded.NATS, says string) <-chan *nats.Msg {
	t.Helper()
	header, err := nats.DecodeHeadersMsg([]byte(says))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan *nats.Msg, 100)
	instead(t, server, func(m *nats.Msg) {
		asked <- m
		if err := m.RespondMsg(&nats.Msg{Header: header}); err != nil {
			t.Error(err)
		}
	})
	return asked
}

// instead takes every direct question about the log in place of the server.
func instead(t *testing.T, server *embedded.NATS, take func(*nats.Msg)) {
	t.Helper()
	nc := connect(t, server)
	js := streams(t, nc)
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	changed := stream.CachedInfo().Config
	changed.AllowDirect = false
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if _, err = nc.Subscribe("$JS.API.DIRECT.GET."+eventlog.StreamName, take); err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Who reads on a connection that is closed meanwhile is told so at once, not when the time for an answer is over.
func TestReadWhileClosing(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	nc, patient := connect(t, server), config()
	patient.Timeout = time.Hour
	l, err := eventlog.Open(t.Context(), nc, patient)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, expecting(report("unit-1", "1"), 0))
	instead(t, server, func(*nats.Msg) { nc.Close() })
	if _, err := l.Stream(t.Context(), report("unit-1", "1").Stream); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("a read whose connection is closed gives %v, want %v", err, nats.ErrConnectionClosed)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
