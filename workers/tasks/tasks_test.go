package tasks_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/workers/tasks"
)

// greet makes a greeting of a name.
func greet() tasks.Kind {
	return tasks.Kind{Name: "greet", Do: func(_ context.Context, run *tasks.Run) error {
		var name string
		if err := run.Args(&name); err != nil {
			return err
		}
		w, err := run.Result("greeting.txt")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, "chào "+name); err != nil {
			return err
		}
		run.Progress(1, 1)
		return w.Close()
	}}
}

func TestTaskIsDone(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.work(t, "one", greet())
	task := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: "Sơn La"}), tasks.Done)
	if task.Owner != "one" || task.By != "system:test" || task.Done != 1 || task.Total != 1 || task.Attempts != 0 || task.Reason != (domain.Text{}) {
		t.Errorf("the task is %+v", task)
	}
	if got, err := b.result(t, task); got != "chào Sơn La" || err != nil {
		t.Errorf("the result is %q, %v", got, err)
	}
	if task.Result.Name != "greeting.txt" || task.Result.Size != int64(len("chào Sơn La")) || task.ExpiresAt == nil {
		t.Errorf("the result is %+v until %v", task.Result, task.ExpiresAt)
	}
	testenv.Eventually(t, "an empty queue", func() bool { return b.waiting(t) == 0 })
}

func TestAskHasAForm(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for name, a := range map[string]tasks.Asked{
		"no kind":      {By: "system:test"},
		"another form": {Kind: "a.b", By: "system:test"},
		"nobody":       {Kind: "a"},
		"too long":     {Kind: "a", By: "system:test", Args: string(make([]byte, 100_000))},
		"no JSON":      {Kind: "a", By: "system:test", Args: func() {}},
	} {
		if id, err := b.queue.Ask(t.Context(), a); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%s: %q, %v, want it invalid", name, id, err)
		}
	}
}

// What fails is tried again, and has the reason of the last time when it is given up.
func TestFailuresHaveALimit(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var tries atomic.Int64
	b.work(t, "one", tasks.Kind{Name: "moody", Attempts: 3, Do: func(context.Context, *tasks.Run) error {
		return fmt.Errorf("try %d of nats://user:secret@host", tries.Add(1))
	}})
	task := b.until(t, b.ask(t, tasks.Asked{Kind: "moody"}), tasks.Dead)
	if want := "try 3 of nats://…@host"; task.Reason.EN != want || task.Attempts != 3 {
		t.Errorf("after %d attempts the reason is %q, want %q", task.Attempts, task.Reason.EN, want)
	}
	if _, err := b.queue.Retry(t.Context(), task.ID); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "three more tries", func() bool { return tries.Load() == 6 })
	b.until(t, task.ID, tasks.Dead)
}

// A task that can't be done is not tried again; one that can be after all, may be retried.
func TestRefusedTaskFails(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.work(t, "one", greet(), tasks.Kind{Name: "break", Attempts: 1, Do: func(_ context.Context, run *tasks.Run) error {
		var none []int
		return fmt.Errorf("%d", none[len(run.ID)]) // as a bug would
	}})
	task := b.until(t, b.ask(t, tasks.Asked{Kind: "greet", Args: 7}), tasks.Failed)
	if task.Attempts != 1 || task.Reason.EN == "" || task.EndedAt == nil {
		t.Errorf("the task is %+v", task)
	}
	if broken := b.until(t, b.ask(t, tasks.Asked{Kind: "break"}), tasks.Dead); broken.Reason.EN != "the program broke off: runtime error: index out of range [16] with length 0" {
		t.Errorf("the reason is %q", broken.Reason.EN)
	}
}

// A task that is put back until later does not count as failed, however often.
func TestLater(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var tries atomic.Int64
	b.work(t, "one", tasks.Kind{Name: "patient", Attempts: 1, Do: func(context.Context, *tasks.Run) error {
		if tries.Add(1) <= 4 {
			return fmt.Errorf("not yet: %w", tasks.Later{At: time.Now().Add(5 * time.Millisecond)})
		}
		return tasks.Later{At: time.Now().Add(time.Hour)}
	}})
	id := b.ask(t, tasks.Asked{Kind: "patient", Key: "k"})
	testenv.Eventually(t, "the last try", func() bool { return tries.Load() == 5 && b.task(t, id).State == tasks.Queued })
	testenv.Eventually(t, "an empty queue", func() bool { return b.waiting(t) == 0 })
	if task := b.task(t, id); task.Attempts != 0 {
		t.Errorf("the task is %+v", task)
	}
	// Who asks again does not want to wait.
	if again := b.ask(t, tasks.Asked{Kind: "patient", Key: "k", Again: true}); again != id {
		t.Errorf("another task %s was made", again)
	}
	testenv.Eventually(t, "one more try", func() bool { return tries.Load() == 6 })
}
