package embedded_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"

	"thidua/internal/embedded"
)

// connect opens a connection that is closed when the test ends.
func connect(t *testing.T, dsn string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // the server may be gone by then
	return db
}

// ask gives the one value that a query returns, as text.
func ask(t *testing.T, db *sqlx.DB, query string) string {
	t.Helper()
	var got string
	if err := db.GetContext(t.Context(), &got, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	for _, durable := range []bool{false, true} {
		t.Run("durable "+strconv.FormatBool(durable), func(t *testing.T) {
			t.Parallel()
			config := postgresIn(dataDir(t))
			config.Durable = durable
			db := connect(t, startPostgres(t, config).DSN("postgres"))
			written := map[bool]string{false: "off", true: "on"}[durable]
			want := map[string]string{
				"listen_addresses": "", "unix_socket_permissions": "0700", "TimeZone": "UTC", "jit": "off", "server_encoding": "UTF8",
				"log_statement": "none", "fsync": written, "synchronous_commit": written,
			}
			if durable {
				want["data_checksums"] = "on"
			}
			got := map[string]string{}
			for name := range want {
				got[name] = ask(t, db, "SHOW "+name)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPostgresSortsVietnamese(t *testing.T) {
	t.Parallel()
	db := connect(t, startPostgres(t, postgresIn(clusterDir(t))).DSN("postgres"))
	got := ask(t, db, `SELECT string_agg(n, ' ' ORDER BY n COLLATE "vi-x-icu") FROM unnest(ARRAY['Đặng','Dũng','Ánh','An','Ăn','Ân']) n`)
	if diff := cmp.Diff("An Ánh Ăn Ân Dũng Đặng", got); diff != "" {
		t.Errorf("names in order (-want +got):\n%s", diff)
	}
}

func TestPostgresKeepsItsDataOverARestart(t *testing.T) {
	t.Parallel()
	config := postgresIn(dataDir(t))
	config.Durable = true
	first := startPostgres(t, config)
	connect(t, first.DSN("postgres")).MustExecContext(t.Context(), "CREATE TABLE mark AS SELECT 7 AS n")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	db := connect(t, startPostgres(t, config).DSN("postgres"))
	if got := ask(t, db, "SELECT n FROM mark"); got != "7" {
		t.Errorf("the mark is %s after a restart, want 7", got)
	}
}

func TestPostgresStopEndsTheServerAndMayBeCalledAgain(t *testing.T) {
	t.Parallel()
	pg := startPostgres(t, postgresIn(clusterDir(t)))
	for range 2 {
		if err := pg.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(pg.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("looking for the server after Stop gave %v, want %v", err, syscall.ESRCH)
	}
}

func TestPostgresSaysWhenTheServerDied(t *testing.T) {
	t.Parallel()
	config := postgresIn(clusterDir(t))
	pg := startPostgres(t, config)
	connect(t, pg.DSN("postgres")) // whose process outlives the server's for a moment
	if err := syscall.Kill(pg.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-pg.Done()
	if err := pg.Stop(); err == nil {
		t.Error("stopping a server that had died is no failure")
	}
	startPostgres(t, config) // and the cluster recovers
}

func TestPostgresQuotesItsPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), `tỉnh 'Lai' \Châu`)
	if err := os.Mkdir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	copyPattern(t, dir)
	pg := startPostgres(t, postgresIn(dir))
	if !strings.HasPrefix(pg.Socket(), dir) {
		t.Fatalf("the socket is in %s, want it in %s", pg.Socket(), dir)
	}
	connect(t, pg.DSN("postgres"))
}

// longDir is a data directory with a cluster and a path that leaves no room for a socket's.
func longDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(dataDir(t), strings.Repeat("tỉnh-biên-giới-", 8))
	if err := os.Mkdir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	copyPattern(t, dir)
	return dir
}

func TestPostgresPutsASocketThatWouldNotFitElsewhere(t *testing.T) {
	t.Parallel()
	dir := longDir(t)
	config := postgresIn(dir)
	pg := startPostgres(t, config)
	connect(t, pg.DSN("postgres"))
	if len(pg.Socket()) > 90 || strings.HasPrefix(pg.Socket(), dir) {
		t.Errorf("the socket is in %s", pg.Socket())
	}
	info, err := os.Stat(pg.Socket())
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("the mode of the socket's directory is %o, want 700", got)
	}
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pg.Socket()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking for the socket's directory after Stop gave %v, want %v", err, os.ErrNotExist)
	}
}

func TestPostgresTakesOverASocketDirectoryThatWasLeft(t *testing.T) {
	t.Parallel()
	dir := longDir(t)
	o := startOwner(t, dir)
	o.kill(t)
	pg := startPostgres(t, postgresIn(dir))
	if !strings.Contains(o.DSN, pg.Socket()) {
		t.Errorf("the socket is in %s, want it where it was: %s", pg.Socket(), o.DSN)
	}
}

func TestPostgresStartsOverWhatACrashLeft(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]struct{ path, text string }{
		"the number of a process that is another by now": {"data/postmaster.pid", strconv.Itoa(os.Getpid()) + "\n"},
		"the number of no process":                       {"data/postmaster.pid", "4194305\n"},
		"a mark cut short":                               {"data/postmaster.pid", ""},
		"a socket":                                       {"run/.s.PGSQL.5432", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := postgresIn(clusterDir(t))
			leave(t, filepath.Join(config.Dir, left.path), left.text)
			connect(t, startPostgres(t, config).DSN("postgres"))
		})
	}
}

