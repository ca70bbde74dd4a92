package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog"
)

// batches appends one command of several events after the other and returns how many each has.
func batches(t *testing.T, l *eventlog.Log, sizes ...int) {
	t.Helper()
	for i, size := range sizes {
		mustAppend(t, l, manyEvents(fmt.Sprintf("unit-%d", i), size, 0))
	}
}

func positions(events []domain.Recorded) (all []domain.Position) {
	for _, r := range events {
		all = append(all, r.Position)
	}
	return all
}

func TestReaderNeverCutsABatch(t *testing.T) {
	l := open(t)
	batches(t, l, 1, 3, 1, 5, 2)
	r := l.Reader(0)
	defer r.Close()
	var got [][]domain.Position
	for read := 0; read < 12; {
		events, err := r.Next(t.Context(), eventlog.Limit{Count: 2})
		if err != nil {
			t.Fatal(err)
		}
		// A call may return early, but only between batches.
		read += len(events)
		got = append(got, positions(events))
	}
	ends := map[domain.Position]bool{1: true, 4: true, 5: true, 10: true, 12: true}
	next := domain.Position(1)
	for _, events := range got {
		for _, position := range events {
			if position != next {
				t.Fatalf("got position %d, want %d", position, next)
			}
			next++
		}
		if last := events[len(events)-1]; !ends[last] {
			t.Errorf("a call ended at position %d, inside a batch: %v", last, got)
		}
	}
}

func TestReaderCollectsUpToItsLimit(t *testing.T) {
	l := open(t)
	batches(t, l, 1, 1, 1, 1, 1, 1)
	for _, test := range []struct {
		name  string
		limit eventlog.Limit
		want  []domain.Position
	}{
		{"by count", eventlog.Limit{Count: 4, Linger: time.Minute}, []domain.Position{2, 3, 4, 5}},
		{"by bytes", eventlog.Limit{Bytes: 1, Linger: time.Minute}, []domain.Position{2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := l.Reader(1)
			defer r.Close()
			events, err := r.Next(t.Context(), test.limit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, positions(events)); diff != "" {
				t.Errorf("positions (-want +got):\n%s", diff)
			}
		})
	}
}

// A reader at the end waits, and what a broken-off call had collected is not lost.
func TestReaderWaits(t *testing.T) {
	l := open(t)
	batches(t, l, 1)
	r := l.Reader(0)
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if events, err := r.Next(ctx, eventlog.Limit{Count: 2, Linger: time.Minute}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v and %v, want the end of the context", positions(events), err)
	}
	appended := make(chan error)
	go func() {
		_, err := l.Append(t.Context(), manyEvents("later", 2, 0))
		appended <- err
	}()
	var got []domain.Position
	for len(got) < 3 {
		events, err := r.Next(t.Context(), eventlog.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, positions(events)...)
	}
	if err := <-appended; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]domain.Position{1, 2, 3}, got); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
}

func TestReaderBehindTheEndOfTheLog(t *testing.T) {
	l := open(t)
	batches(t, l, 1)
	r := l.Reader(2)
	defer r.Close()
	if _, err := r.Next(t.Context(), eventlog.Limit{}); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("got %v, want an error of kind ErrCorrupt", err)
	}
}

func TestReaderHandsOnUnknownTypes(t *testing.T) {
	l, nc := openRaw(t)
	batches(t, l, 1)
	publish(t, nc, unknownEvent(t, l))
	r := l.Reader(1)
	defer r.Close()
	events, err := r.Next(t.Context(), eventlog.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || events[0].Event != nil || events[0].Type != "vn.thidua.report.returned.v1" || events[0].StreamVersion != 2 {
		t.Errorf("got %+v, want one event of the unknown type, without data", events)
	}
	if _, err := l.Stream(t.Context(), events[0].Stream); !errors.Is(err, domain.ErrUnknownEvent) {
		t.Errorf("the stream gives %v, want an error of kind ErrUnknownEvent", err)
	}
	// Nothing may be decided on the stream, but the rest of the log goes on, and its versions are counted on.
	if got := mustAppend(t, l, expecting(report("unit-0", "2"), 2)); got != 3 {
		t.Errorf("the next event is at position %d, want 3", got)
	}
}
