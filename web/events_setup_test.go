package web_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
	"thidua/web"
)

const (
	eventsToken = "a team's token"
	season      = "northern-border-2019"
	eventsPath  = "/api/v1/events"
)

// feedOf is a log with a server of its feed over it.
type feedOf struct {
	log    *eventlog.Log
	nats   *embedded.NATS
	served web.Events
	url    string
}

func openLog(t *testing.T) *feedOf {
	t.Helper()
	server := testenv.NATS(t)
	nc, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	f := &feedOf{log: log, nats: server}
	f.served = web.Events{
		Open: func(after domain.Position, w domain.Wanted) web.Feed { return log.Feed(after, w) },
		Last: log.Last, Epoch: log.Epoch(), Admit: admits(eventsToken), Now: time.Now, Ending: t.Context(), Streams: 4,
	}
	return f
}

// serve serves the feed until the test ends, or the function that it returns is called.
func (f *feedOf) serve(t *testing.T) (stop func()) {
	t.Helper()
	server := httptest.NewServer(web.Public(record{}, web.Sealed{}, f.served, slog.New(slog.DiscardHandler)))
	f.url = server.URL
	t.Cleanup(server.Close)
	return func() { server.CloseClientConnections(); server.Close() }
}

// report appends reports of a unit, in one command.
func (f *feedOf) report(t *testing.T, unit string, values ...string) {
	t.Helper()
	a := domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(unit), Actor: "system:test"}}
	for _, value := range values {
		a.Changes = append(a.Changes, domain.Change{
			Stream: domain.ReportStream(season, unit, "2019-Q1"),
			Event:  &domain.IndicatorReported{Criterion: "A1", Value: domain.Decimal(value), By: "p-" + strings.Repeat("0123456789abcdef", 2)},
		})
	}
	if _, err := f.log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// register appends a unit, which is of no season.
func (f *feedOf) register(t *testing.T, unit string) {
	t.Helper()
	a := domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(unit), Actor: "system:test"}}
	a.Changes = []domain.Change{{Stream: domain.UnitStream(unit), Event: &domain.UnitRegistered{Name: domain.Names{VI: "Xã", EN: "Commune"}, Level: "commune", Code: "1"}}}
	if _, err := f.log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// lines are the events of the log behind a position, those that are kept, as NDJSON has them.
func (f *feedOf) lines(t *testing.T, after domain.Position, keep func(domain.Recorded) bool) string {
	t.Helper()
	var all strings.Builder
	_, err := f.log.Check(t.Context(), func(r domain.Recorded) error {
		if r.Position > after && keep(r) {
			fmt.Fprintf(&all, "%s\n", r.Payload)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func every(domain.Recorded) bool { return true }

// given is an answer of the feed, whose body is closed when the test ends.
type given struct {
	status  int
	header  http.Header
	trailer *http.Header // to be read behind the body
	body    *bufio.Reader
}

// get asks the feed with a query and headers ("Name: value").
func (f *feedOf) get(t *testing.T, ctx context.Context, query string, headers ...string) given {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+eventsPath+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+eventsToken)
	for _, h := range headers {
		if name, value, ok := strings.Cut(h, ": "); ok {
			request.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return given{response.StatusCode, response.Header, &response.Trailer, bufio.NewReader(response.Body)}
}

// whole reads an answer to its end.
func (g given) whole(t *testing.T) string {
	t.Helper()
	content, err := io.ReadAll(g.body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

const pushed = "Accept: text/event-stream"

// push is one block of server-sent events.
type push struct{ id, event, data string }

// nextPush reads the next block.
func nextPush(lines *bufio.Reader) (p push, err error) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return p, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			p.id = value
		case "event":
			p.event = value
		case "data":
			p.data = value
		case "":
			return p, nil
		}
	}
}

// nextEvent reads on to the next block with data, and returns it with the last id, whichever block that stood in.
func nextEvent(lines *bufio.Reader, last *string) (p push, err error) {
	for p.data == "" {
		if p, err = nextPush(lines); err != nil {
			return p, err
		}
		if p.id != "" {
			*last = p.id
		}
	}
	return p, nil
}

// revocable is an Admit whose one token can be taken back.
func revocable() (admit web.Admit, revoke func()) {
	var revoked atomic.Bool
	return func(ctx context.Context, token string) (string, error) {
		if revoked.Load() {
			return "", domain.ErrNotFound
		}
		return admits(eventsToken)(ctx, token)
	}, func() { revoked.Store(true) }
}
