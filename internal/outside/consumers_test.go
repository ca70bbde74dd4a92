package outside_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A new team's first hour, as docs/consumers.md tells it: contract, NATS, HTTP, Parquet, SQL and a webhook give the totals of the ranking.
func TestFirstHour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755)); err != nil { // Postgres may be another user
		t.Fatal(err)
	}
	run(t, "../..", "go", "build", "-o", filepath.Join(dir, "thidua"), "./cmd/thidua")
	examples, err := filepath.Abs("../../examples")
	if err == nil {
		err = os.Symlink(examples, filepath.Join(dir, "examples"))
	}
	if err != nil {
		t.Fatal(err)
	}
	commands := shellOf(t, "../../docs/consumers.md")
	for _, port := range []string{"8080", "4222", "9000"} {
		commands = strings.ReplaceAll(commands, "127.0.0.1:"+port, freeAddress(t))
	}
	nats := program(t, "github.com/nats-io/natscli/nats", "v0.5.0")
	// The server that the guide leaves running ends with the shell.
	shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", "trap 'kill %1; wait' EXIT\n"+commands)
	shell.Dir, shell.WaitDelay = dir, 20*time.Second
	shell.Env = append(os.Environ(), "PATH="+strings.Join([]string{dir, filepath.Dir(nats), os.Getenv("PATH")}, ":"), "XDG_CONFIG_HOME="+dir)
	var errs strings.Builder
	shell.Stderr = &errs
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, errs.String())
	}
	want, err := os.ReadFile(filepath.Join(dir, "ranking.txt"))
	if err != nil || len(want) == 0 || !strings.HasSuffix(string(out), string(want)) {
		t.Errorf("%v: the guide ends with\n%swant\n%s", err, out, want)
	}
}
