package faults_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// writerURL names the environment variable in which a copy of this test binary finds the server that it is to write to.
const writerURL = "THIDUA_FAULTS_WRITER"

// writerUnits are the units of whose reports a writing process appends.
var writerUnits = [...]string{"shared-0", "shared-1", "shared-2", "shared-3"}

// writer is a process that appends to the streams of all writing units, as a person would who decides on what is there, and says on out what it
// sends and what it is told. It ends only when it is killed.
func writer(url string, out io.Writer) error {
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	if err != nil {
		return err
	}
	defer nc.Close()
	log, err := eventlog.Open(context.Background(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Timeout: time.Second})
	if err != nil {
		return err
	}
	var said sync.Mutex
	say := func(format string, args ...any) {
		said.Lock()
		defer said.Unlock()
		fmt.Fprintf(out, format+"\n", args...)
	}
	var all sync.WaitGroup
	for _, unit := range writerUnits {
		all.Go(func() { writeShared(log, unit, say) })
	}
	all.Wait()
	return log.Close()
}

func writeShared(log *eventlog.Log, unit string, say func(string, ...any)) {
	for version, known := uint64(0), false; ; {
		if !known {
			events, err := log.Stream(context.Background(), domain.ReportStream(loadSeason, unit, "2019-Q1"))
			if err != nil {
				continue
			}
			version = uint64(len(events))
		}
		a := report(unit, version)
		say("tried %s", a.ID)
		position, err := log.Append(context.Background(), a)
		for err != nil && !errors.Is(err, domain.ErrConflict) {
			position, err = log.Append(context.Background(), a)
		}
		if known = err == nil; !known {
			say("refused %s", a.ID)
			continue
		}
		say("acked %s %d", a.ID, position)
		version += form
	}
}

// process starts a process that writes, and takes note of what it says.
func (l *load) process(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), writerURL+"="+url)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = in
	if err := errors.Join(cmd.Start(), in.Close()); err != nil {
		t.Fatal(err)
	}
	l.writing.Go(func() {
		defer func() { _ = out.Close() }()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			l.note(lines.Text())
		}
	})
	t.Cleanup(func() { kill(cmd) })
	return cmd
}

func (l *load) note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var id string
	var position domain.Position
	switch {
	case strings.HasPrefix(line, "tried "):
		l.tried[line[len("tried "):]] = true
	case strings.HasPrefix(line, "refused "):
		l.refused[line[len("refused "):]] = true
	default:
		if _, err := fmt.Sscanf(line, "acked %s %d", &id, &position); err != nil {
			l.problems = append(l.problems, fmt.Errorf("a writer said %q", line))
		}
		l.acked[id] = position
	}
}

// A writer is stopped in the middle of what it does; another goes on in the same streams; the first wakes up and goes on as if nothing had happened.
// What it decided on a world that is gone is refused, and nothing of it is on the log.
func TestRow07ZombieWriter(t *testing.T) {
	b := newBed(t)
	log := b.open(t, time.Now)
	l := write(t, 0)
	zombie := l.process(t, "nats://"+b.natsLine.address())
	for range rounds(3, 15) {
		l.awaitMore(t, 20)
		if err := zombie.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for _, unit := range writerUnits {
			l.overtake(t, log, unit)
		}
		before := l.refusals()
		if err := zombie.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		testenv.Eventually(t, "the writer that slept to be refused in each stream", func() bool { return l.refusals() >= before+len(writerUnits) })
	}
	l.awaitMore(t, 8)
	kill(zombie)
	l.check(t, log)
}

// overtake appends to a stream that others write to, at the version that it has.
func (l *load) overtake(t *testing.T, log *eventlog.Log, unit string) {
	t.Helper()
	for {
		events, err := log.Stream(t.Context(), domain.ReportStream(loadSeason, unit, "2019-Q1"))
		if err != nil {
			t.Fatal(err)
		}
		a := report(unit, uint64(len(events)))
		l.note("tried " + a.ID)
		position, err := log.Append(t.Context(), a)
		if err == nil {
			l.note(fmt.Sprintf("acked %s %d", a.ID, position))
			return
		}
		if !errors.Is(err, domain.ErrConflict) { // what the sleeper had sent may still come first
			t.Fatal(err)
		}
		l.note("refused " + a.ID)
	}
}

// refusals is how many appends were told that they conflict.
func (l *load) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.refused)
}
