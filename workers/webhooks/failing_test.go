package webhooks_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/workers/webhooks"
)

// outcomes are the newest rows of the delivery log, oldest first, as words.
func (b *bed) outcomes(t *testing.T, name string) (all []string) {
	t.Helper()
	rows, err := b.hooks.Attempts(t.Context(), name, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		a := rows[len(rows)-1-i]
		all = append(all, strings.TrimSpace(a.Outcome+" "+a.Fault))
	}
	return all
}

func TestGone(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{AtOnce: 1})
	r := receive(t, status(http.StatusGone))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	b.report(t, "unit-1", 1)
	b.report(t, "unit-2", 1)
	if next := b.round(t, name); !next.IsZero() {
		t.Errorf("a next round at %v, want none", next)
	}
	e := b.find(t, name)
	if !e.Paused() || e.Cause != "gone" || e.Waiting != 2 || len(r.got()) != 1 {
		t.Errorf("%d calls, then %+v; want it paused, with both events waiting", len(r.got()), e)
	}
	if diff := cmp.Diff([]string{"gone"}, b.outcomes(t, name)); diff != "" {
		t.Errorf("delivery log (-want +got):\n%s", diff)
	}
}

// An event is tried for three days; then it is dead and the endpoint pauses. Resumed, it begins anew, or leaves out what is dead.
func TestThreeDays(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	code := http.StatusServiceUnavailable
	r := receive(t, func(_ int, _ call, w http.ResponseWriter) { w.WriteHeader(code) })
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	b.report(t, "unit", 2)
	exhaust := func() int {
		from, calls := b.clock.now(), len(r.got())
		for !b.find(t, name).Paused() {
			next := b.round(t, name)
			if b.find(t, name).Paused() {
				break
			}
			if pause := next.Sub(b.clock.now()); pause <= 0 || pause > 4*time.Hour+time.Second {
				t.Fatalf("a pause of %v", pause)
			}
			b.clock.move(next)
		}
		if took := b.clock.now().Sub(from); took < 72*time.Hour || took > 77*time.Hour {
			t.Errorf("it was tried for %v, want three days", took)
		}
		return len(r.got()) - calls
	}
	if n := exhaust(); n < 15 || n > 60 {
		t.Errorf("%d attempts in three days", n)
	}
	if e := b.find(t, name); e.Cause != "exhausted" || e.Dead != 1 || e.Waiting != 2 {
		t.Errorf("after three days %+v; want one of two dead", e)
	}
	if skipped, err := b.hooks.Resume(t.Context(), name, false); err != nil || skipped != 0 {
		t.Errorf("skipped %d, %v", skipped, err)
	}
	exhaust()
	if skipped, err := b.hooks.Resume(t.Context(), name, true); err != nil || skipped != 1 {
		t.Errorf("skipped %d, %v; want the dead one", skipped, err)
	}
	code = http.StatusOK
	before := len(r.got())
	b.round(t, name)
	ids, _ := b.logged(t, 0)
	if diff := cmp.Diff(ids[1:], idsOf(r.got()[before:])); diff != "" {
		t.Errorf("after the dead one was left out (-want +got):\n%s", diff)
	}
	rows := b.outcomes(t, name)
	if diff := cmp.Diff([]string{"dead", "skipped given-up", "delivered"}, rows[len(rows)-3:]); diff != "" {
		t.Errorf("the end of the delivery log (-want +got):\n%s", diff)
	}
}

