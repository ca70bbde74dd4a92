package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
)

// form is how many events an officer's report has, periods how often one is handed in to the same stream.
const (
	form    = 26
	periods = 12
)

// quay is where appends are measured: a log, and beside it on the same server a plain stream that takes the same bytes.
type quay struct {
	log     *eventlog.Log
	nc      *nats.Conn
	js      jetstream.JetStream
	payload []byte // of one event, as the log stores it
	lasts   time.Duration
	runs    atomic.Int64 // so that each run writes to streams of its own
}

// round is what one run of a load gave: events a second, and the 99th percentile of what each writer waited for, in milliseconds.
type round struct{ rate, p99 []float64 }

func (r *round) add(rate, p99 float64) { r.rate, r.p99 = append(r.rate, rate), append(r.p99, p99) }

// appends compares the log with plain publishes and with bare atomic batches on the same kind of server, which syncs always.
func appends(ctx context.Context, b *bench) ([]result, error) {
	q, stop, err := newQuay(ctx, filepath.Join(b.dir, "appends"), time.Duration(b.scaled(2000))*time.Millisecond)
	if err != nil {
		return nil, err
	}
	defer stop()
	var forms, conflicting, plain64, batches, pairs, many, plain512, few, one, plain1 round
	for range max(b.rounds(), 3) { // the first of a quick run is short and cold
		for _, load := range []struct {
			into    *round
			writers int
			write   writer
		}{
			{&plain64, 64, q.plain},
			{&forms, 64, q.appending(form, 0)},
			{&batches, 1, q.batch(1000)},
			{&conflicting, 64, q.appending(form, 20)},
			{&few, 64, q.appending(1, 0)},
			{&plain512, 512, q.plain},
			{&many, 512, q.appending(1, 0)},
			{&plain1, 1, q.plain},
			{&pairs, 1, q.batch(2)},
			{&one, 1, q.appending(1, 0)},
		} {
			if err := q.run(ctx, load.into, load.writers, load.write); err != nil {
				return nil, err
			}
		}
	}
	return []result{
		times("durable appends, 64 writers, forms of 26 events, to plain publishes", forms.rate, plain64.rate, 9),
		atMost("the same, 99th percentile", "ms", forms.p99, 100),
		times("the same, to bare atomic batches of 1000", forms.rate, batches.rate, 0.6),
		times("durable appends, 512 writers, one event each", many.rate, plain512.rate, 6),
		times("durable appends, 64 writers, one event each", few.rate, plain64.rate, 1.8),
		noHigher("the same, 99th percentile", "ms", few.p99, plain64.p99),
		times("durable appends, one writer, one event", one.rate, plain1.rate, 0.85),
		breakEven(plain1.rate, pairs.rate),
		times("64 writers with forms, 5 % conflicting, to none conflicting", conflicting.rate, forms.rate, 0.5),
	}, nil
}

// breakEven tells how many single events take as long as one atomic batch of a few: up to so many the log sends one by one.
func breakEven(singles, pairs []float64) result {
	return result{
		Name: "an atomic batch of two takes as long as so many single events", Value: 2 * median(singles) / median(pairs), Unit: "events",
		Want: "goes by 6", met: true,
	}
}

