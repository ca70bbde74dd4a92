package migrations

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/lib/pq"
)

// Version is the number of the newest migration that a database has.
func Version(ctx context.Context, db *sql.DB) (version int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("migrations: version: %w", err)
	}
	return version, nil
}

// privateRow is a row of the schema private in a copy: the table's name and the row as JSON, whose texts Postgres reads back into the same values.
type privateRow struct {
	Table string          `json:"table"`
	Row   json.RawMessage `json:"row"`
}

// privateTables lists the tables of the schema private, each behind those that it refers to.
const privateTables = `
	WITH RECURSIVE own AS (
		SELECT oid FROM pg_class WHERE relnamespace = 'private'::regnamespace AND relkind = 'r'
	), depth (oid, level) AS (
		SELECT oid, 0 FROM own
		UNION
		SELECT conrelid, level + 1
		FROM depth
		JOIN pg_constraint ON contype = 'f' AND confrelid = depth.oid AND conrelid <> confrelid
		WHERE level < 100
	)
	SELECT relname FROM depth JOIN pg_class USING (oid) JOIN own USING (oid) GROUP BY relname ORDER BY max(level), relname`

// CopyPrivate writes every row of the schema private, a JSON document a line, as of one moment. What tables there are the migrations know.
func CopyPrivate(ctx context.Context, db *sql.DB, w io.Writer) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("migrations: copy private: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	tables, err := texts(ctx, tx, privateTables)
	for _, table := range tables {
		err = errors.Join(err, copyTable(ctx, tx, table, json.NewEncoder(w)))
	}
	if err != nil {
		return fmt.Errorf("migrations: copy private: %w", err)
	}
	return nil
}

func copyTable(ctx context.Context, tx *sql.Tx, table string, w *json.Encoder) error {
	rows, err := tx.QueryContext(ctx, "SELECT to_jsonb(t) FROM private."+pq.QuoteIdentifier(table)+" AS t")
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		r := privateRow{Table: table}
		if err := rows.Scan((*[]byte)(&r.Row)); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		if err := w.Encode(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PutPrivate puts back what CopyPrivate wrote, in one transaction, in place of what is there. The database must have the same migrations.
func PutPrivate(ctx context.Context, db *sql.DB, r io.Reader) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migrations: put private: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	if err := emptyTables(ctx, tx); err != nil {
		return fmt.Errorf("migrations: put private: %w", err)
	}
	for lines := json.NewDecoder(bufio.NewReader(r)); ; {
		var row privateRow
		err := lines.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = putRow(ctx, tx, row)
		}
		if err != nil {
			return fmt.Errorf("migrations: put private: %w", err)
		}
	}
	if err := countOn(ctx, tx); err != nil {
		return fmt.Errorf("migrations: put private: %w", err)
	}
	return tx.Commit()
}

func emptyTables(ctx context.Context, tx *sql.Tx) error {
	tables, err := texts(ctx, tx, privateTables)
	for _, table := range tables {
		if err == nil {
			_, err = tx.ExecContext(ctx, "TRUNCATE private."+pq.QuoteIdentifier(table)+" CASCADE")
		}
	}
	return err
}

func putRow(ctx context.Context, tx *sql.Tx, r privateRow) error {
	table := "private." + pq.QuoteIdentifier(r.Table)
	_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::"+table+", $1)", string(r.Row))
	if err != nil {
		return fmt.Errorf("table %s: %w", r.Table, err)
	}
	return nil
}

// countOn lets the columns that number themselves go on behind what was put back.
func countOn(ctx context.Context, tx *sql.Tx) error {
	const query = `
		SELECT format('SELECT setval(%L, greatest((SELECT max(%I) FROM private.%I), 1))', pg_get_serial_sequence('private.' || quote_ident(relname), attname), attname, relname)
		FROM pg_class
		JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
		WHERE relnamespace = 'private'::regnamespace AND relkind = 'r' AND pg_get_serial_sequence('private.' || quote_ident(relname), attname) IS NOT NULL`
	statements, err := texts(ctx, tx, query)
	for _, statement := range statements {
		if err == nil {
			_, err = tx.ExecContext(ctx, statement)
		}
	}
	return err
}

// texts reads a column of texts.
func texts(ctx context.Context, tx *sql.Tx, query string) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
