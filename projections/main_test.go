package projections_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

func TestMain(m *testing.M) {
	// A property that goes through the database takes its time; -rapid.checks on the command line asks for more.
	if err := errors.Join(flag.Set("rapid.checks", "12"), flag.Set("rapid.nofailfile", "true")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testenv.Main(m)
}

// database is a new database with the frame and every projection of a journal installed.
func database(t testing.TB, j *journal) (*sqlx.DB, []projections.Projection) {
	t.Helper()
	db := testenv.PostgresWith(t, "installed", func(ctx context.Context, db *sqlx.DB) error {
		if err := migrations.Up(ctx, db.DB); err != nil {
			return err
		}
		for _, p := range projections.All(newJournal(), newJournal()) {
			if err := projections.Install(ctx, db, p); err != nil {
				return err
			}
		}
		return nil
	})
	return db, projections.All(j, j)
}

// named is the projection with a name.
func named(t testing.TB, all []projections.Projection, name string) projections.Projection {
	t.Helper()
	for _, p := range all {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no projection %q", name)
	return projections.Projection{}
}

const (
	epoch = "epoch-1"
	owner = "owner-1"
)

// lease is a lease of a projection, as if it had been acquired.
func lease(p projections.Projection, owner string, fence int64) projections.Lease {
	return projections.Lease{Name: p.Schema(), Owner: owner, Fence: fence}
}

// claim is the checkpoint of a projection that the test owns.
func claim(t testing.TB, db *sqlx.DB, p projections.Projection) *projections.Checkpoint {
	t.Helper()
	c, err := projections.Claim(t.Context(), db, p, epoch, lease(p, owner, 1))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// project projects events in one batch.
func project(t testing.TB, db *sqlx.DB, all []projections.Projection, events []domain.Recorded) {
	t.Helper()
	for _, p := range all {
		if err := projections.Project(t.Context(), db, p, p.New(), claim(t, db, p), events); err != nil {
			t.Fatal(err)
		}
	}
}

// rowsOf returns every row of a projection's tables as text, by table.
func rowsOf(t testing.TB, db *sqlx.DB, p projections.Projection) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range p.Tables {
		var lines []string
		if err := db.SelectContext(t.Context(), &lines, fmt.Sprintf("SELECT t::text FROM %s.%s AS t ORDER BY 1", p.Schema(), table.Name)); err != nil {
			t.Fatal(err)
		}
		all[table.Name] = lines
	}
	return all
}
