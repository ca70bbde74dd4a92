package migrations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"thidua/internal/testenv"
	"thidua/migrations"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestUpMakesTheFrame(t *testing.T) {
	t.Parallel()
	db := testenv.Postgres(t)
	for range 2 { // the second time there is nothing to do
		if err := migrations.Up(t.Context(), db.DB); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	const schemas = `SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)' ORDER BY nspname`
	if err := db.SelectContext(t.Context(), &got, schemas); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"analytics", "analytics_rules", "frame", "private", "read"}, got); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

func TestUpByManyAtOnceRunsEachMigrationOnce(t *testing.T) {
	t.Parallel()
	db := testenv.Postgres(t)
	var group errgroup.Group
	for range 6 {
		group.Go(func() error { return migrations.Up(t.Context(), db.DB) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	var got []int
	if err := db.SelectContext(t.Context(), &got, "SELECT version_id FROM frame.goose_db_version ORDER BY id"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 3, 4, 5, 6, 7, 8, 9}, got); diff != "" {
		t.Errorf("migrations that have run (-want +got):\n%s", diff)
	}
}

func TestUpLeavesNoLockBehind(t *testing.T) {
	t.Parallel()
	db := testenv.Postgres(t)
	if err := migrations.Up(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	var held int
	const locks = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	if err := db.GetContext(t.Context(), &held, locks); err != nil {
		t.Fatal(err)
	}
	if held != 0 {
		t.Errorf("%d advisory locks are held, want none", held)
	}
}

func TestEverythingInTheFrameHasAComment(t *testing.T) {
	t.Parallel()
	db := testenv.Postgres(t)
	if err := migrations.Up(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	var bare []string
	const uncommented = `
		SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('frame', 'private', 'read')
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'v')
		AND (obj_description(c.oid, 'pg_class') IS NULL OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)`
	if err := db.SelectContext(t.Context(), &bare, uncommented); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), bare); diff != "" {
		t.Errorf("tables and columns without a comment (-want +got):\n%s", diff)
	}
}
