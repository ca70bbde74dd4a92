package migrations_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/internal/testenv"
	"thidua/migrations"
)

// Whatever tables the schema private comes to have, their rows are copied and put back as they were, also where they refer to each other.
func TestPrivateIsPutBack(t *testing.T) {
	const tables = `
		CREATE TABLE private.a_session (token bytea PRIMARY KEY, account bigint NOT NULL);
		CREATE TABLE private.account (
			id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, since timestamptz NOT NULL, rights jsonb, note text
		);
		ALTER TABLE private.a_session ADD FOREIGN KEY (account) REFERENCES private.account (id)`
	const rows = `
		INSERT INTO private.account (name, since, rights) VALUES ('Nguyễn "A"', '2019-04-05T17:30:00.123456+07', '{"a": [1, 2.50]}'), ('B', 'epoch', NULL);
		INSERT INTO private.a_session VALUES ('\x00ff', 2)`
	from, to := testenv.Postgres(t), testenv.Postgres(t)
	exec := func(db *sqlx.DB, statements string) {
		if _, err := db.ExecContext(t.Context(), statements); err != nil {
			t.Fatal(err)
		}
	}
	for _, db := range []*sqlx.DB{from, to} {
		if err := migrations.Up(t.Context(), db.DB); err != nil {
			t.Fatal(err)
		}
		exec(db, tables)
	}
	exec(from, rows)
	exec(to, "INSERT INTO private.account (name, since) VALUES ('before', 'epoch')")
	var kept, again bytes.Buffer
	if err := migrations.CopyPrivate(t.Context(), from.DB, &kept); err != nil {
		t.Fatal(err)
	}
	if err := migrations.PutPrivate(t.Context(), to.DB, bytes.NewReader(kept.Bytes())); err != nil {
		t.Fatal(err)
	}
	if err := migrations.CopyPrivate(t.Context(), to.DB, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept.String(), again.String()); diff != "" || kept.Len() == 0 {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	var id int64
	if err := to.QueryRowContext(t.Context(), "INSERT INTO private.account (name, since) VALUES ('C', 'epoch') RETURNING id").Scan(&id); err != nil || id != 3 {
		t.Errorf("the next account has the number %d and %v, want 3", id, err)
	}
}
