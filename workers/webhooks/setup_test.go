package webhooks_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/workers/webhooks"
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = to
}

// bed is a log and a database with webhooks over them.
type bed struct {
	nc    *nats.Conn
	log   *eventlog.Log
	db    *sqlx.DB
	clock *clock
	hooks *webhooks.Webhooks
}

func newBed(t *testing.T, pace webhooks.Pace) *bed {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	b := &bed{nc: nc, clock: &clock{at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}}
	b.log, err = eventlog.Open(t.Context(), nc, eventlog.Config{Now: b.clock.now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.log.Close() })
	b.db = testenv.PostgresWith(t, "frame", func(ctx context.Context, db *sqlx.DB) error { return migrations.Up(ctx, db.DB) })
	b.hooks = webhooks.New(b.config(pace))
	return b
}

func (b *bed) config(pace webhooks.Pace) webhooks.Config {
	half := func(d time.Duration) time.Duration { return d / 2 }
	return webhooks.Config{Log: b.log, DB: b.db, Now: b.clock.now, Rand: rand.Reader, Jitter: half, Pace: pace}
}

// report puts so many events on the log, of the report of one unit.
func (b *bed) report(t *testing.T, unit string, events int) {
	t.Helper()
	if _, err := b.log.Append(t.Context(), report(unit, events)); err != nil {
		t.Fatal(err)
	}
}

const season = "season-2026"

func report(unit string, events int) domain.Append {
	stream := domain.ReportStream(season, unit, "2026-Q1")
	a := domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(unit), Actor: "system:test"}}
	for i := range events {
		a.Changes = append(a.Changes, domain.Change{Stream: stream, Event: &domain.IndicatorReported{
			Criterion: fmt.Sprintf("A%d", i+1), Value: "17", By: "p-" + strings.Repeat("0123456789abcdef", 2),
		}})
	}
	return a
}

// add makes an endpoint that may lie on this machine.
func (b *bed) add(t *testing.T, e webhooks.Endpoint) (name, secret string) {
	t.Helper()
	e.AllowPrivate = true
	name, secret, err := b.hooks.Add(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return name, secret
}

// round does a round and returns when the next has something to do.
func (b *bed) round(t *testing.T, name string) time.Time {
	t.Helper()
	next, err := b.hooks.Round(t.Context(), name, mine{})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func (b *bed) find(t *testing.T, name string) webhooks.Endpoint {
	t.Helper()
	e, err := b.hooks.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// mine is the right to work on everything.
type mine struct{}

func (mine) Hold(context.Context) error             { return nil }
func (mine) HoldIn(context.Context, *sqlx.Tx) error { return nil }

// call is a request that a receiver got.
type call struct {
	id, signature string
	body          []byte
	header        http.Header
}

// receiver is somebody's endpoint.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	calls []call
}

// receive starts an endpoint that answers with what a function says for its nth call.
func receive(t *testing.T, answer func(n int, c call, w http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return // who sent it was killed
		}
		c := call{request.Header.Get("webhook-id"), request.Header.Get("webhook-signature"), body, request.Header}
		r.mu.Lock()
		r.calls = append(r.calls, c)
		n := len(r.calls)
		r.mu.Unlock()
		answer(n, c, w)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) got() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

// status answers every call alike.
func status(code int) func(int, call, http.ResponseWriter) {
	return func(_ int, _ call, w http.ResponseWriter) { w.WriteHeader(code) }
}

// isRefusal fails where an error is not a refusal in both languages.
func isRefusal(t *testing.T, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*webhooks.Refusal](err)
	if !ok || !errors.Is(err, domain.ErrInvalid) || refusal.Text().VI == "" || refusal.Text().EN == "" {
		t.Errorf("got %v, want a refusal in two languages", err)
	}
}

// inOrder fails where a call has an event that comes behind one which its stream has not delivered yet. It keeps the last version of each stream.
func inOrder(t *testing.T, c call, last map[string]uint64) {
	t.Helper()
	var event struct {
		Subject       string `json:"subject"`
		StreamVersion uint64 `json:"streamversion"`
	}
	if err := json.Unmarshal(c.body, &event); err != nil {
		t.Fatal(err)
	}
	if event.StreamVersion > last[event.Subject]+1 {
		t.Errorf("%s: version %d came when %d was the last", event.Subject, event.StreamVersion, last[event.Subject])
	}
	last[event.Subject] = max(last[event.Subject], event.StreamVersion)
}
