package tasks_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/workers/tasks"
)

// An asker that is lost between the row and the message leaves a task that the sweep finds.
func TestSweepFindsWhatWasNotPublished(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.db.MustExecContext(t.Context(), `INSERT INTO private.task (id, kind, args, asked_by) VALUES ('lost', 'greet', '"a"', 'system:test')`)
	asked := b.ask(t, tasks.Asked{Kind: "greet", Args: "b"})
	for range 2 {
		if err := b.queue.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := b.waiting(t); n != 2 {
			t.Errorf("%d messages are on the queue, want one of each task", n)
		}
	}
	b.work(t, "one", greet())
	b.until(t, "lost", tasks.Done)
	b.until(t, asked, tasks.Done)
}

// A queue that was lost, or a table that was put back, is made whole from the table: also what was running then.
func TestSweepFillsAnEmptyQueue(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	const rows = `INSERT INTO private.task (id, kind, args, asked_by, state, started_at, beat_at, fence)
		VALUES ('waiting', 'greet', '"a"', 'system:test', 'queued', NULL, NULL, 0), ('running', 'greet', '"b"', 'system:test', 'running', now() - interval '1 day', now() - interval '1 day', 7)`
	b.db.MustExecContext(t.Context(), rows)
	b.work(t, "one", greet())
	b.until(t, "waiting", tasks.Done)
	task := b.until(t, "running", tasks.Done)
	if task.Fence <= 7 {
		t.Errorf("the fence is %d, was 7", task.Fence)
	}
	// The stream itself is lost, and made anew.
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), tasks.StreamName); err != nil {
		t.Fatal(err)
	}
	id := b.ask(t, tasks.Asked{Kind: "greet", Args: "c"})
	b.open(t)
	b.until(t, id, tasks.Done)
}

// No result and no input outlives an erasure, and what runs meanwhile begins anew.
func TestForget(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	begun, goOn := make(chan *tasks.Run, 2), make(chan struct{}, 2)
	b.work(t, "one", greet(), tasks.Kind{Name: "slow", Do: func(ctx context.Context, run *tasks.Run) error {
		if err := greet().Do(ctx, run); err != nil {
			return err
		}
		begun <- run
		<-goOn // whatever becomes of it
		return nil
	}})
	done := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "x"}), tasks.Done)
	slow := b.ask(t, tasks.Asked{Kind: "slow", Args: "y"})
	run := receive(t, begun)
	if _, err := b.queue.PutInput(t.Context(), strings.NewReader("a bundle")); err != nil {
		t.Fatal(err)
	}
	if err := b.queue.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.result(t, b.task(t, done.ID)); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("the result of a task is there after an erasure: %v", err)
	}
	if _, err := b.result(t, done); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("the file of a result is there after an erasure: %v", err)
	}
	if n := b.stream(t, tasks.StoreName).CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d pieces are left", n)
	}
	if err := run.Hold(t.Context()); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("what ran goes on: %v", err)
	}
	release(t, goOn) // what it had read before is not kept
	receive(t, begun)
	if n := b.stream(t, tasks.StoreName).CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d pieces of a result were kept that was begun before the erasure", n)
	}
	release(t, goOn)
	if got, err := b.result(t, b.until(t, slow, tasks.Done)); got != "chào y" || err != nil {
		t.Errorf("the result is %q, %v", got, err)
	}
}

// A server that was killed while it overwrote something leaves it in its files, where no request reaches it. It goes with the files, as all that is in them does.
func TestForgetCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBedIn(t, dir)
	for _, input := range []string{"giấy của Lan", "giấy của Mai"} {
		if _, err := b.queue.PutInput(t.Context(), strings.NewReader(input)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.stream(t, tasks.StoreName).DeleteMsg(t.Context(), 1); err != nil { // which overwrites nothing
		t.Fatal(err)
	}
	if len(testenv.FilesHolding(t, dir, []byte("giấy của Lan"))) == 0 {
		t.Fatal("the bytes are in no file: there is nothing to find")
	}
	for range 2 { // the second time nothing is left to do
		if err := b.queue.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	testenv.Eventually(t, "the bytes to be in no file", func() bool { return len(testenv.FilesHolding(t, dir, []byte("giấy của Lan"))) == 0 })
}
