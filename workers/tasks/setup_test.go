package tasks_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/workers/tasks"
)

// quick is the pace of tests: what failed is tried again at once. Nobody is taken for lost on a machine that has much to do.
func quick() tasks.Pace {
	return tasks.Pace{Ack: 4 * time.Second, Sweep: 20 * time.Millisecond, Pause: time.Millisecond}
}

// bed is a queue with nothing in it.
type bed struct {
	nc    *nats.Conn
	db    *sqlx.DB
	queue *tasks.Queue
}

func newBed(t *testing.T) *bed {
	t.Helper()
	return newBedIn(t, t.TempDir())
}

// newBedIn is a bed whose streams lie in a folder.
func newBedIn(t *testing.T, dir string) *bed {
	t.Helper()
	nc, err := testenv.NATSIn(t, dir).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	b := &bed{nc: nc, db: testenv.PostgresWith(t, "frame", func(ctx context.Context, db *sqlx.DB) error { return migrations.Up(ctx, db.DB) })}
	b.queue = b.open(t)
	return b
}

func (b *bed) config(t *testing.T) tasks.Config {
	return tasks.Config{NATS: b.nc, DB: b.db, Rand: rand.Reader, Logger: slog.New(slog.DiscardHandler), Dir: t.TempDir(), Pace: quick()}
}

func (b *bed) open(t *testing.T) *tasks.Queue {
	t.Helper()
	q, err := tasks.Open(t.Context(), b.config(t))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// work does tasks until the test ends, or stop is called, which waits.
func (b *bed) work(t *testing.T, owner string, kinds ...tasks.Kind) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.queue.Work(ctx, owner, kinds...) }()
	over := false
	stop = func() {
		if cancel(); !over {
			over = true
			if err := <-ended; err != nil {
				t.Errorf("%s ended with %v", owner, err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

func (b *bed) ask(t *testing.T, a tasks.Asked) (id string) {
	t.Helper()
	a.By = "system:test"
	id, err := b.queue.Ask(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bed) task(t *testing.T, id string) tasks.Task {
	t.Helper()
	task, err := b.queue.Task(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// until waits until a task stands somewhere. It is not waited for once it is dead.
func (b *bed) until(t *testing.T, id string, state tasks.State) (task tasks.Task) {
	t.Helper()
	testenv.Eventually(t, "a task that is "+string(state), func() bool {
		task = b.task(t, id)
		return task.State == state || task.State == tasks.Dead
	})
	if task.State != state {
		t.Fatalf("a task is %s, want %s: %+v", task.State, state, task)
	}
	return task
}

// waiting counts what is on the queue.
func (b *bed) waiting(t *testing.T) uint64 {
	t.Helper()
	return b.stream(t, tasks.StreamName).CachedInfo().State.Msgs
}

func (b *bed) stream(t *testing.T, name string) jetstream.Stream {
	t.Helper()
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// result reads a task's result.
func (b *bed) result(t *testing.T, task tasks.Task) (string, error) {
	t.Helper()
	r, err := b.queue.Result(t.Context(), task)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), err
}

// receive waits for what a run says.
func receive(t *testing.T, begun <-chan *tasks.Run) *tasks.Run {
	t.Helper()
	select {
	case run := <-begun:
		return run
	case <-time.After(time.Minute):
		t.Fatal("waited a minute in vain for a run to begin")
		return nil
	}
}

// release lets a run go on.
func release(t *testing.T, goOn chan<- struct{}) {
	t.Helper()
	select {
	case goOn <- struct{}{}:
	case <-time.After(time.Minute):
		t.Fatal("waited a minute in vain for a run to go on")
	}
}
