package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/migrations"
	"thidua/projections"
	"thidua/workers"
)

// bed is a log with seasons on it, and a Postgres for read models.
type bed struct {
	log      *eventlog.Log
	postgres *embedded.Postgres
	admin    *sqlx.DB
	stop     func()
}

// catchUp compares how fast all projections catch up with a Watermill handler that writes only the audit row, one transaction an event.
func catchUp(ctx context.Context, run *bench) ([]result, error) {
	const slice = 2000
	b, err := newBed(ctx, filepath.Join(run.dir, "catch-up"))
	if err != nil {
		return nil, err
	}
	defer b.stop()
	for i := range run.scaled(400) { // long enough for the beginning and the end not to weigh
		papers, err := copySeason(run.dir, fmt.Sprintf("load-%d", i))
		if err != nil {
			return nil, err
		}
		if err := load(ctx, b.log, papers); err != nil {
			return nil, err
		}
	}
	last, err := b.log.Last(ctx)
	if err != nil {
		return nil, err
	}
	var ours, plain []float64
	for round := range run.rounds() {
		took, err := b.timed(ctx, fmt.Sprintf("plain_%d", round), true, func(db *sqlx.DB) error { return oneByOne(ctx, b.log, db, slice) })
		if err != nil {
			return nil, err
		}
		plain = append(plain, slice/took)
		took, err = b.timed(ctx, fmt.Sprintf("ours_%d", round), false, func(db *sqlx.DB) error { return project(ctx, b.log, db, last) })
		if err != nil {
			return nil, err
		}
		ours = append(ours, float64(last)/took)
	}
	return []result{times("catch-up, all projections on, one season at a time", ours, plain, 25)}, nil
}

func newBed(ctx context.Context, dir string) (*bed, error) {
	log, stop, err := openLog(ctx, dir)
	if err != nil {
		return nil, err
	}
	pg, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Dir: filepath.Join(dir, "postgres"), Durable: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		stop()
		return nil, err
	}
	b := &bed{log: log, postgres: pg, stop: func() { stop(); _ = pg.Stop() }}
	if b.admin, err = sqlx.ConnectContext(ctx, "postgres", pg.DSN("postgres")); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

// openLog starts a server of its own for the log in a directory.
func openLog(ctx context.Context, dir string) (log *eventlog.Log, stop func(), err error) {
	quiet := slog.New(slog.DiscardHandler)
	server, err := embedded.StartNATS(ctx, embedded.NATSConfig{Dir: filepath.Join(dir, "nats"), Logger: quiet})
	if err != nil {
		return nil, nil, err
	}
	nc, err := server.Connect()
	if err == nil {
		log, err = eventlog.Open(ctx, nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Logger: quiet})
	}
	if err != nil {
		server.Stop()
		return nil, nil, err
	}
	return log, server.Stop, nil
}

// timed runs a work on a fresh database, whose tables are made before, and which is dropped after it: the next one does not pay for what of it is still to be
// written and vacuumed. The plain handler stands for one that is live, so it is given the tables as readers have them, with their secondary indexes; ours
// finds them without, and makes them within its time.
func (b *bed) timed(ctx context.Context, database string, indexed bool, work func(*sqlx.DB) error) (took float64, err error) {
	if _, err := b.admin.ExecContext(ctx, "CREATE DATABASE "+database); err != nil {
		return 0, err
	}
	defer func() {
		_, errDrop := b.admin.ExecContext(ctx, "DROP DATABASE "+database+" WITH (FORCE)")
		err = errors.Join(err, errDrop)
	}()
	db, err := sqlx.ConnectContext(ctx, "postgres", b.postgres.DSN(database))
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	if err := migrations.Up(ctx, db.DB); err != nil {
		return 0, err
	}
	for _, p := range projections.All(b.log, b.log) {
		if err := install(ctx, db, p, indexed); err != nil {
			return 0, err
		}
	}
	return seconds(func() error { return work(db) })
}

func install(ctx context.Context, db *sqlx.DB, p projections.Projection, indexed bool) error {
	if err := projections.Install(ctx, db, p); err != nil || !indexed {
		return err
	}
	c, err := projections.LoadCheckpoint(ctx, db, p)
	if err != nil {
		return err
	}
	return projections.Index(ctx, db, p, c)
}

// project lets the workers catch up.
func project(ctx context.Context, log *eventlog.Log, db *sqlx.DB, last domain.Position) error {
	all := projections.All(log, log)
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- workers.Run(work, workers.Config{Log: log, DB: db, Projections: all, Owner: "bench", Logger: slog.New(slog.DiscardHandler)})
		stop()
	}()
	err := projections.Await(work, db, all, last)
	if err == nil {
		err = awaitIndexes(work, db)
	}
	stop()
	return errors.Join(err, <-done)
}

// awaitIndexes waits for the secondary indexes: a catch-up has ended when they stand too.
func awaitIndexes(ctx context.Context, db *sqlx.DB) error {
	for {
		checkpoints, err := projections.Checkpoints(ctx, db)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(checkpoints, func(c projections.Checkpoint) bool { return !c.Indexed }) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}
