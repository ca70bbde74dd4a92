package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"thidua/workers/tasks"
)

// asks asks the server for something and waits until the task has ended.
func (s *server) asks(t *testing.T, args ...string) (task tasks.Task) {
	t.Helper()
	id := strings.TrimSpace(s.says(t, 0, append(args, "--ask")...))
	s.answer(t, &task, "tasks", "show", id, "--wait", "--json")
	return task
}

// runsATask has the server run a task, so that it has measured one.
func (s *server) runsATask(t *testing.T) {
	t.Helper()
	id := strings.TrimSpace(s.says(t, 0, "dossier", "none-2019", "--ask"))
	s.says(t, 3, "tasks", "show", id, "--wait")
}

// outlived judges that nothing can be had any more that tasks have made.
func (s *server) outlived(t *testing.T, made ...tasks.Task) {
	t.Helper()
	for _, task := range made {
		if said := s.says(t, 1, "tasks", "show", task.ID, "--save", filepath.Join(t.TempDir(), "again")); !strings.Contains(said, "has no result, or none any more") {
			t.Errorf("after the erasure the result of a task %s gives: %s", task.Kind, said)
		}
	}
}
