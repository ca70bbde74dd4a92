package projections_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/internal/testenv"
	"thidua/projections"
)

// line stands between clients and Postgres. Shut, it keeps connections open and lets nothing through.
type line struct {
	listener net.Listener
	work     sync.WaitGroup

	mu   sync.Mutex
	open chan struct{} // closed while it lets through
	ends []net.Conn
}

// newLine leads to the server of a database.
func newLine(t *testing.T, db *sqlx.DB) (l *line, dsn string) {
	t.Helper()
	config, err := pq.NewConfig(testenv.DSN(t, db))
	if err != nil {
		t.Fatal(err)
	}
	l = &line{open: make(chan struct{})}
	close(l.open)
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(config.Host, fmt.Sprintf(".s.PGSQL.%d", config.Port))
	l.work.Go(func() { l.accept(socket) })
	t.Cleanup(l.end)
	return l, fmt.Sprintf("host=127.0.0.1 port=%d user=%s dbname=%s sslmode=disable", l.listener.Addr().(*net.TCPAddr).Port, config.User, config.Database)
}

func (l *line) accept(socket string) {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		l.mu.Lock()
		l.ends = append(l.ends, client, server)
		l.mu.Unlock()
		l.work.Go(func() { l.carry(server, client) })
		l.work.Go(func() { l.carry(client, server) })
	}
}

func (l *line) carry(to io.WriteCloser, from io.Reader) {
	defer func() { _ = to.Close() }()
	piece := make([]byte, 64<<10)
	for {
		n, err := from.Read(piece)
		l.mu.Lock()
		open := l.open
		l.mu.Unlock()
		<-open
		if _, errTo := to.Write(piece[:n]); err != nil || errTo != nil {
			return
		}
	}
}

func (l *line) shut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = make(chan struct{})
}

func (l *line) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.open)
}

func (l *line) end() {
	_ = l.listener.Close()
	l.mu.Lock()
	for _, conn := range l.ends {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.work.Wait()
}

// opened is a database opened through a DSN with a limit, closed when the test ends.
func opened(t *testing.T, dsn string, limit time.Duration) *sqlx.DB {
	t.Helper()
	db, err := projections.Open(t.Context(), dsn, projections.Dial{Name: "thidua test", Now: time.Now, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// copyRows copies a number of rows into a temporary table; between is called before they are flushed.
func copyRows(ctx context.Context, db *sqlx.DB, rows int, between func()) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE rows (n int) ON COMMIT DROP"); err != nil {
		return err
	}
	stmt, err := tx.PrepareContext(ctx, "COPY rows (n) FROM STDIN")
	if err != nil {
		return err
	}
	between()
	for n := range rows {
		if _, err := stmt.ExecContext(ctx, n); err != nil {
			return err
		}
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

func TestOpenGivesUpALineThatLetsNothingThrough(t *testing.T) {
	const limit = time.Second
	for name, work := range map[string]func(ctx context.Context, db *sqlx.DB, shut func()) error{
		"query": func(ctx context.Context, db *sqlx.DB, shut func()) error {
			shut()
			_, err := db.ExecContext(ctx, "SELECT 1")
			return err
		},
		"copy":        func(ctx context.Context, db *sqlx.DB, shut func()) error { return copyRows(ctx, db, 10, shut) },
		"a long copy": func(ctx context.Context, db *sqlx.DB, shut func()) error { return copyRows(ctx, db, 3_000_000, shut) },
	} {
		t.Run(name, func(t *testing.T) {
			l, dsn := newLine(t, testenv.Postgres(t))
			db := opened(t, dsn, limit)
			ctx, stop := context.WithTimeout(t.Context(), 30*limit)
			defer stop()
			err := work(ctx, db, l.shut)
			if ctx.Err() != nil {
				t.Fatalf("still waiting after %v, want an end near %v: %v", 30*limit, limit, err)
			}
			if err == nil || !projections.Passing(err) {
				t.Fatalf("got %v, want an error that passes", err)
			}
			l.reopen()
			if err := copyRows(t.Context(), db, 10, func() {}); err != nil {
				t.Errorf("on the line that is open again: %v", err)
			}
		})
	}
}

// Who says in the DSN how long a statement may take has said how long an answer may take.
func TestOpenTakesTheLimitOfTheDSN(t *testing.T) {
	l, dsn := newLine(t, testenv.Postgres(t))
	db := opened(t, dsn+" statement_timeout=500", time.Hour)
	l.shut()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := db.ExecContext(ctx, "SELECT 1"); ctx.Err() != nil || err == nil || !projections.Passing(err) {
		t.Errorf("got %v, want an error that passes long before %v", err, time.Minute)
	}
	l.reopen()
}

func TestOpenLetsTheServerEndALongStatement(t *testing.T) {
	db := opened(t, testenv.DSN(t, testenv.Postgres(t)), 500*time.Millisecond)
	_, err := db.ExecContext(t.Context(), "SELECT pg_sleep(60)")
	if err == nil || !projections.Passing(err) {
		t.Errorf("got %v, want an error that passes", err)
	}
}

func TestOpenSettings(t *testing.T) {
	dsn := testenv.DSN(t, testenv.Postgres(t)) + " statement_timeout=7000"
	db := opened(t, dsn, 3*time.Second)
	var got []string
	const query = "SELECT current_setting(n) FROM unnest(ARRAY ['application_name', 'statement_timeout', 'idle_in_transaction_session_timeout']) AS n"
	if err := db.SelectContext(t.Context(), &got, query); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"thidua test", "7s", "7s"}, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
