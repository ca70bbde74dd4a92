package webhooks_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"thidua/domain"
	"thidua/workers/webhooks"
)

func TestRedeliver(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL, Season: season})
	b.report(t, "unit", 4)
	b.round(t, name)
	ids, _ := b.logged(t, 0)
	for _, want := range []bool{true, false} {
		if taken, err := b.hooks.Redeliver(t.Context(), name, 2); err != nil || taken != want {
			t.Errorf("redelivery was taken: %v, %v; want %v", taken, err, want)
		}
	}
	b.round(t, name)
	if err := b.hooks.RedeliverSince(t.Context(), name, 2); err != nil {
		t.Fatal(err)
	}
	b.round(t, name)
	want := []string{ids[0], ids[1], ids[2], ids[3], ids[1], ids[2], ids[3]}
	if diff := cmp.Diff(want, idsOf(r.got())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	_, err := b.hooks.Redeliver(t.Context(), name, 5)
	isRefusal(t, err)
	if err := b.hooks.RedeliverSince(t.Context(), name, 5); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("behind the end of the log: %v", err)
	}
	b.report(t, "unit", 1)
	isRefusal(t, b.hooks.RedeliverSince(t.Context(), name, 5))
	for _, err := range []error{
		b.hooks.RedeliverSince(t.Context(), "nobody", 1), b.hooks.Pause(t.Context(), "nobody"), b.hooks.Remove(t.Context(), "nobody"),
	} {
		if !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("of an endpoint that there is not: %v", err)
		}
	}
}

// A season's endpoint takes no event of another, asked for or not.
func TestRedeliverWhatIsNotWanted(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL, Types: []string{"award.granted"}})
	b.report(t, "unit", 1)
	b.round(t, name)
	_, err := b.hooks.Redeliver(t.Context(), name, 1)
	isRefusal(t, err)
}

// A test is a CloudEvent that the public library verifies. It moves nothing.
func TestTest(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	b.clock.move(time.Now())
	r := receive(t, func(n int, _ call, w http.ResponseWriter) { w.WriteHeader([]int{200, 500}[n-1]) })
	name, secret := b.add(t, webhooks.Endpoint{URL: r.URL})
	for i, want := range []string{"delivered", "failed"} {
		got, err := b.hooks.Test(t.Context(), name, []string{"test-1", "test-2"}[i])
		if err != nil || got.Outcome != want {
			t.Errorf("test %d: %+v, %v; want %s", i, got, err, want)
		}
	}
	judge, err := standard.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	sent := r.got()[0]
	if err := judge.Verify(sent.body, sent.header); err != nil || sent.id != "test-1" {
		t.Errorf("id %s: %v", sent.id, err)
	}
	var body map[string]any
	if err := json.Unmarshal(sent.body, &body); err != nil {
		t.Fatal(err)
	}
	delete(body, "time")
	want := map[string]any{
		"specversion": "1.0", "id": "test-1", "source": b.log.Origin(), "type": webhooks.TestType, "datacontenttype": "application/json", "data": map[string]any{},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if rows, err := b.hooks.Attempts(t.Context(), name, 10); err != nil || len(rows) != 2 || rows[0].Position != nil {
		t.Errorf("delivery log %+v, %v", rows, err)
	}
}
