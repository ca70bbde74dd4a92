package main_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/internal/testenv"
)

// subscriber is the example consumer as a process, which reads from a server into a database of its own.
type subscriber struct {
	program, door, key string
	name, public       string // of the consumer and its key
	server             *server
	dsn                string
	cmd                *exec.Cmd
	said               *bytes.Buffer
}

// consumer is the consumer as somebody else sees it who has the same key.
func (s *subscriber) consumer(t *testing.T) jetstream.Consumer {
	t.Helper()
	key, err := nats.NkeyOptionFromSeed(s.key)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("nats://"+s.door, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(t.Context(), "EMULATION", "analyst-"+s.name)
	if err != nil {
		t.Fatal(err)
	}
	return consumer
}

// done waits until all has been read and acknowledged.
func (s *subscriber) done(t *testing.T) {
	t.Helper()
	consumer := s.consumer(t)
	testenv.Eventually(t, "all to be read and acknowledged", func() bool {
		info, err := consumer.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return info.NumPending == 0 && info.NumAckPending == 0
	})
}

func newSubscriber(t *testing.T) *subscriber {
	t.Helper()
	doors, err := freeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &subscriber{program: filepath.Join(dir, "consumer"), door: doors[0], key: filepath.Join(dir, "reader.nk"), server: &server{dir: t.TempDir()}}
	if out, err := exec.Command("go", "build", "-o", s.program, "thidua/examples/consumer").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return s
}

// up starts the server with a door for analysts, and returns how to kill it.
func (s *subscriber) up(t *testing.T) (kill func()) {
	t.Helper()
	_ = os.Remove(filepath.Join(s.server.dir, "server.json")) // of one that was killed
	up := s.server.command(t, "up", "--analyst-listen", s.door)
	up.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	up.Stderr = &out
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = up.Process.Kill()
		_ = up.Wait()
	}
	t.Cleanup(kill)
	if err := await(filepath.Join(s.server.dir, "server.json")); err != nil {
		t.Fatalf("up: %v: %s", err, out.String())
	}
	return kill
}

// prepare makes a consumer, its key and a database. That one is killed with the server, too.
func (s *subscriber) prepare(t *testing.T, name string, args ...string) {
	t.Helper()
	s.name = name
	var added struct {
		Seed   string
		Public string `json:"public_key"`
	}
	s.server.answer(t, &added, append([]string{"consumer", "add", name, "--json"}, args...)...)
	s.public = added.Public
	if err := os.WriteFile(s.key, []byte(added.Seed), 0o600); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(s.server.dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	var at struct{ Database string }
	if err := json.Unmarshal(content, &at); err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.Connect("postgres", at.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.MustExecContext(t.Context(), `CREATE DATABASE "reader-`+name+`"`)
	s.dsn = regexp.MustCompile(`dbname=\S+`).ReplaceAllString(at.Database, "dbname=reader-"+name)
}

func (s *subscriber) start(t *testing.T, args ...string) {
	t.Helper()
	s.cmd = exec.Command(s.program, append([]string{"--server", "nats://" + s.door, "--nkey", s.key, "--consumer", "analyst-" + s.name, "--batch", "16"}, args...)...)
	s.cmd.Env = append(os.Environ(), "READER_DATABASE_URL="+s.dsn)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.said = &bytes.Buffer{}
	s.cmd.Stderr = s.said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
}

func (s *subscriber) kill(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Kill()
	var exit *exec.ExitError
	if err := s.cmd.Wait(); errors.As(err, &exit) && exit.Exited() {
		t.Fatalf("the consumer has ended by itself: %s", s.said.String())
	}
}

// finish lets the consumer read to the end of the log, where it ends.
func (s *subscriber) finish(t *testing.T) {
	t.Helper()
	s.kill(t)
	s.start(t, "--until", fmt.Sprint(len(s.events(t))))
	if err := s.cmd.Wait(); err != nil {
		t.Fatalf("the consumer ended with %v: %s", err, s.said.String())
	}
}

// halves are seasons of which something shows, but not the end of the import, or that but another number of events than of others.
const halves = `SELECT season FROM reader.tally WHERE season <> '_' GROUP BY season
	HAVING (sum(shown) > 0) <> (coalesce(sum(shown) FILTER (WHERE type = 'vn.thidua.import.completed.v1'), 0) = 1) OR sum(shown) > 0 AND sum(held) > 0`

// wait looks for a while whether half of an import shows. The database may be away meanwhile.
func (s *subscriber) wait(t *testing.T, d time.Duration) {
	t.Helper()
	db, err := sqlx.Open("postgres", s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(d); ; {
		select {
		case <-end:
			return
		case <-tick.C:
		}
		var half []string
		if err := db.SelectContext(t.Context(), &half, halves); err == nil && len(half) > 0 {
			t.Errorf("half of the imports %v shows", half)
		}
	}
}

// events are all events of the log, as they are.
func (s *subscriber) events(t *testing.T) [][]byte {
	t.Helper()
	out, err := s.server.command(t, "events", "export").Output()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
}

// tally is a row of the consumer's.
type tally struct {
	Season, Type string
	Shown, Held  int
}

// judge compares what the consumer has made of the events with the events, of one type or all.
func (s *subscriber) judge(t *testing.T, kind string) {
	t.Helper()
	digest, counts := "", map[[2]string]int{}
	last := 0
	for i, event := range s.events(t) {
		var e struct{ Type, Subject string }
		if err := json.Unmarshal(event, &e); err != nil {
			t.Fatal(err)
		}
		if kind != "" && e.Type != kind {
			continue
		}
		last = i + 1
		counts[[2]string{strings.Split(e.Subject, "/")[1], e.Type}]++
		sum := sha256.Sum256(append([]byte(digest), event...))
		digest = hex.EncodeToString(sum[:])
	}
	var want []tally
	for of, n := range counts {
		want = append(want, tally{of[0], of[1], n, 0})
	}
	db, err := sqlx.Connect("postgres", s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var got []tally
	if err := db.SelectContext(t.Context(), &got, "SELECT season, type, shown, held FROM reader.tally"); err != nil {
		t.Fatal(err)
	}
	byName := func(a, b tally) int {
		return cmp.Or(strings.Compare(a.Season, b.Season), strings.Compare(a.Type, b.Type))
	}
	slices.SortFunc(want, byName)
	slices.SortFunc(got, byName)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("events of each season and type (-log +consumer):\n%s", diff)
	}
	var kept struct {
		Position int
		Digest   string
	}
	if err := db.GetContext(t.Context(), &kept, "SELECT position, digest FROM reader.progress"); err != nil {
		t.Fatal(err)
	}
	if kept.Position != last || kept.Digest != digest {
		t.Errorf("the consumer is at %d with the digest %s, want %d and %s", kept.Position, kept.Digest, last, digest)
	}
}
