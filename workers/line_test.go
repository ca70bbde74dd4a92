package workers_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/internal/testenv"
)

// line is a way to a database that can be cut.
type line struct {
	db *sqlx.DB

	mu     sync.Mutex
	broken bool
	open   []net.Conn
}

func newLine(t *testing.T, to *sqlx.DB) *line {
	t.Helper()
	connector, err := pq.NewConnector(testenv.DSN(t, to))
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	connector.Dialer(l)
	l.db = sqlx.NewDb(sql.OpenDB(connector), "postgres")
	t.Cleanup(func() { _ = l.db.Close() })
	return l
}

// cut breaks all connections and lets no new ones through.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = false
}

// DialContext implements pq.DialerContext.
func (l *line) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.Join(errors.New("the line is cut"), conn.Close())}
	}
	l.open = append(l.open, conn)
	return conn, nil
}

// Dial implements pq.Dialer.
func (l *line) Dial(network, address string) (net.Conn, error) {
	return l.DialContext(context.Background(), network, address)
}

// DialTimeout implements pq.Dialer.
func (l *line) DialTimeout(network, address string, _ time.Duration) (net.Conn, error) {
	return l.DialContext(context.Background(), network, address)
}
