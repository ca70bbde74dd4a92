package eventlog_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// race appends at once and counts who won. Everybody else must have had a conflict.
func race(t *testing.T, logs []*eventlog.Log, appends []domain.Append) (won int) {
	t.Helper()
	errs := make([]error, len(appends))
	var group sync.WaitGroup
	for i, a := range appends {
		group.Go(func() { _, errs[i] = logs[i%len(logs)].Append(t.Context(), a) })
	}
	group.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, domain.ErrConflict):
			t.Fatal(err)
		}
	}
	return won
}

// Of two decisions on the same version exactly one comes about, through one committer or two.
func TestExactlyOneWins(t *testing.T) {
	for _, committers := range []int{1, 2} {
		t.Run(fmt.Sprintf("committers=%d", committers), func(t *testing.T) {
			server := testenv.NATS(t)
			logs := make([]*eventlog.Log, committers)
			for i := range logs {
				logs[i] = openOn(t, server)
			}
			for round := range 1000 {
				unit, version := fmt.Sprintf("unit-%d", round/10), uint64(round%10)
				won := race(t, logs, []domain.Append{
					expecting(report(unit, "1"), version), expecting(report(unit, "2"), version), expecting(report(unit, "3"), version),
				})
				if won != 1 {
					t.Fatalf("round %d: %d of three decisions on version %d came about, want 1", round, won, version)
				}
			}
		})
	}
}

// Two decisions that each read what the other writes never both come about.
func TestNoWriteSkew(t *testing.T) {
	server := testenv.NATS(t)
	logs := []*eventlog.Log{openOn(t, server), openOn(t, server)}
	for round := range 300 {
		a, b := report(fmt.Sprintf("a-%d", round), "1"), report(fmt.Sprintf("b-%d", round), "1")
		both := map[domain.Stream]uint64{a.Stream: 0, b.Stream: 0}
		won := race(t, logs, []domain.Append{
			{Issue: issue("a"), Changes: []domain.Change{a}, Expect: both},
			{Issue: issue("b"), Changes: []domain.Change{b}, Expect: both},
		})
		if won != 1 {
			t.Fatalf("round %d: %d of two decisions came about, want 1", round, won)
		}
	}
}

// Two decisions on the same season as a whole never both come about, though they touch no common stream.
func TestSeasonExpectationRaced(t *testing.T) {
	server := testenv.NATS(t)
	logs := []*eventlog.Log{openOn(t, server), openOn(t, server)}
	for round := range 300 {
		whole := map[string]uint64{season: uint64(round)}
		won := race(t, logs, []domain.Append{
			{Issue: issue("a"), Changes: []domain.Change{report(fmt.Sprintf("a-%d", round), "1")}, ExpectSeasons: whole},
			{Issue: issue("b"), Changes: []domain.Change{report(fmt.Sprintf("b-%d", round), "1")}, ExpectSeasons: whole},
		})
		if won != 1 {
			t.Fatalf("round %d: %d of two decisions came about, want 1", round, won)
		}
	}
}

// Many callers through two committers: each stream keeps the order in which its caller appended, and no append is cut in two.
func TestManyCallersKeepTheirOrder(t *testing.T) {
	const callers, appends = 32, 20
	server := testenv.NATS(t)
	logs := []*eventlog.Log{openOn(t, server), openOn(t, server)}
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			name := fmt.Sprintf("unit-%d", caller)
			for i := range appends {
				a := domain.Append{Issue: issue("pair"), Changes: []domain.Change{report(name, fmt.Sprint(i)), report("shared", fmt.Sprint(i))}}
				if _, err := logs[caller%2].Append(t.Context(), a); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	all := events(t, logs[0])
	if len(all) != callers*appends*2 {
		t.Fatalf("%d events are on the log, want %d", len(all), callers*appends*2)
	}
	next := map[string]int{}
	for i := 0; i < len(all); i += 2 {
		own, shared := all[i], all[i+1]
		if own.CommandID != shared.CommandID || shared.Stream.Unit != "shared" {
			t.Fatalf("positions %d and %d are of two commands", own.Position, shared.Position)
		}
		want := fmt.Sprint(next[own.Stream.Unit])
		if got := string(own.Event.(*domain.IndicatorReported).Value); got != want {
			t.Fatalf("position %d of %s holds %s, want %s", own.Position, own.Stream.Unit, got, want)
		}
		next[own.Stream.Unit]++
	}
}

// A log learns what another process has appended, when it has to.
func TestCatchesUpWithAnotherWriter(t *testing.T) {
	server := testenv.NATS(t)
	ours, theirs := openOn(t, server), openOn(t, server)
	change := report("cao-bang", "1")
	mustAppend(t, ours, expecting(change, 0))
	for version := uint64(1); version < 10; version++ {
		mustAppend(t, theirs, expecting(change, version))
	}
	// An expectation that is ahead of what our committer knows is not a conflict.
	if position := mustAppend(t, ours, expecting(change, 10)); position != 11 {
		t.Errorf("our event is at position %d, want 11", position)
	}
	if _, err := ours.Append(t.Context(), expecting(change, 12)); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}
