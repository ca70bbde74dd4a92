package faults_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
	"thidua/projections"
	"thidua/workers"
)

// form is how many events each append of the load has.
const form = 26

// loadSeason is the season of all that the load appends.
const loadSeason = "load"

// load is what several writers append at once, each to a stream of its own, and what they were told.
type load struct {
	mu       sync.Mutex
	tried    map[string]bool            // every command, by id
	acked    map[string]domain.Position // those that were acknowledged
	refused  map[string]bool            // those that were told that they are not on the log and never will be
	writing  sync.WaitGroup
	enough   chan struct{}      // closed when the writers are to end after what they are at
	stop     context.CancelFunc // lets them end at once
	pace     time.Duration      // between two appends of a writer
	problems []error
	trouble  map[string]error // what each writer was told last, if it was no acknowledgement
}

// write starts writers on logs, in turn, as fast as they can. An append that fails is sent again, as the same command, until it is acknowledged.
func write(t *testing.T, writers int, logs ...*eventlog.Log) *load {
	t.Helper()
	return writeAt(t, 0, writers, logs...)
}

// steadily is write with a pace that projections keep up with.
func steadily(t *testing.T, writers int, logs ...*eventlog.Log) *load {
	t.Helper()
	return writeAt(t, 40*time.Millisecond, writers, logs...)
}

func writeAt(t *testing.T, pace time.Duration, writers int, logs ...*eventlog.Log) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{pace: pace, enough: make(chan struct{}), tried: map[string]bool{}, acked: map[string]domain.Position{}, refused: map[string]bool{}, trouble: map[string]error{}, stop: stop}
	for i := range writers {
		l.writing.Go(func() { l.write(ctx, logs[i%len(logs)], fmt.Sprintf("unit-%d", i)) })
	}
	t.Cleanup(func() {
		l.end()
		if t.Failed() {
			t.Logf("the writers were told: %v", errors.Join(append(l.problems, slices.Collect(maps.Values(l.trouble))...)...))
		}
	})
	return l
}

// end lets the writers finish what they are at, as long as the log takes it.
func (l *load) end() {
	select {
	case <-l.enough:
	default:
		close(l.enough)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.writing.Wait()
	}()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
	l.stop()
	<-done
}

// rest waits between two appends, and reports false when there are enough.
func (l *load) rest() bool {
	pace := time.NewTimer(l.pace)
	defer pace.Stop()
	select {
	case <-l.enough:
		return false
	case <-pace.C:
		return true
	}
}

// another is one more append that may come to stand on the log, to a stream of its own.
func (l *load) another() domain.Append {
	a := report("unit-"+uuid.NewString()[:8], 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried[a.ID] = true
	return a
}

// count is how many appends were acknowledged so far.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// awaitMore waits for so many more acknowledgements.
func (l *load) awaitMore(t *testing.T, more int) {
	t.Helper()
	want := l.count() + more
	testenv.Eventually(t, fmt.Sprintf("%d more acknowledgements", more), func() bool { return l.count() >= want })
}

func (l *load) write(ctx context.Context, log *eventlog.Log, unit string) {
	for version := uint64(0); ctx.Err() == nil && l.rest(); version += form {
		a := report(unit, version)
		l.mu.Lock()
		l.tried[a.ID] = true
		l.mu.Unlock()
		position, err := log.Append(ctx, a)
		for err != nil && ctx.Err() == nil {
			if errors.Is(err, domain.ErrConflict) || errors.Is(err, domain.ErrCorrupt) {
				l.mu.Lock()
				l.problems = append(l.problems, fmt.Errorf("%s at version %d, which nobody else writes: %w", unit, version, err))
				l.mu.Unlock()
				return
			}
			l.mu.Lock()
			l.trouble[unit] = fmt.Errorf("%s: %w", unit, err)
			l.mu.Unlock()
			position, err = log.Append(ctx, a)
		}
		if err == nil {
			l.mu.Lock()
			l.acked[a.ID] = position
			delete(l.trouble, unit)
			l.mu.Unlock()
		}
	}
}

// report is an append of one form to a unit's report that stands at a version.
func report(unit string, version uint64) domain.Append {
	stream := domain.ReportStream(loadSeason, unit, "2019-Q1")
	a := domain.Append{
		Issue:  domain.Issue{ID: uuid.NewString(), Digest: domain.Digest(unit), Actor: "system:load"},
		Expect: map[domain.Stream]uint64{stream: version},
	}
	for i := range form {
		a.Changes = append(a.Changes, domain.Change{Stream: stream, Event: &domain.IndicatorReported{
			Criterion: fmt.Sprintf("A%d", i+1), Value: "17", By: "p-" + strings.Repeat("0123456789abcdef", 2),
		}})
	}
	return a
}

// check is the end of every scenario: the log is contiguous, in order and unaltered; what was acknowledged is there exactly once, where it was said to
// be; no append is there in part; and nothing is there that nobody sent.
func (l *load) check(t *testing.T, log *eventlog.Log) {
	t.Helper()
	l.end()
	for _, problem := range l.problems {
		t.Error(problem)
	}
	type found struct {
		first  domain.Position
		events int
	}
	atRest(t, log)
	commands := map[string]found{}
	report, err := log.Check(t.Context(), func(r domain.Recorded) error {
		if r.Stream.Season != loadSeason {
			return nil
		}
		c := commands[r.CommandID]
		if c.events == 0 {
			c.first = r.Position
		}
		if r.Position != c.first+domain.Position(c.events) {
			return fmt.Errorf("command %s goes on at position %d, after %d events from %d", r.CommandID, r.Position, c.events, c.first)
		}
		c.events++
		commands[r.CommandID] = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range commands {
		if !l.tried[id] {
			t.Errorf("command %s is on the log, and nobody sent it", id)
		}
		if l.refused[id] {
			t.Errorf("command %s was refused, and is on the log at position %d", id, c.first)
		}
		if c.events != form {
			t.Errorf("command %s has %d events on the log, want %d", id, c.events, form)
		}
	}
	for id, position := range l.acked {
		if c := commands[id]; c.first != position {
			t.Errorf("command %s was acknowledged at position %d, and is at %d", id, position, c.first)
		}
	}
	t.Logf("%d events of %d appends, %d acknowledged", report.Events, len(commands), len(l.acked))
}

// atRest waits until nothing more comes: what a writer had sent when it was killed may still.
func atRest(t *testing.T, log *eventlog.Log) {
	t.Helper()
	var before domain.Position
	testenv.Eventually(t, "the log to come to rest", func() bool {
		last, err := log.Last(t.Context())
		still := err == nil && last == before
		before = last
		hold(t, 50*time.Millisecond)
		return still
	})
}

// verified brings the read models to the end of the log, and compares them with a fresh replay.
func verified(t *testing.T, log *eventlog.Log, db *sqlx.DB) {
	t.Helper()
	cfg := workers.Config{Log: log, DB: db, Projections: projections.All(log, log), Owner: "check", Logger: quiet()}
	work, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- workers.Run(work, cfg) }()
	last, err := log.Last(t.Context())
	if err == nil {
		err = projections.Await(work, db, cfg.Projections, last)
	}
	stop()
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	verdict, err := workers.Verify(t.Context(), cfg, "", func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range verdict.Checks {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
}