func TestPostgresStartsOverHalfACluster(t *testing.T) {
	t.Parallel()
	config := postgresIn(dataDir(t))
	leave(t, filepath.Join(config.Dir, "data.new", "PG_VERSION"), "15\n")
	connect(t, startPostgres(t, config).DSN("postgres"))
}

// leave writes a file as a process that is gone would have.
func leave(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresRefusesAClusterThatIsInUse(t *testing.T) {
	t.Parallel()
	config := postgresIn(clusterDir(t))
	pg := startPostgres(t, config)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // to wait no longer for the server to end, as one without a parent would
	defer cancel()
	_, err := embedded.StartPostgres(ctx, config)
	checkSetupError(t, err, embedded.ErrRunning, strconv.Itoa(pg.PID()))
	connect(t, pg.DSN("postgres")) // the first goes on
}

func TestPostgresStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := embedded.StartPostgres(ctx, postgresIn(clusterDir(t))); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled start gave %v, want %v", err, context.Canceled)
	}
}

func TestPostgresLogsNoData(t *testing.T) {
	t.Parallel()
	config := postgresIn(clusterDir(t))
	db := connect(t, startPostgres(t, config).DSN("postgres"))
	db.MustExecContext(t.Context(), "CREATE TABLE person (name text UNIQUE)")
	for _, statement := range []string{
		"INSERT INTO person VALUES ('Giàng A Páo')", "INSERT INTO person VALUES ('Giàng A Páo')", "SELECT 'Giàng A Páo'::integer", "SELECT 'Giàng A Páo' FROM nowhere",
	} {
		_, _ = db.ExecContext(t.Context(), statement) // all but the first fail
	}
	log, err := os.ReadFile(filepath.Join(config.Dir, "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if len(log) == 0 || strings.Contains(string(log), "Páo") {
		t.Errorf("the server's log is empty, or holds data:\n%s", log)
	}
}

func TestPostgresTellsItsLogger(t *testing.T) {
	t.Parallel()
	log, read := capture(slog.LevelDebug)
	config := postgresIn(clusterDir(t))
	config.Logger = log
	if err := startPostgres(t, config).Stop(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PostgreSQL started", "PostgreSQL stopped"} {
		if got := read(); !containsLine(got, want) {
			t.Errorf("the log has no line %q:\n%s", want, got)
		}
	}
}
