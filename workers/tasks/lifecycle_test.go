package tasks_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/workers/tasks"
)

// held is a kind whose tasks say that they have begun and wait until they may go on.
func held(begun chan<- *tasks.Run, goOn <-chan struct{}) tasks.Kind {
	return tasks.Kind{Name: "held", Do: func(ctx context.Context, run *tasks.Run) error {
		select {
		case begun <- run:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-goOn:
			return run.Hold(context.WithoutCancel(ctx))
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

func TestKeyMakesAskingIdempotent(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	first := b.ask(t, tasks.Asked{Kind: "greet", Args: "a", Key: "k"})
	if again := b.ask(t, tasks.Asked{Kind: "greet", Args: "b", Key: "k"}); again != first {
		t.Errorf("a second task %s of a key was made", again)
	}
	for _, a := range []tasks.Asked{{Kind: "greet", Key: "l"}, {Kind: "other", Key: "k"}, {Kind: "greet"}, {Kind: "greet"}} {
		if other := b.ask(t, a); other == first {
			t.Errorf("%+v was taken for the first", a)
		}
	}
	if n := b.waiting(t); n != 5 {
		t.Errorf("%d tasks are on the queue, want 5", n)
	}
	if _, err := b.queue.Cancel(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	next := b.ask(t, tasks.Asked{Kind: "greet", Key: "k"})
	if next == first {
		t.Error("a task that has ended was returned")
	}
	if _, err := b.queue.Retry(t.Context(), first); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("a second task of a key was queued: %v", err)
	}
}

// Who asks again while the task runs gets a run that begins after that.
func TestAgain(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	begun, goOn := make(chan *tasks.Run), make(chan struct{})
	b.work(t, "one", held(begun, goOn))
	id := b.ask(t, tasks.Asked{Kind: "held", Key: "k"})
	receive(t, begun)
	for range 3 {
		if again := b.ask(t, tasks.Asked{Kind: "held", Key: "k", Again: true}); again != id {
			t.Errorf("another task %s was made", again)
		}
	}
	release(t, goOn)
	receive(t, begun)
	release(t, goOn)
	b.until(t, id, tasks.Done)
}

func TestCancelQueued(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var runs atomic.Int64
	id := b.ask(t, tasks.Asked{Kind: "count"})
	if task, err := b.queue.Cancel(t.Context(), id); err != nil || task.State != tasks.Cancelled {
		t.Fatalf("it is %s, %v", task.State, err)
	}
	b.work(t, "one", tasks.Kind{Name: "count", Do: func(context.Context, *tasks.Run) error { runs.Add(1); return nil }})
	testenv.Eventually(t, "an empty queue", func() bool { return b.waiting(t) == 0 })
	if task := b.task(t, id); task.State != tasks.Cancelled || runs.Load() != 0 {
		t.Errorf("it is %s and ran %d times", task.State, runs.Load())
	}
	if _, err := b.queue.Cancel(t.Context(), id); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("it can be cancelled twice: %v", err)
	}
	if _, err := b.queue.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.until(t, id, tasks.Done)
	for name, change := range map[string]func(context.Context, string) (tasks.Task, error){"cancel": b.queue.Cancel, "retry": b.queue.Retry} {
		if _, err := change(t.Context(), "none"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%s of no task: %v", name, err)
		}
		if _, err := change(t.Context(), id); !errors.Is(err, domain.ErrRefused) {
			t.Errorf("%s of a task that is done: %v", name, err)
		}
	}
}

// Who runs a task that is cancelled may do no further effect, and is told.
func TestCancelRunning(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	begun, goOn := make(chan *tasks.Run), make(chan struct{})
	stop := b.work(t, "one", held(begun, goOn))
	id := b.ask(t, tasks.Asked{Kind: "held"})
	run := receive(t, begun)
	if err := run.Hold(t.Context()); err != nil {
		t.Errorf("the owner may not: %v", err)
	}
	if _, err := b.queue.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := run.Hold(t.Context()); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("the owner of a cancelled task may go on: %v", err)
	}
	testenv.Eventually(t, "the run to end and an empty queue", func() bool { return b.waiting(t) == 0 }) // nobody let it go on: its context ended
	stop()
	if task := b.task(t, id); task.State != tasks.Cancelled {
		t.Errorf("it is %s", task.State)
	}
}

// A process that stops puts back what it was at, at once and without a failure.
func TestStopPutsBack(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	begun, goOn := make(chan *tasks.Run, 1), make(chan struct{})
	stop := b.work(t, "one", held(begun, goOn))
	id := b.ask(t, tasks.Asked{Kind: "held"})
	receive(t, begun)
	stop()
	if task := b.task(t, id); task.State != tasks.Queued || task.Attempts != 0 || task.Losses != 0 {
		t.Errorf("it is %+v", task)
	}
	b.work(t, "two", held(begun, goOn))
	receive(t, begun)
	close(goOn)
	if task := b.until(t, id, tasks.Done); task.Owner != "two" {
		t.Errorf("%s has done it", task.Owner)
	}
}

// A task whose kind only a newer version knows waits for that, on the queue.
func TestUnknownKindWaits(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	stop := b.work(t, "old", greet())
	id := b.ask(t, tasks.Asked{Kind: "newer"})
	b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "x"}), tasks.Done)
	testenv.Eventually(t, "the other task to be off the queue", func() bool { return b.waiting(t) == 1 })
	stop()
	if task := b.task(t, id); task.State != tasks.Queued || task.Attempts != 0 {
		t.Errorf("it is %+v", task)
	}
	b.work(t, "new", greet(), tasks.Kind{Name: "newer", Do: func(context.Context, *tasks.Run) error { return nil }})
	b.until(t, id, tasks.Done)
}

// A process does as many tasks of a kind at a time as the kind says.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	begun, goOn := make(chan *tasks.Run, 5), make(chan struct{})
	kind := held(begun, goOn)
	kind.AtOnce = 3
	b.work(t, "one", kind)
	var ids []string
	for i := range 5 {
		ids = append(ids, b.ask(t, tasks.Asked{Kind: "held", Key: fmt.Sprint(i)}))
	}
	for range 3 {
		receive(t, begun)
	}
	running, err := b.queue.Tasks(t.Context(), tasks.Running)
	if err != nil || len(running) != 3 {
		t.Errorf("%d run at once, %v, want 3", len(running), err)
	}
	figures, err := b.queue.Figures(t.Context())
	if err != nil || len(figures) != 2 || figures[0].Count+figures[1].Count != 5 {
		t.Errorf("the figures are %+v, %v", figures, err)
	}
	close(goOn)
	for _, id := range ids {
		b.until(t, id, tasks.Done)
	}
}

// A process that can do nothing keeps the queue filled for others, and stops when it is told to.
func TestNoKinds(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.db.MustExecContext(t.Context(), `INSERT INTO private.task (id, kind, args, asked_by) VALUES ('lost', 'greet', '"a"', 'system:test')`)
	stop := b.work(t, "idle")
	testenv.Eventually(t, "the task to be put on the queue", func() bool { return b.waiting(t) == 1 })
	stop()
}
