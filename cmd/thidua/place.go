package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/migrations"
	"thidua/projections"
	"thidua/workers"
)

// place is where a command works: a log and a database, wherever they are.
type place struct {
	log *eventlog.Log // nil for who works on what is left of one
	nc  *nats.Conn
	db  *sqlx.DB
	dsn string // of db
	// often reads from db what is asked again and again.
	often *projections.Prepared
	// private says that both live in this process only, so that nobody else carries the log into the read models.
	private bool
	// damage says what the log has lost of what the read models have seen, nil for nothing. Appends are stopped then.
	damage  error
	nats    *embedded.NATS // nil where it is somebody else's
	token   string         // of nats, where it listens
	admin   string         // address of health and metrics, where they are answered
	public  string         // address of what everyone may ask, where it is answered
	sealer  *sealerState   // nil where this process does not seal
	queue   atomic.Pointer[reached]
	door    net.Listener       // where analysts come in, nil where they can't
	pg      *embedded.Postgres // nil where it is somebody else's
	closers []func()

	// certificate is of the door, nil for no TLS.
	certificate func() (*tls.Certificate, error)
}

// close gives back everything, in the opposite order.
func (p *place) close() {
	for _, release := range slices.Backward(p.closers) {
		release()
	}
}

// damaged reports whether the log has lost something of what the read models hold.
func (p *place) damaged() bool { return p.damage != nil }

func (p *place) onClose(f func()) { p.closers = append(p.closers, f) }

