package eventlog_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/eventlog/envelope"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

const season = "northern-border-2019"

// connect returns a connection of its own to a server, closed when the test ends.
func connect(t testing.TB, server *embedded.NATS) *nats.Conn {
	t.Helper()
	nc, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// open returns a log on a new server.
func open(t testing.TB) *eventlog.Log {
	t.Helper()
	return openOn(t, testenv.NATS(t))
}

// openOn returns a log on a server, with a connection and a committer of its own.
func openOn(t testing.TB, server *embedded.NATS) *eventlog.Log {
	t.Helper()
	return opened(t, connect(t, server), config())
}

// openReplicated opens the log of a cluster.
func openReplicated(t testing.TB, nc *nats.Conn) *eventlog.Log {
	t.Helper()
	cfg := config()
	cfg.Replicas = 3
	return opened(t, nc, cfg)
}

func opened(t testing.TB, nc *nats.Conn, cfg eventlog.Config) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Open(t.Context(), nc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func config() eventlog.Config {
	return eventlog.Config{Now: time.Now, Rand: rand.Reader}
}

// issue is a new command's id with the digest of what it is about.
func issue(about string) domain.Issue {
	return domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(about), Actor: "system:test"}
}

// opening is an issue that brings a disclosure.
func opening(i domain.Issue, d domain.Disclosure) domain.Issue {
	i.Disclosures = []domain.Disclosure{d}
	return i
}

// report is a change of a unit's report, with any value.
func report(unit, value string) domain.Change {
	return domain.Change{
		Stream: domain.ReportStream(season, unit, "2019-Q1"),
		Time:   instant("2019-04-05T17:30:00+07:00"),
		Event:  &domain.IndicatorReported{Criterion: "A1", Value: domain.Decimal(value), By: personRef},
	}
}

// append of one change, expecting the version of its stream.
func expecting(change domain.Change, version uint64) domain.Append {
	return domain.Append{
		Issue:   issue("append"),
		Changes: []domain.Change{change},
		Expect:  map[domain.Stream]uint64{change.Stream: version},
	}
}

// mustAppend appends and returns the position.
func mustAppend(t testing.TB, l *eventlog.Log, a domain.Append) domain.Position {
	t.Helper()
	position, err := l.Append(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return position
}

// events reads the whole log.
func events(t testing.TB, l *eventlog.Log) []domain.Recorded {
	t.Helper()
	var all []domain.Recorded
	_, err := l.Check(t.Context(), func(r domain.Recorded) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func instant(text string) domain.Instant {
	i, err := domain.ParseInstant(text)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return i
}

var sha = strings.Repeat("9f86d081884c7d65", 4)

var personRef = "p-" + strings.Repeat("0123456789abcdef", 2)

// streams is JetStream itself, behind the log's back.
func streams(t *testing.T, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// released is a change of each released type, the examples of package envelope.
func released(t testing.TB) []domain.Change {
	t.Helper()
	content, err := os.ReadFile("envelope/testdata/released.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var changes []domain.Change
	for line := range bytes.Lines(content) {
		r, err := envelope.New().Decode(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, r.Change)
	}
	return changes
}

// sealed is a disclosable text's place in an event.
func sealed(text string) *domain.Disclosable {
	return &domain.Disclosable{Digest: strings.Repeat("A", 42) + text[:1]}
}
