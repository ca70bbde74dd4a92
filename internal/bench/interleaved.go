package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/examples/national"
)

// interleaved compares how fast all projections catch up with a country's year, whose seasons were all written to at the same time as on a
// deadline day, with a bare COPY of the audit rows.
func interleaved(ctx context.Context, run *bench) ([]result, error) {
	country, err := run.country(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(run.dir, "interleaved")
	if err := fillTogether(ctx, dir, country); err != nil {
		return nil, err
	}
	b, err := newBed(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer b.stop()
	last, err := b.log.Last(ctx)
	if err != nil {
		return nil, err
	}
	var ours, bare []float64
	for round := range run.rounds() {
		var took float64 // of the COPY alone
		_, err := b.timed(ctx, fmt.Sprintf("bare_%d", round), false, func(db *sqlx.DB) (err error) {
			took, err = copyBare(ctx, b.log, db, last)
			return err
		})
		if err != nil {
			return nil, err
		}
		bare = append(bare, float64(last)/took)
		took, err = b.timed(ctx, fmt.Sprintf("ours_%d", round), false, func(db *sqlx.DB) error { return project(ctx, b.log, db, last) })
		if err != nil {
			return nil, err
		}
		ours = append(ours, float64(last)/took)
	}
	return []result{times("catch-up, all projections on, national year interleaved, to a COPY of the audit rows", ours, bare, 0.2)}, nil
}

// country writes a country's bundles once a run, and returns their folder.
func (b *bench) country(ctx context.Context) (string, error) {
	dir := filepath.Join(b.dir, "country")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	units := 3321
	if b.quick {
		units = 60 // all of the quick run is to take less than a minute
	}
	_, err := national.Write(ctx, dir, national.Config{Units: units, Criteria: 26, Periods: 12, Seed: 1}, func(uint64, uint64) {})
	return dir, err
}

// copyBare writes the audit rows and nothing else, 5,000 in a transaction, and returns how many seconds the database took for it.
func copyBare(ctx context.Context, log *eventlog.Log, db *sqlx.DB, last domain.Position) (took float64, err error) {
	reader := log.Reader(0)
	defer reader.Close()
	for position := domain.Position(0); position < last; {
		events, err := reader.Next(ctx, eventlog.Limit{Count: 5000, Bytes: 16 << 20})
		if err != nil {
			return took, err
		}
		seconds, err := seconds(func() error { return copyEvents(ctx, db, events) })
		if err != nil {
			return took, err
		}
		took, position = took+seconds, events[len(events)-1].Position
	}
	return took, nil
}

func copyEvents(ctx context.Context, db *sqlx.DB, events []domain.Recorded) (err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
		return err
	}
	const statement = `
		COPY p_audit_1.audit (position, recordedtime, time, time_at, id, type, subject, season, unit, actor, command_id, payload, sha256)
		FROM STDIN`
	copying, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	for _, r := range events {
		sum := sha256.Sum256(r.Payload)
		if _, err := copying.ExecContext(ctx, auditRow(r, r.Payload, sum[:])...); err != nil {
			return errors.Join(err, copying.Close())
		}
	}
	if _, err := copying.ExecContext(ctx); err != nil {
		return errors.Join(err, copying.Close())
	}
	if err := copying.Close(); err != nil {
		return err
	}
	return tx.Commit()
}

// auditRow gives the values of one audit row.
func auditRow(r domain.Recorded, payload, sum []byte) []any {
	given := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var happened any
	if r.Time.Given() {
		happened = r.Time.Time()
	}
	return []any{
		int64(r.Position), r.RecordedTime, given(r.Time.String()), happened, r.ID, r.Type, r.Stream.String(),
		given(r.Stream.Season), given(r.Stream.Unit), r.Actor, r.CommandID, payload, sum,
	}
}
