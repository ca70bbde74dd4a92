package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/examples"
)

// kills is how many imports are killed, each at another random moment of its run.
const kills = 20

// TestImportKilled kills imports at random moments and runs them again: it must end as if nothing had happened.
func TestImportKilled(t *testing.T) {
	up := start(t)
	want := standings(t, up, "whole", up.season(t, "whole"))
	took := up.timed(t, "import", up.season(t, "timed"))
	for i := range kills {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			season := fmt.Sprintf("killed-%d", i)
			papers := up.season(t, season)
			up.killed(t, rand.N(took), "import", papers)
			if diff := cmp.Diff(want, standings(t, up, season, papers)); diff != "" {
				t.Errorf("ranking after a killed import (-want +got):\n%s", diff)
			}
		})
	}
	var verdict struct{ OK bool }
	up.answer(t, &verdict, "verify", "--json")
	if !verdict.OK {
		t.Error("verify found a difference")
	}
	if events := up.events(t); len(events)%(kills+2) != 0 {
		t.Errorf("%d seasons have %d events: some has more or fewer than the others", kills+2, len(events))
	}
}

// standings takes a season in, as often as that is needed, and returns its standings.
func standings(t *testing.T, up *server, season, papers string) []any {
	t.Helper()
	up.answer(t, nil, "import", papers)
	var answer struct {
		Complete  bool
		Standings []any
	}
	up.answer(t, &answer, "ranking", "--json", season)
	if !answer.Complete || len(answer.Standings) == 0 {
		t.Fatalf("ranking of %s: complete %v, %d standings", season, answer.Complete, len(answer.Standings))
	}
	return answer.Standings
}

// server is a running `up` with a data directory of its own.
type server struct{ dir string }

func start(t *testing.T) *server {
	t.Helper()
	s := &server{dir: t.TempDir()}
	s.up(t)
	return s
}

// up runs the server until the test ends, or it is told to stop before.
func (s *server) up(t *testing.T) (stop func()) {
	t.Helper()
	up := s.command(t, "up")
	var out bytes.Buffer
	up.Stderr = &out
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = up.Process.Signal(os.Interrupt)
		_ = up.Wait()
	})
	t.Cleanup(stop)
	if err := await(filepath.Join(s.dir, "server.json")); err != nil {
		t.Fatalf("up: %v: %s", err, out.String())
	}
	return stop
}

// command is a run of the command line on the server's data directory. The name of the program is the one that TestMain gives it.
func (s *server) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("thidua", append(args, "--data-dir", s.dir)...)
	cmd.Env = append(os.Environ(), "NATS_URL=", "DATABASE_URL=", "LANG=C.UTF-8")
	return cmd
}

// answer runs a command to its end and decodes what it answers.
func (s *server) answer(t *testing.T, into any, args ...string) {
	t.Helper()
	cmd := s.command(t, args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("thidua %s: %v: %s%s", strings.Join(args, " "), err, out, problems.String())
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("thidua %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (s *server) timed(t *testing.T, args ...string) time.Duration {
	t.Helper()
	start := time.Now()
	s.answer(t, nil, args...)
	return time.Since(start)
}

// killed starts a command and kills it after a while. It reports whether it was killed: it may have ended before.
func (s *server) killed(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := s.command(t, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var exit *exec.ExitError
	err := cmd.Wait()
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return err != nil
}

// events lists the ids of all events that belong to seasons, and fails where one stands twice.
func (s *server) events(t *testing.T) []string {
	t.Helper()
	out, err := s.command(t, "audit", "--json", "--limit", "1000000").Output()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	seen := map[string]bool{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var row struct{ ID, Season string }
		if err := decoder.Decode(&row); err != nil {
			t.Fatal(err)
		}
		if seen[row.ID] {
			t.Errorf("event %s is on the log twice", row.ID)
		}
		seen[row.ID] = true
		if row.Season != "" {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

// season writes the example season under another id.
func (s *server) season(t *testing.T, season string) string {
	t.Helper()
	papers := filepath.Join(t.TempDir(), season)
	if err := os.CopyFS(papers, examples.NorthernBorder2019()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(papers, "season.yaml")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.Replace(content, []byte("season: northern-border-2019"), []byte("season: "+season), 1)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return papers
}

// await returns when a file is there.
func await(name string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(time.Minute)
	for {
		if _, err := os.Stat(name); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-patience:
			return fmt.Errorf("%s is not there after a minute", name)
		}
	}
}
