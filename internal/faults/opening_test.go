package faults_test

import (
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/eventlog"
	"thidua/internal/testenv"
)

// greeting is how much a server says to who connects. Who is not connected yet is told that it can't be reached.
const greeting = 2

// opening is a log with something on it, behind a proxy that nobody else uses.
func opening(t *testing.T) (b *bed, db *sqlx.DB, log *eventlog.Log, l *load) {
	t.Helper()
	b = newBed(t)
	b.startPostgres(t)
	db = b.database(t)
	log, err := eventlog.Open(t.Context(), connect(t, "nats://"+b.natsAddr), eventlog.Config{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	l = write(t, 1, log)
	l.awaitMore(t, 1)
	l.end()
	return b, db, log, l
}

// workerComes starts a worker over a line that breaks once, before the server says a piece after its greeting, and waits until what is appended is projected.
func (b *bed) workerComes(t *testing.T, line *proxy, piece int, db *sqlx.DB, log *eventlog.Log, l *load) *exec.Cmd {
	t.Helper()
	line.breakAfter(greeting + 1 + piece)
	worker := b.worker(t)
	if err := l.one(t, log, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	projected(t, db, end(t, log))
	return worker
}

// The line to the log breaks once while a worker opens it, at whatever the server was about to say: the worker comes to work all the same.
func TestRow21LineBreaksWhileOpening(t *testing.T) {
	b, db, log, l := opening(t)
	js := b.jetStream(t)
	for piece := range rounds(12, 24) {
		worker := b.workerComes(t, b.natsLine, piece, db, log, l)
		testenv.Eventually(t, "the worker to ask for tasks", func() bool {
			export, err := js.ConsumerInfo("TASKS", "export")
			return err == nil && export.NumWaiting > 0
		})
		stop(t, worker)
	}
}

// The server goes away while a worker and a command open the log. The worker waits until it is back; who waits for the command is told in the end.
func TestRow21ServerAwayWhileOpening(t *testing.T) {
	b, db, log, l := opening(t)
	loses := func(line *proxy, args ...string) *exec.Cmd {
		line.breakAfter(greeting + 1)
		cmd := spawn(t, thidua, append(args, "--nats-url", "nats://"+line.address(), "--database-url", b.dsn())...)
		testenv.Eventually(t, "the line to break", line.broke)
		line.tell(cut, 0)
		return cmd
	}
	worker := loses(b.natsLine, "work")
	command := loses(newProxy(t, func() (net.Conn, error) { return net.Dial("tcp", b.natsAddr) }), "status")
	err := command.Wait()
	if said := heard(t, command); err == nil || !strings.Contains(said, "The NATS server that keeps the log does not answer") {
		t.Errorf("the command ends with %v and says %q; want that it says who does not answer", err, said)
	}
	b.natsLine.tell(pass, 0)
	if err := l.one(t, log, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	projected(t, db, end(t, log))
	stop(t, worker)
}

// The line to the database breaks once while a worker starts, at whatever the server was about to say: the worker comes to work all the same.
func TestRow12LineBreaksWhileStarting(t *testing.T) {
	b, db, log, l := opening(t)
	for piece := range rounds(8, 24) {
		worker := b.workerComes(t, b.pgLine, piece, db, log, l)
		testenv.Eventually(t, "the line to break", b.pgLine.broke)
		stop(t, worker)
	}
}

// heard is what a process has said on stderr so far.
func heard(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	said, ok := cmd.Stderr.(*os.File)
	if !ok {
		t.Fatal("what the process says is not kept")
	}
	text, err := os.ReadFile(said.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stop tells a process to end, which it must do well.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		t.Errorf("the process was told to stop, and ended with %v", err)
	}
}
