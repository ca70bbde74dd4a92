package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	thidua "thidua/cmd/thidua"
	"thidua/eventlog"
)

// harm is something that happens to the store of a log.
type harm struct {
	name string
	harm func()
	says string // a command that finds it
	want string // in what it says
	// killed is after how many milliseconds a repair is killed before the one that comes to its end.
	killed []time.Duration
}

// TestRepair harms the store of a log in one way after the other. Each time nothing more is recorded, and what is lost is said; the repair brings the
// same log back, of another epoch.
func TestRepair(t *testing.T) {
	s := &server{dir: t.TempDir()}
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	older := filepath.Join(t.TempDir(), "nats")
	store := filepath.Join(s.dir, "nats")
	copyFolder(t, store, older)
	s.answer(t, nil, "import", s.season(t, "second-2019"))
	ranking := s.output(t, "ranking", "second-2019", "--json")
	stream := filepath.Join(store, "jetstream", "$G", "streams", eventlog.StreamName)
	block := filepath.Join(stream, "msgs", "1.blk")

	before := s.epoch(t)
	for _, h := range []harm{
		{"an older copy", func() {
			remove(t, stream)
			copyFolder(t, filepath.Join(older, "jetstream", "$G", "streams", eventlog.StreamName), stream)
		}, "status", "are lost", nil},
		{"the stream's folder removed", func() { remove(t, stream) }, "status", "were read from the epoch", []time.Duration{800, 1200}},
		{"a bit flipped in the last block", func() { flip(t, block) }, "verify", "missing", nil},
		{"the last block cut, its index removed", func() { cut(t, block); remove(t, filepath.Join(stream, "msgs", "index.db")) }, "status", "are lost", nil},
	} {
		s.repaired(t, h)
	}
	if diff := cmp.Diff(ranking, s.output(t, "ranking", "second-2019", "--json")); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	if s.epoch(t) == before {
		t.Error("the log that was made anew is of the old epoch")
	}
	if out := s.output(t, "repair", "--yes"); !strings.Contains(out, "nothing to repair") {
		t.Errorf("a repair of a whole log says %q", out)
	}
	if kept, err := filepath.Glob(filepath.Join(s.dir, "before-repair-*", "nats")); err != nil || len(kept) == 0 {
		t.Errorf("nothing was kept: %v, %v", kept, err)
	}
}

// repaired harms the store, sees that it is found, and repairs it.
func (s *server) repaired(t *testing.T, h harm) {
	t.Helper()
	h.harm()
	if out, _ := s.command(t, h.says).CombinedOutput(); !strings.Contains(string(out), h.want) {
		t.Errorf("%s: %s says %q, want %q", h.name, h.says, out, h.want)
	}
	for _, after := range h.killed {
		s.killed(t, after*time.Millisecond, "repair", "--yes")
	}
	if out := s.output(t, "repair", "--yes"); !strings.Contains(out, "Repaired") && (h.killed == nil || !strings.Contains(out, "nothing to repair")) {
		t.Errorf("%s: a repair says %q", h.name, out)
	}
	var verdict struct{ OK bool }
	s.answer(t, &verdict, "verify", "--json")
	if !verdict.OK {
		t.Errorf("%s: verify is not content", h.name)
	}
}

// Two repairs within a second leave what was before each of them in folders of their own.
func TestRepairsKeepApart(t *testing.T) {
	begun := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	if one, other := thidua.KeptBy(begun), thidua.KeptBy(begun.Add(700*time.Millisecond)); one == other {
		t.Errorf("both repairs keep what was before in %s", one)
	}
}

// TestRepairLeavesGaps loses events from the log and from the audit trail: the repair wants a reason, puts gaps in their place, and builds anew what
// held them. The season concerned has no ranking any more; another has.
func TestRepairLeavesGaps(t *testing.T) {
	s := &server{dir: t.TempDir()}
	up := s.command(t, "up")
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	if err := await(filepath.Join(s.dir, "server.json")); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "import", s.season(t, "first-2019"), s.season(t, "second-2019"))
	ranking := s.output(t, "ranking", "second-2019", "--json")
	s.losesOfTheTrail(t, 300, 301)
	if err := errors.Join(up.Process.Signal(os.Interrupt), up.Wait()); err != nil {
		t.Fatal(err)
	}
	remove(t, filepath.Join(s.dir, "nats", "jetstream", "$G", "streams", eventlog.StreamName))
	if out := s.output(t, "repair"); !strings.Contains(out, "2 only in the sealed log") {
		t.Errorf("a repair with the sealed log at hand says %q", out)
	}
	for _, name := range []string{"log", "log.key", "log.key.head"} { // nothing was ever sealed
		remove(t, filepath.Join(s.dir, name))
	}

	out, err := s.command(t, "repair", "--yes").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Nobody has 300–301") || !strings.Contains(string(out), "--reason") {
		t.Errorf("a repair without a reason ends with %v and says %s", err, out)
	}
	s.output(t, "repair", "--yes", "--reason", "two disks failed")
	s.verifiesBut(t, "final ranking first-2019", "position 300")
	if out := s.output(t, "audit", "--since", "299", "--limit", "4"); strings.Count(out, "log.gap") != 2 {
		t.Errorf("the audit trail shows %s, want two gaps", out)
	}
	if out, err := s.command(t, "ranking", "first-2019").CombinedOutput(); err == nil || !strings.Contains(string(out), "has lost events") {
		t.Errorf("the ranking of the season ends with %v and says %s", err, out)
	}
	if diff := cmp.Diff(ranking, s.output(t, "ranking", "second-2019", "--json")); diff != "" {
		t.Errorf("ranking of the other season (-want +got):\n%s", diff)
	}
}

// losesOfTheTrail has the audit trail hold something else in the place of two events.
func (s *server) losesOfTheTrail(t *testing.T, one, other int) {
	t.Helper()
	db, err := sqlx.Connect("postgres", s.announced(t).Database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "UPDATE p_audit_1.audit SET payload = 'lost' WHERE position IN ($1, $2)", one, other)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// verifiesBut judges that verify is content with everything but one check, of which it says why.
func (s *server) verifiesBut(t *testing.T, check, why string) {
	t.Helper()
	var verdict struct {
		Checks []struct {
			Name   string
			OK     bool
			Detail string
		}
	}
	out, _ := s.command(t, "verify", "--json").Output()
	if err := json.Unmarshal(out, &verdict); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range verdict.Checks {
		if lost := c.Name == check; c.OK == lost || lost && !strings.Contains(c.Detail, why) {
			t.Errorf("verify says of %s: %v, %s", c.Name, c.OK, c.Detail)
		}
	}
	if len(verdict.Checks) < 4 {
		t.Errorf("verify made %d checks: %s", len(verdict.Checks), out)
	}
}

// output is what a command answers.
func (s *server) output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := s.command(t, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("thidua %s: %v: %s%s", strings.Join(args, " "), err, out, problems.String())
	}
	return string(out)
}

func (s *server) epoch(t *testing.T) string {
	t.Helper()
	var status struct{ Epoch string }
	s.answer(t, &status, "status", "--json")
	return status.Epoch
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// flip changes a bit of an event in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := len(content)/2 + bytes.Index(content[len(content)/2:], []byte(`"streamversion"`))
	content[at+3] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cut takes away the last third of a file.
func cut(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()*2/3); err != nil {
		t.Fatal(err)
	}
}
