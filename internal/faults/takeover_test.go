package faults_test

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/internal/testenv"
	"thidua/projections"
)

// copied is how many rows a worker has copied before it is stopped in the middle of a COPY.
const copied = 10_000

// copying reports whether the owner of the audit trail is in the middle of a COPY, behind so many events.
func copying(t *testing.T, db *sqlx.DB, behind int) bool {
	t.Helper()
	const query = `
		SELECT count(*) > 0
		FROM pg_stat_progress_copy AS progress
		JOIN frame.lease ON lease.backend_pid = progress.pid
		JOIN frame.checkpoint ON checkpoint.schema = lease.name
		WHERE lease.name = 'p_audit_1' AND progress.tuples_processed > 0 AND checkpoint.position >= $1`
	var is bool
	if err := db.GetContext(t.Context(), &is, query, behind); err != nil {
		t.Fatal(err)
	}
	return is
}

// stopInCopy stops a worker with SIGSTOP in the middle of a COPY of the audit trail, after 10,000 rows. What it has sent by then, and the kernel keeps
// for it, does not arrive for as long as the line is slow.
func (b *bed) stopInCopy(t *testing.T, db *sqlx.DB, worker *exec.Cmd) {
	t.Helper()
	slow := 20 * time.Millisecond
	b.pgLine.tell(pass, slow)
	testenv.Eventually(t, "a worker stopped in a COPY", func() bool {
		if !copying(t, db, copied) {
			return false
		}
		signal(t, worker, syscall.SIGSTOP)
		b.pgLine.tell(pass, time.Hour)
		hold(t, 100*time.Millisecond)
		if copying(t, db, copied) {
			return true
		}
		signal(t, worker, syscall.SIGCONT)
		b.pgLine.tell(pass, slow)
		return false
	})
}

func signal(t *testing.T, worker *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := worker.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// owners counts the projections of each worker whose leases hold, the largest share first.
func owners(t *testing.T, db *sqlx.DB) (shares []int) {
	t.Helper()
	const query = "SELECT count(*) FROM frame.lease WHERE owner <> '' AND expires_at > now() GROUP BY owner ORDER BY 1 DESC"
	if err := db.SelectContext(t.Context(), &shares, query); err != nil {
		t.Fatal(err)
	}
	return shares
}

// evenly reports whether so many workers have all projections, and none two more than another.
func evenly(t *testing.T, db *sqlx.DB, workers int) bool {
	t.Helper()
	all := len(projections.All(nil, nil))
	want := make([]int, workers)
	for i := range want {
		want[i] = (all + workers - 1 - i) / workers
	}
	return cmp.Equal(want, owners(t, db))
}

// share counts the projections of one worker.
func share(t *testing.T, db *sqlx.DB, worker *exec.Cmd) (n int) {
	t.Helper()
	const query = "SELECT count(*) FROM frame.lease WHERE owner LIKE '%-' || $1 || '-%' AND expires_at > now()"
	if err := db.GetContext(t.Context(), &n, query, strconv.Itoa(worker.Process.Pid)); err != nil {
		t.Fatal(err)
	}
	return n
}

// A worker is stopped in the middle of a COPY, and holds its locks: another ends its session and takes over within ten seconds. When it goes on it writes
// nothing more of what it had, and takes its share like any other.
func TestRow10WorkerStoppedInACopy(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	l := write(t, 8, log)
	l.awaitMore(t, 3*copied/form)
	l.end()
	stopped := b.worker(t)
	b.stopInCopy(t, db, stopped)
	next := spawn(t, thidua, "work", "--nats-url", "nats://"+b.natsLine.address(), "--database-url", b.pg.DSN("postgres"))
	testenv.Eventually(t, "the next worker to be there", func() bool {
		var there int
		err := db.GetContext(t.Context(), &there, "SELECT count(*) FROM frame.worker")
		return err == nil && there == 2
	})
	testenv.Within(t, 10*time.Second, "the takeover", func() bool {
		var taken bool
		const query = "SELECT count(*) = $1 FROM frame.lease WHERE fence = 2 AND expires_at > now() AND backend_pid IN (SELECT pid FROM pg_stat_activity)"
		return db.GetContext(t.Context(), &taken, query, len(projections.All(nil, nil))) == nil && taken
	})
	last, err := log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	projected(t, db, last)

	signal(t, stopped, syscall.SIGCONT)
	b.pgLine.tell(pass, 0)
	testenv.Eventually(t, "an even share of both", func() bool { return evenly(t, db, 2) })
	if last, err = log.Append(t.Context(), report("later", 0)); err != nil {
		t.Fatal(err)
	}
	projected(t, db, last)
	for _, worker := range []*exec.Cmd{stopped, next} {
		kill(worker)
	}
	verified(t, log, db)
}

// The line between a worker and Postgres lets nothing through, and breaks nothing off: another takes over within ten seconds, and gives the worker its
// share again when the line is mended.
func TestRow12WorkerBehindABlackHole(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	l := steadily(t, 4, log)
	crew := []*exec.Cmd{b.worker(t), spawn(t, thidua, "work", "--nats-url", "nats://"+b.natsLine.address(), "--database-url", b.pg.DSN("postgres"))}
	for range rounds(2, 4) {
		testenv.Eventually(t, "an even share of both", func() bool { return evenly(t, db, 2) })
		l.awaitMore(t, 10)
		b.pgLine.tell(blackHole, 0)
		testenv.Within(t, 10*time.Second, "the other to have everything", func() bool { return evenly(t, db, 1) })
		last, err := log.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		projected(t, db, last)
		b.pgLine.tell(pass, 0)
	}
	l.check(t, log)
	for _, worker := range crew {
		kill(worker)
	}
	verified(t, log, db)
}

// Workers come and go, killed and stopped without a word, while many append: each projection always finds an owner again.
func TestRow10WorkersComeAndGo(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	l := steadily(t, 4, log)
	crew := []*exec.Cmd{b.worker(t), b.worker(t)}
	for range rounds(2, 8) {
		testenv.Eventually(t, "an even share of both", func() bool { return evenly(t, db, 2) })
		l.awaitMore(t, 10)
		kill(crew[0])
		crew = append(crew[1:], b.worker(t))
	}
	for _, worker := range crew {
		testenv.Eventually(t, "an even share of each", func() bool { return share(t, db, worker) >= len(projections.All(nil, nil))/len(crew) })
	}
	signal(t, crew[0], syscall.SIGTERM)
	if err := crew[0].Wait(); err != nil {
		t.Errorf("a worker that was told to stop ends with %v", err)
	}
	testenv.Within(t, 10*time.Second, "the other to have everything", func() bool { return evenly(t, db, 1) })
	l.check(t, log)
	last, err := log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	projected(t, db, last)
	kill(crew[1])
	verified(t, log, db)
}
