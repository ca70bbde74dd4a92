package analytics_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/analytics"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

func TestMain(m *testing.M) {
	// A property that goes through the database takes its time; -rapid.checks on the command line asks for more.
	if err := errors.Join(flag.Set("rapid.checks", "25"), flag.Set("rapid.nofailfile", "true")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testenv.Main(m)
}

// database is a new database with the frame, every projection and the views.
func database(t testing.TB) *sqlx.DB {
	t.Helper()
	return testenv.PostgresWith(t, "analytics", func(ctx context.Context, db *sqlx.DB) error {
		if err := migrations.Up(ctx, db.DB); err != nil {
			return err
		}
		for _, p := range projections.All(nil, nil) {
			if err := projections.Install(ctx, db, p); err != nil {
				return err
			}
		}
		return analytics.Install(ctx, db)
	})
}

// frame is a new database with the frame and nothing else.
func frame(t testing.TB) *sqlx.DB {
	t.Helper()
	return testenv.PostgresWith(t, "frame", func(ctx context.Context, db *sqlx.DB) error { return migrations.Up(ctx, db.DB) })
}

func TestEveryViewAndColumnHasAComment(t *testing.T) {
	t.Parallel()
	db := database(t)
	var bare []string
	const uncommented = `
		SELECT concat_ws('.', nspname, relname, attname)
		FROM pg_class
		JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname IN ('analytics', 'analytics_rules')
		JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
		WHERE obj_description(pg_class.oid, 'pg_class') IS NULL OR col_description(pg_class.oid, attnum) IS NULL
		OR nspname = 'analytics' AND col_description(pg_class.oid, attnum) !~ '\(.*\)|;'`
	if err := db.SelectContext(t.Context(), &bare, uncommented); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), bare); diff != "" {
		t.Errorf("views and columns without a comment, or without the Vietnamese term (-want +got):\n%s", diff)
	}
}
