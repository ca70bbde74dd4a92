package projections

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Querier is a database, or a transaction, to read from.
type Querier interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// inSnapshot reads several things as they were at one moment.
func inSnapshot(ctx context.Context, db *sqlx.DB, read func(Querier) error) error {
	tx, err := db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to commit
	return read(tx)
}

// upsert puts rows in the place of those with the same key. They are structs whose JSON names are the table's columns.
func upsert[R any](ctx context.Context, tx *Tx, table, columns, key string, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	document, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	statement := fmt.Sprintf(
		"INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM json_populate_recordset(NULL::%[1]s, $1) ON CONFLICT (%[3]s) DO UPDATE SET (%[2]s) = ROW (excluded.%[4]s)",
		table, columns, key, strings.ReplaceAll(columns, ", ", ", excluded."))
	if _, err := tx.ExecContext(ctx, statement, string(document)); err != nil {
		return fmt.Errorf("table %s: %w", table, err)
	}
	return nil
}

// selectRows reads what upsert wrote, by a query that gives one row of the table at a time.
func selectRows[R any](ctx context.Context, tx *Tx, query string, args ...any) ([]R, error) {
	var document []byte
	if err := tx.GetContext(ctx, &document, "SELECT coalesce(json_agg(r), '[]') FROM ("+query+") AS r", args...); err != nil {
		return nil, err
	}
	var all []R
	return all, json.Unmarshal(document, &all)
}

// The following give a value to the database, NULL where it is not given.

func text[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

func instant(i domain.Instant) any {
	if !i.Given() {
		return nil
	}
	return i.Time()
}

func digest(d *domain.Disclosable) any {
	if d == nil {
		return nil
	}
	return d.Digest
}

// optional is a text for such a row, null where it is not given.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// written gives a moment twice, as it is compared and as it was written, for a row that is written as JSON.
func written(i domain.Instant) (at *time.Time, asWritten *string) {
	if !i.Given() {
		return nil, nil
	}
	t, s := i.Time(), i.String()
	return &t, &s
}
