package webhooks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"thidua/domain"
	"thidua/workers/webhooks"
)

// At what is no event an endpoint goes no further, and looks again in a while; once it is discarded, it goes on behind it.
func TestWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{})
	r := receive(t, status(http.StatusOK))
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	b.report(t, "unit", 2)
	if _, err := b.nc.Request("emulation.x", []byte("{}"), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	b.report(t, "unit", 1)
	if next := b.round(t, name).Sub(b.clock.now()); next != time.Minute {
		t.Errorf("it looks again in %v, want a minute", next)
	}
	ids, _ := b.logged(t, 0)
	if diff := cmp.Diff(ids[:2], idsOf(r.got())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	b.discard(t, 3)
	b.round(t, name)
	ids, _ = b.logged(t, 0)
	want := map[string]bool{ids[0]: true, ids[1]: true, ids[3]: true, ids[4]: true}
	got := map[string]bool{}
	for _, id := range idsOf(r.got()) {
		got[id] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(r.got()) != 4 {
		t.Errorf("%d calls once it is discarded (-want +got):\n%s", len(r.got()), diff)
	}
}

// discard lets what lies at a position count for nothing.
func (b *bed) discard(t *testing.T, position domain.Position) {
	t.Helper()
	r, err := b.log.At(t.Context(), position)
	if err != nil {
		t.Fatal(err)
	}
	change, err := domain.Discard(r, &domain.Disclosable{Text: "thử"})
	if err != nil {
		t.Fatal(err)
	}
	a := domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(r.ID), Actor: "system:test"}, Changes: []domain.Change{change}}
	if _, err := b.log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}

// However much the log has, only so many events are pending at an endpoint that takes none; when it takes them, all come.
func TestWhatIsPendingIsBounded(t *testing.T) {
	t.Parallel()
	b := newBed(t, webhooks.Pace{Waiting: 10})
	code := http.StatusInternalServerError
	r := receive(t, func(_ int, _ call, w http.ResponseWriter) { w.WriteHeader(code) })
	name, _ := b.add(t, webhooks.Endpoint{URL: r.URL})
	for _, unit := range []string{"a", "b", "c", "d", "e"} {
		b.report(t, unit, 300)
	}
	next := b.round(t, name)
	if e := b.find(t, name); e.Waiting < 10 || e.Waiting > 10+1300 || e.Position == 1500 {
		t.Errorf("%d events wait, up to position %d", e.Waiting, e.Position)
	}
	code = http.StatusOK
	b.clock.move(next.Add(time.Hour))
	for b.find(t, name).Position < 1500 || b.find(t, name).Waiting > 0 {
		b.round(t, name)
	}
	taken := map[string]bool{}
	for _, id := range idsOf(r.got()) {
		taken[id] = true
	}
	if len(taken) != 1500 {
		t.Errorf("%d events came, want 1500", len(taken))
	}
}
