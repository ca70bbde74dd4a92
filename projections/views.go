package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// lockPatience is how long who changes views or drops tables waits for who reads them, and holds up who comes after these. It can be tried again.
const lockPatience = "500ms"

// lockGlance is how long is waited for a view while others are held: less than what a reader notices.
const lockGlance = "10ms"

// pointViews lets the views show the tables of a schema, with these tables' comments. A reader may hold any of the views and wait for any other. So it waits
// for a view only while it holds none, and begins again with the one that was not to be had at once: who reads the views without a pause, and always in the
// same order, can't keep it from them. It fails with what is Passing where a reader does not let go.
func (p Projection) pointViews(ctx context.Context, tx *Tx, schema string) error {
	tables := slices.DeleteFunc(slices.Clone(p.Tables), func(t Table) bool { return t.View == "" })
	for tries := 0; ; tries++ {
		held, err := pointEach(ctx, tx, schema, tables)
		if err == nil {
			return nil
		}
		if held == 0 || tries == len(tables) || !lockDenied(err) {
			return err
		}
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT views"); err != nil {
			return err
		}
		denied := tables[held]
		tables = slices.Insert(slices.Delete(tables, held, held+1), 0, denied)
	}
}

// pointEach lets the views show the tables, in their order. Where it fails it tells how many do by then.
func pointEach(ctx context.Context, tx *Tx, schema string, tables []Table) (held int, err error) {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT views"); err != nil {
		return 0, err
	}
	for _, t := range tables {
		patience := lockPatience
		if held > 0 {
			patience = lockGlance
		}
		if err := t.point(ctx, tx, schema, patience); err != nil {
			return held, fmt.Errorf("view %s: %w", t.View, err)
		}
		held++
	}
	return held, nil
}

// point lets the table's view show the table of a schema, with its comments.
func (t Table) point(ctx context.Context, tx *Tx, schema, patience string) error {
	view, table := "read."+t.View, pq.QuoteIdentifier(schema)+"."+t.Name
	later, err := t.later(ctx, tx, view)
	if err != nil {
		return err
	}
	const replace = "SET LOCAL lock_timeout = '%s'; CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s"
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(replace, patience, view, t.Columns+later, table)); err != nil {
		return err
	}
	if err := copyComments(ctx, tx, table, view); err != nil {
		return fmt.Errorf("comments: %w", err)
	}
	return nil
}

// lockDenied reports whether a lock was not to be had in the time that was given for it.
func lockDenied(err error) bool {
	answer, ok := errors.AsType[*pq.Error](err)
	return ok && answer.Code.Name() == "lock_not_available"
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
