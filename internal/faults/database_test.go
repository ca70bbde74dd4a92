package faults_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// end is the position of the log's last event.
func end(t *testing.T, log *eventlog.Log) domain.Position {
	t.Helper()
	last, err := log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// The line to Postgres swallows what was sent on it, and says so to nobody: the workers give it up within the limit that they are given, and go on
// over another.
func TestRow12BlackHole(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.workerOver(t, b.dsn()+" statement_timeout=2000")
	l := steadily(t, 4, log)
	projected(t, db, form)
	for range rounds(2, 8) {
		l.awaitMore(t, 20)
		hold(t, time.Duration(rand.IntN(100))*time.Millisecond)
		b.pgLine.tell(strand, 0)
		l.awaitMore(t, 8)
		projected(t, db, end(t, log))
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// The database takes nothing more for a while, as a standby does before it is promoted: the log goes on, and the workers when it does.
func TestRow13ReadOnly(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	projected(t, db, form)
	for range rounds(2, 6) {
		l.awaitMore(t, 8)
		b.readOnly(t, db, "on")
		l.awaitMore(t, 20)
		refused := end(t, log)
		if at := position(t, db); at >= refused {
			t.Errorf("the audit trail has come to position %d while nothing could be written", at)
		}
		b.readOnly(t, db, "off")
		projected(t, db, refused)
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// readOnly lets every session be read-only, or not, from now on.
func (b *bed) readOnly(t *testing.T, db *sqlx.DB, value string) {
	t.Helper()
	for _, statement := range []string{
		"SET default_transaction_read_only = off",
		"ALTER SYSTEM SET default_transaction_read_only = " + value,
		"SELECT pg_reload_conf()",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk of the read models is full: the workers wait, the log goes on, and the workers when there is room again.
func TestRow13PostgresDiskFull(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	disk := smallDisk(t, 64)
	b.tablespace(t, disk)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	for range rounds(1, 4) {
		l.awaitMore(t, 8)
		projected(t, db, form)
		ballast := fill(t, disk, 0)
		stuck := position(t, db)
		testenv.Eventually(t, "the audit trail to stand still", func() bool {
			before := stuck
			l.awaitMore(t, 20)
			stuck = position(t, db)
			return stuck == before
		})
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		projected(t, db, end(t, log))
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// The disk of the log is full, at whatever point of an append: nobody is told that it is on the log when it is not, nothing of it is there in part,
// and with room again everything goes on, at the latest after the server is started again.
func TestRow13LogDiskFull(t *testing.T) {
	b := newBedOn(t, smallDisk(t, 64))
	log := b.open(t, time.Now)
	l := write(t, 2, log)
	for round := range rounds(2, 8) {
		l.awaitMore(t, 4)
		ballast := fill(t, b.dir, []int{0, 36, 12, 24}[round%4]<<10)
		err := l.one(t, log, 3*time.Second)
		for err == nil {
			err = l.one(t, log, 3*time.Second)
		}
		if errors.Is(err, domain.ErrConflict) {
			t.Errorf("an append on a full disk: %v; want that it is not on the log, or that this is not known", err)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if err := l.one(t, log, 2*time.Second); err != nil {
			b.killNATS(t)
			b.startNATS(t)
		}
	}
	l.awaitMore(t, 8)
	l.check(t, b.open(t, time.Now))
}

// one appends once more, to a stream of its own.
func (l *load) one(t *testing.T, log *eventlog.Log, limit time.Duration) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	_, err := log.Append(ctx, l.another())
	return err
}

// smallDisk is a file system of a few megabytes, of which a test can use up the last.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "thidua-disk-") // where Postgres, which is another user, finds the way
	if err == nil {
		err = syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0755", megabytes))
	}
	if err != nil {
		t.Fatalf("a small file system can't be mounted, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(syscall.Unmount(dir, syscall.MNT_DETACH), os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill uses up what room a disk has but for some bytes, and returns the file that does.
func fill(t *testing.T, disk string, but int) string {
	t.Helper()
	ballast, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ballast.Close() }()
	for _, piece := range [][]byte{make([]byte, 1<<16), make([]byte, 1<<12)} {
		for err = nil; err == nil; {
			_, err = ballast.Write(piece)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	size, err := ballast.Seek(0, io.SeekEnd)
	if err == nil {
		err = ballast.Truncate(size - int64(but))
	}
	if err != nil {
		t.Fatal(err)
	}
	return ballast.Name()
}

// tablespace puts the tables that will be made on a disk.
func (b *bed) tablespace(t *testing.T, disk string) {
	t.Helper()
	data, err := os.Stat(filepath.Join(b.dir, "postgres", "data"))
	if err != nil {
		t.Fatal(err)
	}
	owner := data.Sys().(*syscall.Stat_t)
	space := filepath.Join(disk, "space")
	if err := errors.Join(os.Mkdir(space, 0o700), os.Chown(space, int(owner.Uid), int(owner.Gid))); err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.ConnectContext(t.Context(), "postgres", b.pg.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{
		fmt.Sprintf("CREATE TABLESPACE small LOCATION '%s'", space),
		"ALTER SYSTEM SET default_tablespace = 'small'",
		"SELECT pg_reload_conf()",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