// open finds the place, first that applies (spec "cli"): external servers; a server that runs on the data directory; private ones in it.
func (a *app) open(ctx context.Context, cmd string) (*place, error) {
	p := &place{}
	var err error
	switch {
	case a.natsURL != "":
		err = a.connect(ctx, p, a.natsURL, a.databaseURL, nats.MaxReconnects(reconnects(cmd)))
	default:
		err = a.openDataDir(ctx, p, cmd, false)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// inPlace does what a command is asked for in its place.
func (a *app) inPlace(ctx context.Context, cmd string, do func(*place) error) error {
	p, err := a.open(ctx, cmd)
	if err != nil {
		return err
	}
	defer p.close()
	return do(p)
}

// sound is something that is done only where the log has lost nothing. What it has lost was told when the place was opened.
func sound(do func(*place) error) func(*place) error {
	return func(p *place) error {
		if p.damaged() {
			return errTold
		}
		return do(p)
	}
}

// openDataDir works in the data directory: alone with private servers, or with the server that holds it.
func (a *app) openDataDir(ctx context.Context, p *place, cmd string, listen bool) error {
	if err := os.MkdirAll(a.dataDir, 0o711); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	lock, err := embedded.Lock(a.dataDir, embedded.Holder{PID: os.Getpid(), Command: "thidua " + cmd, Since: a.now()})
	if held, ok := errors.AsType[*embedded.HeldError](err); ok {
		return a.join(ctx, p, held)
	}
	if err != nil {
		return fmt.Errorf("data directory %s: %w", a.dataDir, err)
	}
	p.onClose(func() { _ = lock.Close() })
	return a.startPrivate(ctx, p, listen)
}

// join connects to the server that holds the data directory, or says who holds it.
func (a *app) join(ctx context.Context, p *place, held *embedded.HeldError) error {
	server, err := a.awaitServer(ctx, held)
	if err != nil {
		return err
	}
	return a.connect(ctx, p, server.NATS, server.Database, nats.Token(server.Token), nats.MaxReconnects(reconnects("")))
}

// startPrivate starts NATS and Postgres side by side in the data directory.
func (a *app) startPrivate(ctx context.Context, p *place, listen bool) error {
	p.token = rand.Text()
	started := make(chan error, 1)
	go func() {
		pg, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{
			Dir: filepath.Join(a.dataDir, "postgres"), DataDir: a.dataDir, Durable: true, Logger: a.log,
			BinDir: a.env("THIDUA_PG_BIN"), PackageDir: a.env("THIDUA_PG_PACKAGES"), User: a.env("THIDUA_PG_USER"),
		})
		p.pg = pg
		started <- err
	}()
	server, err := a.startNATS(ctx, p, listen)
	errPG := <-started
	if p.pg != nil {
		p.onClose(func() { _ = p.pg.Stop() })
	}
	if err == nil {
		p.nats = server
		p.onClose(server.Stop)
	}
	if err := errors.Join(err, errPG); err != nil {
		return err
	}
	p.private = true
	nc, err := server.Connect()
	if err != nil {
		return err
	}
	return a.attach(ctx, p, nc, p.pg.DSN("postgres"))
}

func (a *app) startNATS(ctx context.Context, p *place, listen bool) (*embedded.NATS, error) {
	return embedded.StartNATS(ctx, embedded.NATSConfig{Dir: a.natsDir(), Listen: listen, Token: p.token, Certificate: p.certificate, Logger: a.log})
}

func (a *app) natsDir() string { return filepath.Join(a.dataDir, "nats") }

// reconnects is how often a command tries to reach a server that is gone, every two seconds: one that serves or works for as long as it runs, another for as
// long as somebody would wait for it.
func reconnects(cmd string) int {
	if cmd == "work" || cmd == "serve" || cmd == "seal" {
		return -1
	}
	return 10
}

// connect reaches servers that run elsewhere.
func (a *app) connect(ctx context.Context, p *place, natsURL, databaseURL string, options ...nats.Option) error {
	nc, err := a.dialNATS(natsURL, options...)
	if err != nil {
		return err
	}
	return a.attach(ctx, p, nc, databaseURL)
}

func (a *app) logConfig() eventlog.Config {
	return eventlog.Config{
		Now: a.now, Rand: rand.Reader, Logger: a.log, Replicas: a.replicas, Observe: eventlog.Observe{Append: a.meters.Append, Batch: a.meters.Batch},
	}
}

// databaseLimit is how long one statement may take: longer than the longest of a catch-up or of verify, and short enough that a line that lets
// nothing through is noticed.
const databaseLimit = 5 * time.Minute

// attach opens the log and the database.
func (a *app) attach(ctx context.Context, p *place, nc *nats.Conn, dsn string) error {
	p.nc = nc
	p.onClose(nc.Close)
	db, err := projections.Open(ctx, dsn, projections.Dial{Name: "thidua", Now: a.now, Limit: databaseLimit})
	if err != nil {
		why := concealed(err.Error())
		return &failure{domain.Text{
			VI: fmt.Sprintf("Không kết nối được với Postgres: %s. Hãy kiểm tra DATABASE_URL và xem máy chủ có đang chạy không.", why),
			EN: fmt.Sprintf("Postgres can't be reached: %s. Check DATABASE_URL, and whether the server is running.", why),
		}}
	}
	p.db, p.dsn, p.often = db, dsn, projections.Prepare(db)
	p.onClose(func() { _ = db.Close() })
	if err := a.insistOnDatabase(ctx, func(ctx context.Context) error { return migrations.Up(ctx, db.DB) }); err != nil {
		return err
	}
	if a.withoutLog {
		return nil
	}
	cfg := a.logConfig()
	cfg.Damaged = true
	p.log, err = a.openLog(ctx, nc, cfg)
	if err != nil {
		return err
	}
	p.onClose(func() { _ = p.log.Close() })
	a.openQueue(ctx, p)
	return a.attest(ctx, p)
}

// projections lists the read models of this version.
func (p *place) projections() []projections.Projection { return projections.All(p.log, p.log) }

// workersConfig is what workers of this process work on.
func (a *app) workersConfig(p *place) workers.Config {
	return workers.Config{
		Log: p.log, DB: p.db, Projections: p.projections(), Logger: a.log, Alone: p.private, Observe: a.observe,
		Owner: processName(),
	}
}

// processName names this process, and no other that ever runs.
func processName() string {
	host, _ := os.Hostname()
	return strings.Join([]string{host, fmt.Sprint(os.Getpid()), rand.Text()[:6]}, "-")
}

// awaitPatience is how long a command waits for another process to carry the log into the read models.
const awaitPatience = 15 * time.Second

// current returns when the read models hold everything that is on the log now. In a private place this process does the work itself. On a
// damaged log the read models stay as they are.
func (a *app) current(ctx context.Context, p *place) (err error) {
	if p.damaged() {
		return nil
	}
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	if !p.private {
		return a.awaitOthers(ctx, p, last)
	}
	began, err := p.clock(ctx)
	if err != nil {
		return err
	}
	work, stop := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		err := workers.Run(work, a.workersConfig(p))
		stop(err)
		done <- err
	}()
	why, err := p.caughtUp(work, last, began)
	if cause := context.Cause(work); cause != nil && err != nil {
		err = cause
	}
	stop(nil)
	return errors.Join(err, pausedError(why), <-done)
}

func (a *app) awaitOthers(ctx context.Context, p *place, last domain.Position) error {
	wait, stop := context.WithTimeout(ctx, awaitPatience)
	defer stop()
	why, err := p.caughtUp(wait, last, time.Time{})
	if err == nil || ctx.Err() != nil {
		return errors.Join(err, pausedError(why))
	}
	return &failure{domain.Text{
		VI: "Các bảng đọc chưa theo kịp sổ sự kiện. Hãy xem “thidua up” hoặc “thidua work” có đang chạy không (thidua status).",
		EN: "The read models have not caught up with the log. See whether “thidua up” or “thidua work” is running (thidua status).",
	}}
}
