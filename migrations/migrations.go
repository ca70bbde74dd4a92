// Package migrations prepares a database: the frame that all read models stand in, and nothing of a read model itself, since each owns its
// tables. Migrations are SQL files that only go forward; one that has been released never changes.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var files embed.FS

// versionTable is where goose keeps which migrations have run.
const versionTable = "frame.goose_db_version"

// lockKey is the advisory lock that all processes agree on: "thidua" in ASCII.
const lockKey = 0x746869647561

// Up brings a database to the newest version. Processes that come at the same moment wait for the first one; where nothing is to be done it
// costs one question. Else it needs two connections. It fails where a migration fails, which then has changed nothing.
//
// The lock is held around goose, not given to it: goose looks for its table, and makes it, before it locks, and then waits whole seconds.
func Up(ctx context.Context, db *sql.DB) (err error) {
	if newest, err := newest(); err != nil || reached(ctx, db, newest) {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(lockKey)); err != nil {
		return fmt.Errorf("migrations: lock: %w", err)
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(lockKey))
		err = errors.Join(err, unlockErr)
	}()
	if _, err := conn.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS frame"); err != nil {
		return fmt.Errorf("migrations: schema of the frame: %w", err)
	}
	return migrate(ctx, db)
}

// newest is the version of the last migration.
func newest() (int64, error) {
	names, err := files.ReadDir(".")
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	version, err := goose.NumericComponent(names[len(names)-1].Name())
	if err != nil {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	return version, nil
}

// reached reports whether a version has been reached. Whatever keeps that from being known shows in what is done then.
func reached(ctx context.Context, db *sql.DB, version int64) bool {
	var last int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&last)
	return err == nil && last == version
}

func migrate(ctx context.Context, db *sql.DB) error {
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
	)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrations: up: %w", err)
	}
	return nil
}
