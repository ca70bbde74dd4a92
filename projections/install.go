package projections

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

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

// pointViews lets the views show the tables of a schema, with these tables' comments.
func (p Projection) pointViews(ctx context.Context, tx *Tx, schema string) error {
	for _, t := range p.Tables {
		if t.View == "" {
			continue
		}
		view, table := "read."+t.View, pq.QuoteIdentifier(schema)+"."+t.Name
		later, err := t.later(ctx, tx, view)
		if err != nil {
			return fmt.Errorf("view %s: %w", t.View, err)
		}
		if _, err := tx.ExecContext(ctx, "CREATE OR REPLACE VIEW "+view+" AS SELECT "+t.Columns+later+" FROM "+table); err != nil {
			return fmt.Errorf("view %s: %w", t.View, err)
		}
		if err := copyComments(ctx, tx, table, view); err != nil {
			return fmt.Errorf("comments of view %s: %w", t.View, err)
		}
	}
	return nil
}

// later lists, as nulls, the columns that a later version has added to a view: a view never loses one.
func (t Table) later(ctx context.Context, tx *Tx, view string) (columns string, err error) {
	const query = `
		SELECT coalesce(string_agg(format(', NULL::%s AS %I', format_type(atttypid, atttypmod), attname), '' ORDER BY attnum), '')
		FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attname = ANY ($2)`
	err = tx.GetContext(ctx, &columns, query, view, pq.Array(strings.Split(t.Columns, ", ")))
	return columns, err
}

// copyComments gives a view the comments of its table, so that they are written once.
func copyComments(ctx context.Context, tx *Tx, table, view string) error {
	const query = `
		SELECT string_agg(statement, ';')
		FROM (
			SELECT format('COMMENT ON VIEW %s IS %L', $1::text, obj_description($2::text::regclass, 'pg_class'))
			UNION ALL
			SELECT format('COMMENT ON COLUMN %s.%I IS %L', $1::text, attname, col_description(of_table.attrelid, of_table.attnum))
			FROM pg_attribute AS of_table
			JOIN pg_attribute AS of_view USING (attname)
			WHERE of_table.attrelid = $2::text::regclass AND of_view.attrelid = $1::text::regclass
		) AS comments (statement)`
	var statements string
	if err := tx.GetContext(ctx, &statements, query, view, table); err != nil {
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
