package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// ForgetTexts empties texts in the tables of every generation of people, also those that nobody brings up any more, and writes these tables anew: an
// emptied row would stay in the pages of its table until these are used again. The store of disclosures must not have the texts any more.
func ForgetTexts(ctx context.Context, db *sqlx.DB, digests []string) error {
	const query = `
		SELECT nspname
		FROM pg_class
		JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE relname = 'text' AND relkind = 'r' AND nspname ~ '^p_people_[0-9]+(_[a-z]+)?$'
		ORDER BY nspname`
	var schemas []string
	if err := db.SelectContext(ctx, &schemas, query); err != nil {
		return fmt.Errorf("projections: forget texts: %w", err)
	}
	for _, schema := range schemas {
		if err := forgetTextsIn(ctx, db, quoted(schema, "text"), digests); err != nil && !vanished(err) {
			return fmt.Errorf("projections: forget texts of %s: %w", schema, err)
		}
	}
	return nil
}

// forgetTextsIn waits for whoever is writing to the table: what he has read of the store before it was emptied is there then.
func forgetTextsIn(ctx context.Context, db *sqlx.DB, table string, digests []string) error {
	err := inTransaction(ctx, db, func(tx *Tx) error {
		if _, err := tx.ExecContext(ctx, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE "+table+" SET text = NULL WHERE digest = ANY ($1) AND text IS NOT NULL", pq.Array(digests))
		return err
	})
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM (FULL) "+table)
	return err
}

// vanished reports whether a table was dropped meanwhile, as that of a verification is at its end.
func vanished(err error) bool {
	dropped, ok := errors.AsType[*pq.Error](err)
	return ok && (dropped.Code == "42P01" || dropped.Code == "3F000")
}

// rewriteTries is how often a checkpoint is asked to remove the old write-ahead log.
const rewriteTries = 10

// rewriteLock is the number of the advisory lock under which files are rewritten: another who is done first would set back what this one needs.
const rewriteLock = 7_218_415_903

// RewriteFiles takes out of the files of a server what its tables no longer hold: samples of values in its own tables, and all of the write-ahead log
// up to now, with the files that are kept to be written over. It needs the administrator of the server, who alone may touch these.
func RewriteFiles(ctx context.Context, db *sqlx.DB) (err error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("projections: rewrite the database's files: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	r := &rewriting{conn}
	if err := r.locked(ctx); err != nil {
		return fmt.Errorf("projections: rewrite the database's files: %w", err)
	}
	return nil
}

// rewriting is one session in which files are rewritten.
type rewriting struct{ *sqlx.Conn }

func (r *rewriting) locked(ctx context.Context) (err error) {
	if _, err := r.ExecContext(ctx, "SELECT pg_advisory_lock($1)", rewriteLock); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, r.all(context.WithoutCancel(ctx), "ALTER SYSTEM RESET wal_recycle", "SELECT pg_reload_conf()", "SELECT pg_advisory_unlock_all()"))
	}()
	err = r.all(ctx, "VACUUM (FULL) pg_catalog.pg_statistic", "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()", "CHECKPOINT")
	if err != nil {
		return err
	}
	// Whether the server has come to read the setting nobody can ask, and until then a checkpoint gives old files new names, as they are. So what there
	// is then is passed again.
	if err := r.renewWAL(ctx); err != nil {
		return err
	}
	return r.renewWAL(ctx)
}

// renewWAL lets all files of the write-ahead log that there are be written to their end, and removed.
func (r *rewriting) renewWAL(ctx context.Context) error {
	var last string
	if err := r.GetContext(ctx, &last, "SELECT max(name) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"); err != nil {
		return err
	}
	if err := r.passWAL(ctx, last); err != nil {
		return err
	}
	for range rewriteTries {
		if err := r.all(ctx, "CHECKPOINT"); err != nil {
			return err
		}
		var left int
		const old = "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name <= $1"
		if err := r.GetContext(ctx, &left, old, last); err != nil || left == 0 {
			return err
		}
	}
	return fmt.Errorf("files of the write-ahead log up to %s are still there: something keeps them, such as a replica or an archive", last)
}

// passWAL goes on to a new file of the write-ahead log until the one that is written lies behind another. A file that is passed is written to its end.
func (r *rewriting) passWAL(ctx context.Context, last string) error {
	for {
		var at string
		if err := r.GetContext(ctx, &at, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"); err != nil {
			return err
		}
		if at > last {
			return nil
		}
		if err := r.all(ctx, "SELECT pg_logical_emit_message(true, 'thidua', '')", "SELECT pg_switch_wal()"); err != nil {
			return err
		}
	}
}

func (r *rewriting) all(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := r.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
