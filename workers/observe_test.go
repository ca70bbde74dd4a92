package workers_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/projections"
)

// Who watches hears of every batch of every projection, and how it ended.
func TestObserve(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var mu sync.Mutex
	got, want := map[string]int{}, map[string]int{}
	cfg := b.config("watched")
	cfg.Observe = func(projection string, events int) func(error) {
		return func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got[projection] += events
			}
		}
	}
	stop := b.run(t, cfg)
	b.caughtUp(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	last, err := b.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range projections.All(b.log, b.log) {
		want[p.Name] = int(last)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events observed (-want +got):\n%s", diff)
	}
}
