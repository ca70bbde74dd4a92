package projections

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Install makes the tables of a projection, its checkpoint and its views where they are not there yet. The views show the new version at once
// where there is no older one; else GoLive lets them, when it has caught up. Tables of another definition that hold something already stay as they
// are: see Outdated. Any number of processes may install at once.
func Install(ctx context.Context, db Session, p Projection) error {
	changed, err := p.changed(ctx, db, p.Schema())
	if err == nil && !changed {
		return nil
	}
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		err = inTransaction(ctx, db, func(tx *Tx) error { return p.install(ctx, tx) })
	}
	if err != nil {
		return fmt.Errorf("projections: install %s: %w", p.Name, err)
	}
	return nil
}

func (p Projection) install(ctx context.Context, tx *Tx) error {
	if err := p.makeTables(ctx, tx, p.Schema()); err != nil {
		return err
	}
	if _, err := hold(ctx, tx, p.Schema()); err != nil { // against others who install
		return err
	}
	_, err := p.enter(ctx, tx)
	return err
}

// InstallIn makes the tables and a checkpoint of a replay, which nobody reads, in another schema.
func InstallIn(ctx context.Context, db *sqlx.DB, p Projection, schema string) error {
	err := inTransaction(ctx, db, func(tx *Tx) error { return p.makeTables(ctx, tx, schema) })
	if err != nil {
		return fmt.Errorf("projections: install %s in %s: %w", p.Name, schema, err)
	}
	return nil
}

// Drop removes the schema of a replay and its checkpoint, where there are any. It refuses to remove tables that are being read.
func Drop(ctx context.Context, db *sqlx.DB, schema string) error {
	err := inTransaction(ctx, db, func(tx *Tx) error { return drop(ctx, tx, schema) })
	if err != nil {
		return fmt.Errorf("projections: drop %s: %w", schema, err)
	}
	return nil
}

func drop(ctx context.Context, tx *Tx, schema string) error {
	var live bool
	err := tx.GetContext(ctx, &live, "DELETE FROM frame.checkpoint WHERE schema = $1 RETURNING live", schema)
	if live {
		return fmt.Errorf("its tables are being read: %w", domain.ErrRefused)
	}
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+pq.QuoteIdentifier(schema)+" CASCADE")
	}
	return err
}

// makeTables makes the schema with the checkpoint's row, which lets only one process through.
func (p Projection) makeTables(ctx context.Context, tx *Tx, schema string) error {
	const insert = `
		INSERT INTO frame.checkpoint (schema, name, version, definition_sha256) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`
	result, err := tx.ExecContext(ctx, insert, schema, p.Name, p.Version, p.digest())
	if err != nil {
		return err
	}
	if made, err := result.RowsAffected(); err != nil || made == 0 {
		return err
	}
	quoted := pq.QuoteIdentifier(schema)
	comment := fmt.Sprintf("Tables of the projection %s, version %d. They are rebuilt from the log; readers use the views in schema read.", p.Name, p.Version)
	_, err = tx.ExecContext(ctx, "CREATE SCHEMA "+quoted+"; COMMENT ON SCHEMA "+quoted+" IS "+pq.QuoteLiteral(comment)+";\n"+
		"SET LOCAL search_path = "+quoted+";\n"+p.DDL)
	if err != nil {
		return err
	}
	return setEach(ctx, tx, schema, "SET (autovacuum_enabled = false)") // until the indexes are made
}

// setEach changes what is set for each table of a schema. A vacuum of tables that are being filled would take the time of the filling, for what has to be done
// again when they are full.
func setEach(ctx context.Context, tx *Tx, schema, setting string) error {
	const query = `
		SELECT coalesce(string_agg(format('ALTER TABLE %I.%I %s', schemaname, tablename, $2::text), ';'), '')
		FROM pg_tables
		WHERE schemaname = $1`
	var statements string
	if err := tx.GetContext(ctx, &statements, query, schema, setting); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, statements)
	return err
}

// digest is the SHA-256 in hex of what defines the tables and views.
func (p Projection) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%v", p.DDL, p.Indexes, p.Tables))
	return hex.EncodeToString(sum[:])
}
