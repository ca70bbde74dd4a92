package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOlderCopyOfTheLog puts an older copy of the log's files beside a database that has read on: nothing is recorded on it and no workers run,
// and what only reads says what is lost.
func TestOlderCopyOfTheLog(t *testing.T) {
	s := &server{dir: t.TempDir()}
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	var before struct{ Position uint64 }
	s.answer(t, &before, "status", "--json")
	older := filepath.Join(t.TempDir(), "nats")
	store := filepath.Join(s.dir, "nats")
	if err := os.CopyFS(older, os.DirFS(store)); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "import", s.season(t, "second-2019"))
	s.answer(t, nil, "ranking", "second-2019")
	if err := os.RemoveAll(store); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(store, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		args []string
		ok   bool
		want string
	}{
		{[]string{"status"}, true, "which were read, are lost"},
		{[]string{"audit", "--limit", "3"}, true, "which were read, are lost"},
		{[]string{"verify"}, false, "WRONG"},
		{[]string{"import", s.season(t, "third-2019")}, false, "which were read, are lost"},
		{[]string{"up"}, false, "no workers run"},
	}
	for _, test := range tests {
		out, err := s.command(t, test.args...).CombinedOutput()
		if (err == nil) != test.ok || !strings.Contains(string(out), test.want) {
			t.Errorf("thidua %s ends with %v and says %q, want success %v and %q", test.args, err, out, test.ok, test.want)
		}
	}
	var after struct{ Position uint64 }
	s.answer(t, &after, "status", "--json")
	if after != before {
		t.Errorf("the log is at position %d, want it where the older copy ends, %d", after.Position, before.Position)
	}
}
