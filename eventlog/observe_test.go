package eventlog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// Who watches hears of every append with its answer and time, and of every batch that is stored.
func TestObserve(t *testing.T) {
	type answered struct {
		took     time.Duration
		conflict bool
	}
	var appends []answered
	var batches []int
	cfg, now := config(), instant("2019-04-05T17:30:00+07:00").Time()
	cfg.Now = func() time.Time { return now }
	cfg.Observe.Batch = func(events int) {
		batches = append(batches, events)
		now = now.Add(3 * time.Second) // as if storing had taken so long
	}
	cfg.Observe.Append = func(took time.Duration, err error) {
		appends = append(appends, answered{took, errors.Is(err, domain.ErrConflict)})
	}
	l, err := eventlog.Open(t.Context(), connect(t, testenv.NATS(t)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, manyEvents("cao-bang", 26, 0))
	if _, err := l.Append(t.Context(), manyEvents("cao-bang", 1, 0)); !errors.Is(err, domain.ErrConflict) {
		t.Fatalf("got %v, want a conflict", err)
	}
	mustAppend(t, l, manyEvents("cao-bang", 1, 26))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{26, 1}, batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	want := []answered{{3 * time.Second, false}, {0, true}, {3 * time.Second, false}}
	if diff := cmp.Diff(want, appends, cmp.AllowUnexported(answered{})); diff != "" {
		t.Errorf("appends (-want +got):\n%s", diff)
	}
}
