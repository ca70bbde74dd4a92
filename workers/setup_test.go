package workers_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
	"thidua/workers"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// now is the clock of all tests, after everything that the example season tells.
func now() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

// bed is a log with the example season on it, and a database with the frame and nothing else.
type bed struct {
	nc     *nats.Conn
	log    *eventlog.Log
	db     *sqlx.DB
	papers string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	b := &bed{nc: nc, papers: "../examples/northern-border-2019"}
	b.log, err = eventlog.Open(t.Context(), nc, eventlog.Config{Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.log.Close() })
	b.db = testenv.PostgresWith(t, "frame", func(ctx context.Context, db *sqlx.DB) error { return migrations.Up(ctx, db.DB) })
	b.take(t)
	return b
}

// take puts the example season on the log.
func (b *bed) take(t *testing.T) {
	t.Helper()
	papers, err := bundle.Open(t.Context(), b.papers)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = papers.Close() }()
	result, err := papers.Import(t.Context(), b.log, bundle.Options{Now: now, Actor: "system:test"})
	if err != nil || len(result.Errors) > 0 {
		t.Fatalf("import: %v, %v", err, result.Errors)
	}
}

func (b *bed) config(owner string) workers.Config {
	return workers.Config{Log: b.log, DB: b.db, Projections: projections.All(b.log, b.log), Owner: owner, Logger: slog.New(slog.DiscardHandler)}
}

// only is a config with some projections.
func (b *bed) only(owner string, names ...string) workers.Config {
	cfg := b.config(owner)
	cfg.Projections = slices.DeleteFunc(cfg.Projections, func(p projections.Projection) bool { return !slices.Contains(names, p.Name) })
	return cfg
}

// run starts workers and returns how to stop them and wait for what they say.
func (b *bed) run(t *testing.T, cfg workers.Config) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- workers.Run(ctx, cfg) }()
	stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(cancel)
	return stop
}

// caughtUp waits until the read models hold the whole log.
func (b *bed) caughtUp(t *testing.T) {
	t.Helper()
	last, err := b.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.reached(t, last, projections.All(b.log, b.log)...)
}

// reached waits until some projections have come to a position.
func (b *bed) reached(t *testing.T, position domain.Position, some ...projections.Projection) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		err := projections.Await(ctx, b.db, some, position)
		if err == nil {
			return
		}
		if ctx.Err() != nil || !errors.Is(err, sql.ErrConnDone) {
			t.Fatal(err)
		}
	}
}

// settled projects the whole log and stops.
func (b *bed) settled(t *testing.T) {
	t.Helper()
	stop := b.run(t, b.config("settling"))
	b.caughtUp(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// exec changes the database behind everybody's back.
func (b *bed) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	result, err := b.db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		t.Fatalf("%s changed nothing", statement)
	}
}

// named returns one projection.
func (b *bed) named(t *testing.T, name string) projections.Projection {
	t.Helper()
	for _, p := range projections.All(b.log, b.log) {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no projection %s", name)
	return projections.Projection{}
}

// register puts one more event on the log: it moves every projection and changes no ranking.
func (b *bed) register(t *testing.T, unit string) domain.Position {
	t.Helper()
	issue := domain.Issue{ID: b.log.CommandID("test", unit), Digest: domain.Digest(unit), Actor: "system:test"}
	command := domain.RegisterUnit{Unit: unit, UnitRegistered: domain.UnitRegistered{Name: domain.Names{VI: "Hội " + unit}, Level: "commune"}}
	position, err := domain.Execute(t.Context(), b.log, "", command, issue, now)
	if err != nil {
		t.Fatal(err)
	}
	return position
}
