package main_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/internal/testenv"
	"thidua/workers/tasks"
)

// Processes that stay, and start while the queue of tasks can't be opened, do tasks and tell of them once it can.
func TestQueueThatCanBeOpenedLater(t *testing.T) {
	e := startExternal(t)
	js := e.streams(t)
	// While another stream takes its subjects the queue can't be made.
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"tasks.>"}}); err != nil {
		t.Fatal(err)
	}
	e.says(t, false, "The queue of tasks can't be opened", "tasks", "list")
	addresses, err := freeAddresses(2)
	if err != nil {
		t.Fatal(err)
	}
	serving := e.runs(t, "serve", "--listen", addresses[0], "--admin-listen", addresses[1])
	testenv.Eventually(t, "serve to answer", func() bool {
		response, err := http.Get("http://" + addresses[1] + "/livez")
		return err == nil && response.Body.Close() == nil
	})
	e.work(t, func() {
		if err := js.DeleteStream(t.Context(), "OTHER"); err != nil {
			t.Fatal(err)
		}
		id, err := e.command("export", "--format", "ndjson", "--season", "nowhere", "--ask").Output()
		if err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "the task to be done", func() bool {
			return e.task(t, strings.TrimSpace(string(id))).State != tasks.Queued
		})
		testenv.Eventually(t, "serve to tell of the tasks", func() bool {
			_, body := ask(t, "http://"+addresses[1]+"/metrics")
			return strings.Contains(body, "\nthidua_tasks{")
		})
	})
	serving()
}

// task is how a task stands.
func (e *external) task(t *testing.T, id string) (task tasks.Task) {
	t.Helper()
	out, err := e.command("tasks", "show", id, "--json").Output()
	if err == nil {
		err = json.Unmarshal(out, &task)
	}
	if err != nil {
		t.Fatal(err)
	}
	return task
}
