package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"thidua/internal/embedded"
)

// ownerVariable makes the test binary, started again by a test, own the data directory it names instead of running tests.
const ownerVariable = "THIDUA_TEST_OWNER"

// TestMain runs the tests or, started again by one, a process for that test to kill.
func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		exitOn(ownUntilKilled(dir))
		os.Exit(0)
	}
	err := makePattern()
	code := 1
	if err == nil {
		code = m.Run()
	}
	exitOn(errors.Join(err, os.RemoveAll(pattern)))
	os.Exit(code)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pattern is a data directory with a cluster that tests copy, for making one takes a second.
var pattern string

func makePattern() (err error) {
	if pattern, err = os.MkdirTemp("", "thidua-embedded-test-"); err != nil {
		return err
	}
	pg, err := embedded.StartPostgres(context.Background(), postgresIn(pattern))
	if err != nil {
		return err
	}
	return pg.Stop()
}

// owner is a process that owns a data directory and what it says of itself.
type owner struct {
	Holder   embedded.Holder `json:"holder"`
	Postgres int             `json:"postgres"`
	DSN      string          `json:"dsn"`
	process  *os.Process
}

// ownUntilKilled holds the lock and runs a server, says so on its standard output, and waits for a signal that it does not expect.
func ownUntilKilled(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	holder := embedded.Holder{PID: os.Getpid(), Command: "thidua up", Since: since}
	lock, err := embedded.Lock(dir, holder)
	if err != nil {
		return err
	}
	pg, err := embedded.StartPostgres(ctx, postgresIn(dir))
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	err = json.NewEncoder(os.Stdout).Encode(owner{Holder: holder, Postgres: pg.PID(), DSN: pg.DSN("postgres")})
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, pg.Stop(), lock.Close())
}

// startOwner starts a process that owns the data directory, and kills it at the end of the test at the latest.
func startOwner(t *testing.T, dir string) owner {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the test has killed it already
		_ = cmd.Wait()
	})
	o := owner{process: cmd.Process}
	if err := json.NewDecoder(bufio.NewReader(output)).Decode(&o); err != nil {
		t.Fatalf("the owner says nothing: %v", err)
	}
	return o
}

// kill ends the owner as a power switch would.
func (o owner) kill(t *testing.T) {
	t.Helper()
	if err := o.process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// since is when the directories of these tests were taken.
var since = time.Date(2019, 11, 1, 8, 0, 0, 0, time.UTC)

// dataDir is a data directory that the user whom PostgreSQL runs as can reach: root's temporary directories are closed to others.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// clusterDir is a data directory that has a cluster which has run and stopped.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir := dataDir(t)
	copyPattern(t, dir)
	return dir
}

func copyPattern(t *testing.T, dir string) {
	t.Helper()
	if output, err := exec.Command("cp", "-a", postgresIn(pattern).Dir, dir).CombinedOutput(); err != nil {
		t.Fatalf("copy a cluster: %v: %s", err, output)
	}
}

// postgresIn is the configuration of a cluster in a data directory.
func postgresIn(dir string) embedded.PostgresConfig {
	return embedded.PostgresConfig{Dir: filepath.Join(dir, "postgres"), DataDir: dir, BinDir: os.Getenv("THIDUA_PG_BIN")}
}

// startPostgres starts a server that is stopped when the test ends.
func startPostgres(t *testing.T, config embedded.PostgresConfig) *embedded.Postgres {
	t.Helper()
	pg, err := embedded.StartPostgres(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() }) // the test may have stopped or killed it
	return pg
}
