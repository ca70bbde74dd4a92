package faults_test

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Of two workers the one that has the audit trail is stopped in the middle of a COPY, with its locks held, and believes still that the projection is
// its own when it wakes up. The other takes over in the meantime; nothing is lost, twice, or written by both.
func TestRow10OwnerStoppedInACopy(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	l := write(t, 8, log)
	rows := domain.Position(rounds(4_000, 10_000))
	eventually(t, time.Minute, "enough to copy", func() bool { return end(t, log) >= 2*rows })
	l.end()
	b.pgLine.tell(pass, 4*time.Millisecond) // so that a COPY takes its time
	workers := []*exec.Cmd{b.worker(t), b.worker(t)}
	owner := b.stopInCopy(t, db, workers, rows)
	b.pgLine.tell(pass, 0)
	projected(t, db, end(t, log), 30*time.Second)
	if err := owner.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := l.one(t, log, 20*time.Second); err != nil {
			t.Fatal(err)
		}
		projected(t, db, end(t, log), 20*time.Second)
	}
	l.check(t, log)
	for _, w := range workers {
		if err := w.Process.Signal(syscall.Signal(0)); err != nil {
			t.Errorf("a worker has ended: %v", err)
		}
		kill(w)
	}
	verified(t, log, db)
}

// stopInCopy waits until the audit trail has taken so many rows and another COPY into it is under way, and stops the worker that does it.
func (b *bed) stopInCopy(t *testing.T, db *sqlx.DB, workers []*exec.Cmd, rows domain.Position) *exec.Cmd {
	t.Helper()
	var owner string
	eventually(t, time.Minute, "a COPY to be under way", func() bool {
		const query = `
			SELECT lease.owner
			FROM pg_stat_progress_copy AS copy
			JOIN frame.lease ON lease.backend_pid = copy.pid
			JOIN frame.checkpoint ON checkpoint.schema = lease.name
			WHERE checkpoint.name = 'audit' AND checkpoint.position >= $1 AND copy.tuples_processed > 0`
		return db.GetContext(t.Context(), &owner, query, int64(rows)) == nil
	})
	for _, w := range workers {
		if strings.Contains(owner, "-"+strconv.Itoa(w.Process.Pid)+"-") {
			if err := w.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			return w
		}
	}
	t.Fatalf("the audit trail belongs to %q, which is neither worker", owner)
	return nil
}
