package analytics

import (
	"context"
	_ "embed" // for the rights
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Role is the role that may read the views and nothing else. Nobody logs in as it: analysts are its members.
const Role = "thidua_analyst"

// Rights are the statements that make Role what it is, for who has the right to run them: a superuser. They can be run again.
//
//go:embed role.sql
var Rights string

// Prepare makes Role, gives it its rights, and takes from everybody those that would let an analyst do more than read. It needs the right to make
// roles, where there is none yet, and fails with ErrNoRight. What only a superuser can take is left where the program is none: Gaps tells what is open then.
func Prepare(ctx context.Context, db *sqlx.DB) error {
	var super bool
	if err := db.GetContext(ctx, &super, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"); err != nil {
		return fmt.Errorf("analytics: role: %w", err)
	}
	statements := Rights
	if !super {
		statements, _, _ = strings.Cut(Rights, "-- superuser")
	}
	err := exclusively(ctx, db, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, statements)
		return err
	})
	if err != nil {
		return fmt.Errorf("analytics: role: %w", ofRoles(err))
	}
	return nil
}

// exclusively does something in a transaction while nobody else of this program does so.
func exclusively(ctx context.Context, db *sqlx.DB, do func(*sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lockKey)); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Gaps lists, in English, what Role can do beyond reading the views, because only a superuser could have taken it away.
func Gaps(ctx context.Context, db *sqlx.DB) (gaps []string, err error) {
	const query = `
		SELECT 'use ' || proname || '()'
		FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ $2 AND has_function_privilege($1, oid, 'EXECUTE')
		GROUP BY proname
		UNION ALL
		SELECT 'make temporary tables' WHERE has_database_privilege($1, current_database(), 'TEMPORARY')
		UNION ALL
		SELECT 'make tables in schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege($1, oid, 'CREATE')
		ORDER BY 1`
	gaps = []string{}
	if err := db.SelectContext(ctx, &gaps, query, Role, harmful); err != nil {
		return nil, fmt.Errorf("analytics: rights: %w", err)
	}
	return gaps, nil
}

// harmful are the functions that everybody may call in a new database and that do more than read: they take locks which our workers wait for, write, or
// keep a session busy with nothing. The same pattern stands in role.sql.
const harmful = `^(pg_(try_)?advisory_|lo_|loread$|lowrite$|pg_logical_emit_message$|pg_notify$|pg_sleep)`

// ident quotes the name of a role.
func ident(name string) string { return pq.QuoteIdentifier(name) }
