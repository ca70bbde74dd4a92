package workers_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/projections"
	"thidua/workers"
)

// term is that of the leases in tests: short, so that a takeover does not take long.
const term = 1500 * time.Millisecond

// shortly is a config with a short term.
func (b *bed) shortly(owner string) workers.Config {
	cfg := b.config(owner)
	cfg.Term = term
	return cfg
}

// tenures is how the leases stand, by the name of the projection's schema.
func (b *bed) tenures(t *testing.T) map[string]projections.Tenure {
	t.Helper()
	all, err := projections.Tenures(t.Context(), b.db)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]projections.Tenure{}
	for _, tenure := range all {
		named[tenure.Name] = tenure
	}
	return named
}

// spread waits until every projection has an owner, and each of so many owners his even share.
func (b *bed) spread(t *testing.T, among int) (owners []string) {
	t.Helper()
	want := make([]int, among)
	for i := range len(projections.All(b.log, b.log)) {
		want[among-1-i%among]++
	}
	testenv.Eventually(t, "an even spread", func() bool {
		counts := map[string]int{}
		for _, tenure := range b.tenures(t) {
			if tenure.Owner != "" {
				counts[tenure.Owner]++
			}
		}
		owners = slices.Sorted(maps.Keys(counts))
		return cmp.Equal(want, slices.Sorted(maps.Values(counts)))
	})
	return owners
}

// sound compares every read model with a fresh replay.
func (b *bed) sound(t *testing.T) {
	t.Helper()
	verdict, err := workers.Verify(t.Context(), b.config("verifier"), "", func(uint64, uint64) {})
	if err != nil || !verdict.OK() {
		t.Errorf("verify: %v, %+v", err, verdict)
	}
}

// Any number of workers share the projections evenly: who comes gets his share, who leaves gives it back at once, whom nobody reaches any more is
// taken it away, and when he is back he is one of them again.
func TestWorkersShare(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	stopFirst := b.run(t, b.shortly("first"))
	if diff := cmp.Diff([]string{"first"}, b.spread(t, 1)); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	line := newLine(t, b.db)
	cfg := b.shortly("second")
	cfg.DB = line.db
	stopSecond := b.run(t, cfg)
	b.spread(t, 2)
	stopThird := b.run(t, b.shortly("third"))
	b.spread(t, 3)
	b.reached(t, b.register(t, "one"), cfg.Projections...)

	line.cut()
	if diff := cmp.Diff([]string{"first", "third"}, b.spread(t, 2)); diff != "" {
		t.Errorf("owners after one was cut off (-want +got):\n%s", diff)
	}
	b.reached(t, b.register(t, "two"), cfg.Projections...)

	line.mend()
	b.spread(t, 3)
	b.reached(t, b.register(t, "three"), cfg.Projections...)

	if err := errors.Join(stopFirst(), stopThird()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"second"}, b.spread(t, 1)); diff != "" {
		t.Errorf("owners after two have left (-want +got):\n%s", diff)
	}
	b.reached(t, b.register(t, "four"), cfg.Projections...)
	if err := stopSecond(); err != nil {
		t.Error(err)
	}
	b.sound(t)
}

// take makes a process that does not renew its leases the owner of a projection, in a session of its own.
func (b *bed) usurp(t *testing.T, p projections.Projection, term time.Duration) (*sqlx.Conn, *projections.Checkpoint) {
	t.Helper()
	stopped := projections.Worker{Owner: "stopped", Able: []string{p.Schema()}, Term: term}
	leases, err := projections.Acquire(t.Context(), b.db, stopped, stopped.Able, false)
	if err != nil || len(leases) != 1 {
		t.Fatalf("acquired %v, %v", leases, err)
	}
	conn, err := leases[0].Seat(t.Context(), b.db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { projections.Discard(conn) })
	if err := projections.Install(t.Context(), conn, p); err != nil {
		t.Fatal(err)
	}
	c, err := projections.Claim(t.Context(), conn, p, b.log.Epoch(), leases[0])
	if err != nil {
		t.Fatal(err)
	}
	return conn, c
}

// events reads the beginning of the log.
func (b *bed) events(t *testing.T, n int) []domain.Recorded {
	t.Helper()
	var events []domain.Recorded
	for position := range domain.Position(n) {
		r, err := b.log.At(t.Context(), position+1)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, r)
	}
	return events
}

// Two believe that they own a projection: the one whose lease ran out writes nothing more, in its session or in any other.
func TestSplitBrain(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	p, events := b.named(t, "facts"), b.events(t, 300)
	conn, c := b.usurp(t, p, time.Millisecond)
	applier := p.New()
	if err := projections.Project(t.Context(), conn, p, applier, c, events[:100]); err != nil {
		t.Fatal(err)
	}
	stop := b.run(t, b.shortly("next"))
	b.caughtUp(t)
	if err := projections.Project(t.Context(), conn, p, applier, c, events[100:200]); !projections.Passing(err) {
		t.Errorf("the session of the owner before gives %v, want that it was ended", err)
	}
	if err := projections.Project(t.Context(), b.db, p, applier, c, events[100:200]); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the owner before gets %v in another session, want a conflict", err)
	}
	if _, err := projections.Claim(t.Context(), b.db, p, b.log.Epoch(), projections.Lease{Name: p.Schema(), Owner: "stopped", Fence: 1}); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the owner before gets %v when it claims the checkpoint again, want a conflict", err)
	}
	b.reached(t, b.register(t, "later"), projections.All(b.log, b.log)...)
	if err := stop(); err != nil {
		t.Error(err)
	}
	b.sound(t)
}

// held is an applier that stops in the middle of its transaction.
type held struct {
	projections.Applier
	written chan struct{}
	goOn    <-chan struct{}
}

func (h *held) Apply(ctx context.Context, tx *projections.Tx, events []domain.Recorded) error {
	err := h.Applier.Apply(ctx, tx, events)
	close(h.written)
	<-h.goOn
	return err
}

// An owner is stopped in a transaction that has written rows and holds their locks: the next one ends its session and goes on.
func TestOwnerStoppedInATransaction(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	p, events := b.named(t, "audit"), b.events(t, 300)
	conn, c := b.usurp(t, p, time.Millisecond)
	goOn := make(chan struct{})
	stopped := &held{p.New(), make(chan struct{}), goOn}
	result := make(chan error, 1)
	go func() { result <- projections.Project(t.Context(), conn, p, stopped, c, events) }()
	<-stopped.written
	stop := b.run(t, b.shortly("next"))
	b.caughtUp(t)
	close(goOn)
	if err := <-result; err == nil {
		t.Error("the transaction of the owner before was committed")
	}
	if c.Position != 0 {
		t.Errorf("the owner before believes to be at position %d", c.Position)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	b.sound(t)
}

// An owner that is alone need not wait until the leases of a dead one have run out.
func TestAlone(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.usurp(t, b.named(t, "audit"), time.Hour)
	cfg := b.config("alone")
	cfg.Alone = true
	stop := b.run(t, cfg)
	b.caughtUp(t)
	if err := stop(); err != nil {
		t.Error(err)
	}
}
