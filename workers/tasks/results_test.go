package tasks_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/workers/tasks"
)

// pattern is some megabytes that no two pieces of are alike.
func pattern(n int) []byte {
	content := make([]byte, n)
	for i := range content {
		content[i] = byte(i>>13 ^ i)
	}
	return content
}

func TestInput(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, size := range []int{0, 1, 128 << 10, 300_000} {
		content := pattern(size)
		f, err := b.queue.PutInput(t.Context(), bytes.NewReader(content))
		if err != nil || f.Size != int64(size) {
			t.Fatalf("%d bytes: %+v, %v", size, f, err)
		}
		r, err := b.queue.Input(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		if err := b.queue.DropInput(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		if _, err := b.queue.Input(t.Context(), f); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("%d bytes: it is there after it was dropped: %v", size, err)
		}
	}
	if n := b.stream(t, tasks.StoreName).CachedInfo().State.Msgs; n != 0 {
		t.Errorf("%d pieces are left", n)
	}
}

// The layout is that of the public clients, who find and read what is stored.
func TestResultIsAnObject(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	content := pattern(300_000)
	b.work(t, "one", tasks.Kind{Name: "big", Do: func(_ context.Context, run *tasks.Run) error {
		w, err := run.Result("big.bin")
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return errors.Join(err, w.Close())
	}})
	task := b.until(t, b.ask(t, tasks.Asked{Kind: "big"}), tasks.Done)
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	store, err := js.ObjectStore(t.Context(), "RESULTS")
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.GetBytes(t.Context(), task.Result.SHA256+"-"+task.ID)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(content))
	}
	if kept := b.stream(t, tasks.StoreName).CachedInfo().Config.MaxAge; kept != 7*24*time.Hour || task.ExpiresAt.Sub(*task.EndedAt) != kept {
		t.Errorf("it is kept for %v, and said to be until %v", kept, task.ExpiresAt)
	}
}

// A stored byte that has changed is not given to anybody as a result.
func TestChangedResultIsRefused(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.work(t, "one", greet())
	task := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "x"}), tasks.Done)
	stream := b.stream(t, tasks.StoreName)
	var subject string
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("$O.RESULTS.C.>"))
	if err != nil {
		t.Fatal(err)
	}
	for subject = range info.State.Subjects {
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSubject(subject)); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), subject, []byte("chao x!!")[:task.Result.Size]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.result(t, task); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("it is read: %v", err)
	}
}

// What a worker has left that was lost at the wrong moment goes; what is named stays.
func TestTidy(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	stop := b.work(t, "one", greet())
	kept := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "kept"}), tasks.Done)
	stray := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "stray"}), tasks.Done)
	old := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "old"}), tasks.Done)
	stop()
	input, err := b.queue.PutInput(t.Context(), bytes.NewReader(pattern(10)))
	if err != nil {
		t.Fatal(err)
	}
	b.db.MustExecContext(t.Context(), `UPDATE private.task SET result_name = '' WHERE id = $1`, stray.ID)
	b.db.MustExecContext(t.Context(), `UPDATE private.task SET ended_at = now() - interval '8 days' WHERE id = $1`, old.ID)
	if err := b.queue.TidyNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := b.result(t, kept); got != "chào kept" || err != nil {
		t.Errorf("what is named gives %q, %v", got, err)
	}
	if _, err := b.queue.Input(t.Context(), input); err != nil {
		t.Errorf("an input is gone: %v", err)
	}
	if _, err := b.result(t, stray); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("what nothing names is there: %v", err)
	}
	if _, err := b.queue.Task(t.Context(), old.ID); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a task of last week is there: %v", err)
	}
	if n := b.stream(t, tasks.StoreName).CachedInfo().State.Msgs; n != 4 {
		t.Errorf("%d pieces are left, want two files", n)
	}
}

// How long results are kept the store says, which who runs it may change.
func TestStoreSaysHowLong(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	js, err := jetstream.New(b.nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, keep := range []time.Duration{time.Hour, 0} {
		config := b.stream(t, tasks.StoreName).CachedInfo().Config
		config.MaxAge = keep
		if _, err := js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		b.queue = b.open(t)
		stop := b.work(t, "one", greet())
		task := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "x"}), tasks.Done)
		stop()
		if keep == 0 && task.ExpiresAt != nil || keep > 0 && (task.ExpiresAt == nil || task.ExpiresAt.Sub(*task.EndedAt) != keep) {
			t.Errorf("kept for %v, said to be until %v", keep, task.ExpiresAt)
		}
	}
}