// After many failures in a row an endpoint is asked once at a time, whatever waits; when it answers again everything goes at once.
func TestRest(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{Patience: 4, AtOnce: 4})
	code := http.StatusBadGateway
	r := receive(t, func(_ int, _ call, w http.ResponseWriter) { w.WriteHeader(code) })
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	for _, unit := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		b.report(t, unit, 1)
	}
	b.clock.move(b.round(t, name))
	first := len(r.got())
	if first < 4 || first > 8 {
		t.Errorf("%d attempts before it rests", first)
	}
	for range 3 {
		before := len(r.got())
		b.clock.move(b.round(t, name))
		if n := len(r.got()) - before; n != 1 {
			t.Errorf("%d attempts after a rest, want one", n)
		}
	}
	code = http.StatusOK
	b.round(t, name)
	if e := b.find(t, name); e.Waiting != 0 || e.Failures != 0 || e.RestUntil != nil {
		t.Errorf("once it answers again: %+v", e)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "99999999999999": 4 * time.Hour, "-5": 3750 * time.Millisecond, "soon": 3750 * time.Millisecond,
		"Mon, 23 Nov 2026 08:10:00 GMT": 10 * time.Minute,
	} {
		b := newBed(t, webhooks.Pace{})
		r := receive(t, func(_ int, _ call, w http.ResponseWriter) {
			w.Header().Set("retry-after", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
		b.report(t, "unit", 1)
		if got := b.round(t, name).Sub(b.clock.now()).Round(time.Millisecond); got != want {
			t.Errorf("after retry-after %q the pause is %v, want %v", header, got, want)
		}
	}
}

// What is wrong with an endpoint is told in a word, and nothing that it answers is kept.
func TestFaults(t *testing.T) {
	t.Parallel()
	elsewhere := receive(t, status(http.StatusOK))
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(untrusted.Close)
	away := func(_ int, _ call, w http.ResponseWriter) {
		w.Header().Set("location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	slow := func(_ int, _ call, w http.ResponseWriter) {
		w.WriteHeader(http.StatusInternalServerError)
		_ = http.NewResponseController(w).Flush()
		<-t.Context().Done()
	}
	much := func(_ int, _ call, w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(make([]byte, 1<<20))
	}
	broken := func(int, call, http.ResponseWriter) { panic(http.ErrAbortHandler) }
	tests := map[string]struct {
		url, want string
		status    int
	}{
		"redirect":  {receive(t, away).URL, "failed", 307},
		"nobody":    {closed.URL, "failed connect", 0},
		"no name":   {"http://nowhere.invalid/", "failed name", 0},
		"slow":      {receive(t, slow).URL, "failed timeout", 500},
		"broken":    {receive(t, broken).URL, "failed cut", 0},
		"untrusted": {untrusted.URL, "failed tls", 0},
		"much":      {receive(t, much).URL, "failed", 400},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pace := webhooks.Pace{}
			if name == "slow" {
				pace.Attempt = 2 * time.Second // which others may need on a busy machine
			}
			got := attempted(t, pace, test.url)
			if outcome := strings.TrimSpace(got.Outcome + " " + got.Fault); outcome != test.want || got.Status != test.status {
				t.Errorf("got %q and status %d, want %q and %d", outcome, got.Status, test.want, test.status)
			}
		})
	}
	t.Cleanup(func() {
		if len(elsewhere.got()) != 0 {
			t.Error("a redirect was followed")
		}
	})
}

// attempted is what the delivery log has of one attempt to deliver to a URL.
func attempted(t *testing.T, pace webhooks.Pace, url string) webhooks.Attempt {
	t.Helper()
	b := newBed(t, pace)
	hook, _ := b.add(t, webhooks.Endpoint{URL: url + "?token=s3cr3t"})
	b.report(t, "unit", 1)
	b.round(t, hook)
	rows, err := b.hooks.Attempts(t.Context(), hook, 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("delivery log %+v, %v", rows, err)
	}
	return rows[0]
}

// Where the log is another one, an endpoint stands still until it is told where to go on.
func TestAnotherLog(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	b.report(t, "unit", 2)
	b.round(t, name)
	for _, foreign := range []string{"position = 1", "position = 7"} {
		b.db.MustExecContext(t.Context(), "UPDATE private.webhook SET state = 'active', cause = '', "+foreign)
		b.round(t, name)
		if e := b.find(t, name); e.Cause != "log" {
			t.Errorf("where %s it is %+v, want it paused for the log", foreign, e)
		}
	}
	if err := b.hooks.RedeliverSince(t.Context(), name, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := b.hooks.Resume(t.Context(), name, false); err != nil {
		t.Fatal(err)
	}
	b.round(t, name)
	ids, _ := b.logged(t, 0)
	if diff := cmp.Diff([]string{ids[0], ids[1], ids[1]}, idsOf(r.got())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
}
