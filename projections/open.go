package projections

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Dial says how a database is reached.
type Dial struct {
	Name string           // application_name, as pg_stat_activity shows it; no personal data
	Now  func() time.Time // the clock of the deadlines
	// Limit is how long one answer of the server may take, and one statement: past it the connection is given up. 0 is a minute.
	// A statement_timeout in the DSN, in milliseconds, takes its place.
	Limit time.Duration
}

const (
	defaultLimit = time.Minute
	dialLimit    = 10 * time.Second
	// openLimit is how many connections one process has at most; who needs another waits. A connection is kept for who comes next: to begin one costs the
	// server some five milliseconds of work, and each projection begins a transaction for each batch.
	openLimit = 32
	idleLimit = time.Minute
	// A peer that has vanished is noticed by both sides within some 25 seconds, also where nothing is said.
	keepAliveIdle     = 10 * time.Second
	keepAliveInterval = 5 * time.Second
	keepAliveCount    = 3
)

// Open reaches a database and proves that it answers. Every read and write of its connections ends within the limit, because lib/pq by itself waits
// for ever behind a line that lets nothing through. Statements and transactions that idle are ended by the server at the same limit, so that
// nothing is left locked there. What the DSN says of these settings stands. Errors of the line are Passing.
func Open(ctx context.Context, dsn string, d Dial) (*sqlx.DB, error) {
	if d.Limit <= 0 {
		d.Limit = defaultLimit
	}
	config, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("projections: DSN: %w", err)
	}
	if told, err := strconv.ParseInt(config.Runtime["statement_timeout"], 10, 64); err == nil && told > 0 {
		d.Limit = time.Duration(told) * time.Millisecond // waiting on the line for longer than the server works would be in vain
	}
	d.settle(&config)
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, fmt.Errorf("projections: DSN: %w", err)
	}
	connector.Dialer(dialer{now: d.Now, limit: d.Limit})
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(openLimit)
	db.SetMaxIdleConns(openLimit)
	db.SetConnMaxIdleTime(idleLimit)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("projections: database: %w", err)
	}
	return db, nil
}

// settle adds what the DSN leaves open.
func (d Dial) settle(c *pq.Config) {
	if c.ApplicationName == "" {
		c.ApplicationName = d.Name
	}
	if c.Runtime == nil {
		c.Runtime = map[string]string{}
	}
	limit := strconv.FormatInt(d.Limit.Milliseconds(), 10)
	for name, value := range map[string]string{
		"statement_timeout":                   limit,
		"idle_in_transaction_session_timeout": limit,
		"tcp_keepalives_idle":                 strconv.Itoa(int(keepAliveIdle.Seconds())),
		"tcp_keepalives_interval":             strconv.Itoa(int(keepAliveInterval.Seconds())),
		"tcp_keepalives_count":                strconv.Itoa(keepAliveCount),
	} {
		if _, said := c.Runtime[name]; !said {
			c.Runtime[name] = value
		}
	}
}

// dialer makes connections that never wait longer than the limit.
type dialer struct {
	now   func() time.Time
	limit time.Duration
}

// Dial implements pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, dialLimit)
}

// DialTimeout implements pq.Dialer.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	return d.DialContext(ctx, network, address)
}

// DialContext implements pq.DialerContext.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	tcp := net.Dialer{Timeout: dialLimit, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
	}}
	conn, err := tcp.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &boundedConn{Conn: conn, now: d.now, limit: d.limit}, nil
}

// boundedConn is a connection whose every read and write has a deadline of its own.
type boundedConn struct {
	net.Conn
	now   func() time.Time
	limit time.Duration
}

// Read implements net.Conn.
func (c *boundedConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(c.now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *boundedConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(c.now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
