package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/workers/webhooks"
)

// logged is every event of the log behind a position, by id, as the log has it.
func (b *bed) logged(t *testing.T, after domain.Position) (ids []string, bodies map[string]string) {
	t.Helper()
	last, err := b.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bodies = map[string]string{}
	for p := after + 1; p <= last; p++ {
		r, err := b.log.At(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		ids, bodies[r.ID] = append(ids, r.ID), string(r.Payload)
	}
	return ids, bodies
}

func idsOf(calls []call) (ids []string) {
	for _, c := range calls {
		ids = append(ids, c.id)
	}
	return ids
}

// What is delivered is what lies on the log behind the endpoint's position, once each, byte by byte, in order within each stream.
func TestDelivery(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{Waiting: 30, AtOnce: 4})
	b.report(t, "before", 3)
	r := receive(t, status(http.StatusNoContent))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL, Position: 3})
	for i := range 40 {
		b.report(t, fmt.Sprintf("unit-%d", i%4), 3)
	}
	if next := b.round(t, name); !next.IsZero() {
		t.Errorf("the next round is at %v, want none", next)
	}
	_, want := b.logged(t, 3)
	got, last := map[string]string{}, map[string]uint64{}
	for _, c := range r.got() {
		if got[c.id] != "" {
			t.Errorf("event %s came twice", c.id)
		}
		got[c.id] = string(c.body)
		inOrder(t, c, last)
		if kind := c.header.Get("content-type"); kind != "application/cloudevents+json" {
			t.Errorf("content-type %q", kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events by id (-want +got):\n%s", diff)
	}
	rows, err := b.hooks.Attempts(t.Context(), name, 1000)
	if err != nil || len(rows) != 120 || slices.ContainsFunc(rows, func(a webhooks.Attempt) bool { return a.Outcome != "delivered" || a.Status != 204 }) {
		t.Errorf("the delivery log has %d rows, %v; want 120 deliveries", len(rows), err)
	}
	if e := b.find(t, name); e.Position != 123 || e.Waiting != 0 {
		t.Errorf("the endpoint is at %d, with %d waiting", e.Position, e.Waiting)
	}
}

// Only what is wanted is sent, and the position moves over the rest.
func TestFilter(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	mineOnly, _ := b.add(t, webhooks.Endpoint{Name: "mine", URL: r.URL, Season: season, Types: []string{"indicator.reported"}})
	none, _ := b.add(t, webhooks.Endpoint{Name: "none", URL: r.URL, Season: "season-2027"})
	b.report(t, "unit", 2)
	registered := domain.Change{Stream: domain.UnitStream("u"), Event: &domain.UnitRegistered{Name: domain.Names{VI: "Hội"}, Level: "commune"}}
	a := report("unit", 0)
	a.Changes = []domain.Change{registered}
	if _, err := b.log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{mineOnly, none} {
		b.round(t, name)
		if e := b.find(t, name); e.Position != 3 {
			t.Errorf("%s is at %d, want 3", name, e.Position)
		}
	}
	ids, _ := b.logged(t, 0)
	if diff := cmp.Diff(ids[:2], idsOf(r.got())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	for _, wrong := range []webhooks.Endpoint{
		{Name: "x", Types: []string{"indicator.reportd"}},
		{Name: "x", Season: "No Season"},
		{Name: "X y"},
		{Name: "mine"},
		{Name: "x", Types: make([]string, 101)},
	} {
		wrong.URL, wrong.AllowPrivate = r.URL, true
		_, _, err := b.hooks.Add(t.Context(), wrong)
		isRefusal(t, err)
	}
	if _, _, err := b.hooks.Add(t.Context(), webhooks.Endpoint{URL: r.URL, AllowPrivate: true, Position: 4}); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an endpoint that begins behind the end of the log: %v", err)
	}
}

// What fails holds back its stream and no other, is tried again later and later, under the same id, and then goes on in order.
func TestAStreamWaitsForItsEarlierEvent(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	b.report(t, "bad", 3)
	b.report(t, "good", 3)
	ids, _ := b.logged(t, 0)
	healed := false
	r := receive(t, func(_ int, c call, w http.ResponseWriter) {
		if c.id == ids[0] && !healed {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	if err := b.hooks.RedeliverSince(t.Context(), name, 0); err != nil {
		t.Fatal(err)
	}
	// With jitter in the middle the pauses are three quarters of 5 s, 10 s, 20 s.
	for _, pause := range []time.Duration{3750 * time.Millisecond, 7500 * time.Millisecond, 15 * time.Second} {
		now := b.clock.now()
		if next := b.round(t, name); next.Sub(now).Round(time.Millisecond) != pause {
			t.Errorf("the next round is %v later, want %v", next.Sub(now), pause)
		}
		b.round(t, name) // nothing is due
		b.clock.move(now.Add(pause + time.Millisecond))
	}
	healed = true
	b.round(t, name)
	var bad []string
	for _, id := range idsOf(r.got()) {
		if slices.Contains(ids[:3], id) {
			bad = append(bad, id)
		}
	}
	if diff := cmp.Diff([]string{ids[0], ids[0], ids[0], ids[0], ids[1], ids[2]}, bad); diff != "" {
		t.Errorf("the stream that failed (-want +got):\n%s", diff)
	}
	if got := len(r.got()); got != 9 {
		t.Errorf("%d calls, want 9", got)
	}
}

// An operator's change while an attempt is under way: what was delivered is noted, and nothing more is sent.
func TestPausedUnderWay(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	b.report(t, "unit", 3)
	var name string
	r := receive(t, func(n int, _ call, _ http.ResponseWriter) {
		if n == 1 {
			if err := b.hooks.Pause(context.Background(), name); err != nil {
				t.Error(err)
			}
		}
	})
	name, _ = b.add(t, webhooks.Endpoint{URL: r.URL})
	if err := b.hooks.RedeliverSince(t.Context(), name, 0); err != nil {
		t.Fatal(err)
	}
	b.round(t, name)
	b.round(t, name)
	if e := b.find(t, name); len(r.got()) != 1 || e.Waiting != 2 || e.Cause != "asked" {
		t.Errorf("%d calls, %d waiting, cause %q; want 1, 2, asked", len(r.got()), e.Waiting, e.Cause)
	}
	if _, err := b.hooks.Resume(t.Context(), name, false); err != nil {
		t.Fatal(err)
	}
	b.round(t, name)
	ids, _ := b.logged(t, 0)
	if diff := cmp.Diff(ids, idsOf(r.got())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
}

// Who has lost the right sends nothing and notes nothing.
func TestLostTurn(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	b.report(t, "unit", 3)
	turn := &turns{left: 1} // to take up what there is
	if _, err := b.hooks.Round(t.Context(), name, turn); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the round ends with %v, want a conflict", err)
	}
	if e := b.find(t, name); len(r.got()) != 0 || e.Waiting != 3 {
		t.Errorf("%d calls, %d waiting; want 0, 3", len(r.got()), e.Waiting)
	}
	turn.left = 2 // to send once
	if _, err := b.hooks.Round(t.Context(), name, turn); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the round ends with %v, want a conflict", err)
	}
	if e := b.find(t, name); len(r.got()) != 1 || e.Waiting != 2 {
		t.Errorf("%d calls, %d waiting; want 1, 2", len(r.got()), e.Waiting)
	}
}

// turns is a right that is lost after a number of questions.
type turns struct{ left int }

func (h *turns) Hold(context.Context) error {
	if h.left--; h.left < 0 {
		return domain.ErrConflict
	}
	return nil
}

func (h *turns) HoldIn(ctx context.Context, _ *sqlx.Tx) error { return h.Hold(ctx) }