func newQuay(ctx context.Context, dir string, lasts time.Duration) (*quay, func(), error) {
	server, err := embedded.StartNATS(ctx, embedded.NATSConfig{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	q := &quay{lasts: lasts}
	if q.nc, err = server.Connect(); err == nil {
		q.js, err = jetstream.New(q.nc)
	}
	if err == nil {
		_, err = q.js.CreateStream(ctx, jetstream.StreamConfig{Name: "PLAIN", Subjects: []string{"plain.>"}, Storage: jetstream.FileStorage, AllowAtomicPublish: true})
	}
	if err == nil {
		q.log, err = eventlog.Open(ctx, q.nc, eventlog.Config{Now: time.Now, Rand: rand.Reader})
	}
	if err == nil {
		err = q.sample(ctx)
	}
	if err != nil {
		server.Stop()
		return nil, nil, err
	}
	return q, func() { _ = q.log.Close(); q.nc.Close(); server.Stop() }, nil
}

// sample takes the bytes of a real event for the plain side.
func (q *quay) sample(ctx context.Context) error {
	position, err := q.log.Append(ctx, reporting("sample", 0, 1, 0))
	if err != nil {
		return err
	}
	event, err := q.log.At(ctx, position)
	q.payload = event.Payload
	return err
}

// writer writes once, for the n-th time, and returns how many events came to stand on the stream.
type writer func(ctx context.Context, unit string, version *uint64, n int) (int, error)

// run lets writers write for a while.
func (q *quay) run(ctx context.Context, into *round, writers int, write writer) error {
	season := q.runs.Add(1)
	var mu sync.Mutex
	var waits []float64
	var events int
	var errs []error
	var all sync.WaitGroup
	start := time.Now()
	for w := range writers {
		all.Go(func() {
			unit, version := fmt.Sprintf("unit-%d-%d", season, w), uint64(0)
			for n := 1; time.Since(start) < q.lasts; n++ {
				begun := time.Now()
				wrote, err := write(ctx, unit, &version, n)
				waited := float64(time.Since(begun).Microseconds()) / 1000
				mu.Lock()
				events, waits = events+wrote, append(waits, waited)
				if err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	into.add(float64(events)/time.Since(start).Seconds(), percentile(waits, 99))
	return errors.Join(errs...)
}

// plain publishes one event and waits for the acknowledgement.
func (q *quay) plain(ctx context.Context, unit string, _ *uint64, _ int) (int, error) {
	_, err := q.js.Publish(ctx, "plain."+unit, q.payload)
	return 1, err
}

// batch publishes so many events as one atomic batch (NATS ADR-50).
func (q *quay) batch(size int) writer {
	return func(ctx context.Context, unit string, _ *uint64, _ int) (int, error) {
		return size, q.publishBatch(ctx, unit, size)
	}
}

func (q *quay) publishBatch(ctx context.Context, unit string, size int) error {
	id := uuid.NewString()
	for i := range size {
		msg := nats.NewMsg("plain." + unit)
		msg.Data = q.payload
		msg.Header.Set("Nats-Batch-Id", id)
		msg.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
		if i < size-1 {
			if err := q.nc.PublishMsg(msg); err != nil {
				return err
			}
			continue
		}
		msg.Header.Set("Nats-Batch-Commit", "1")
		answer, err := q.nc.RequestMsgWithContext(ctx, msg)
		if err != nil {
			return err
		}
		if strings.Contains(string(answer.Data), `"error"`) {
			return fmt.Errorf("batch: %s", answer.Data)
		}
	}
	return nil
}

// appending appends so many events at a time, each time at the version that the writer's stream has; one of so many stands on an older version and is
// refused, 0 for none.
func (q *quay) appending(events, conflictEvery int) writer {
	return func(ctx context.Context, unit string, version *uint64, n int) (int, error) {
		if n%periods == 0 { // on to the next report
			*version = 0
		}
		unit, expected := fmt.Sprintf("%s-%d", unit, n/periods), *version
		conflicting := conflictEvery > 0 && n%conflictEvery == 0
		if conflicting {
			expected -= min(expected, uint64(events))
		}
		_, err := q.log.Append(ctx, reporting(unit, expected, events, n))
		if conflicting && errors.Is(err, domain.ErrConflict) {
			return 0, nil
		}
		if err == nil {
			*version += uint64(events)
		}
		return events, err
	}
}

// benchDigest stands for the digest of every command: making one is the caller's work, not the log's.
const benchDigest = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"

// reporting is an append of a unit's report that stands at a version.
func reporting(unit string, version uint64, events, n int) domain.Append {
	stream := domain.ReportStream("bench", unit, "2025-Q1")
	a := domain.Append{
		Issue:  domain.Issue{ID: uuid.NewString(), Digest: benchDigest, Actor: "system:bench"},
		Expect: map[domain.Stream]uint64{stream: version},
	}
	for i := range events {
		a.Changes = append(a.Changes, domain.Change{Stream: stream, Event: &domain.IndicatorReported{
			Criterion: "A" + strconv.Itoa(i+1), Value: domain.Decimal(strconv.Itoa(n)), By: "p-0123456789abcdef0123456789abcdef",
		}})
	}
	return a
}
