package testenv_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPostgresGivesAnEmptyDatabase(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := testenv.Postgres(t)
			// A second creation of the same table would fail in a database that another test has used.
			db.MustExecContext(t.Context(), "CREATE TABLE season (id text PRIMARY KEY)")
		})
	}
}

func TestPostgresWithPreparesOnceAndCopies(t *testing.T) {
	var prepared atomic.Int32
	prepare := func(ctx context.Context, db *sqlx.DB) error {
		prepared.Add(1)
		_, err := db.ExecContext(ctx, "CREATE TABLE unit (name text); INSERT INTO unit VALUES ('Sơn La')")
		return err
	}
	t.Run("copies", func(t *testing.T) {
		for i := range 4 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				db := testenv.PostgresWith(t, "units", prepare)
				db.MustExecContext(t.Context(), "INSERT INTO unit VALUES ('Lai Châu')")
				var got []string
				if err := db.SelectContext(t.Context(), &got, "SELECT name FROM unit"); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{"Sơn La", "Lai Châu"}, got); diff != "" {
					t.Errorf("units (-want +got):\n%s", diff)
				}
			})
		}
	})
	if got := prepared.Load(); got != 1 {
		t.Errorf("prepared %d times, want once", got)
	}
}

func TestDatabasesAreDroppedWhenTheirTestEnds(t *testing.T) {
	watcher := testenv.Postgres(t)
	var name string
	t.Run("user", func(t *testing.T) {
		db := testenv.Postgres(t)
		if err := db.GetContext(t.Context(), &name, "SELECT current_database()"); err != nil {
			t.Fatal(err)
		}
	})
	var left int
	if err := watcher.GetContext(t.Context(), &left, "SELECT count(*) FROM pg_database WHERE datname = $1", name); err != nil {
		t.Fatal(err)
	}
	if left != 0 {
		t.Errorf("database %s is still there after its test", name)
	}
}

func TestDSNLeadsToTheSameDatabase(t *testing.T) {
	db := testenv.Postgres(t)
	db.MustExecContext(t.Context(), "CREATE TABLE mark (n int); INSERT INTO mark VALUES (7)")
	other, err := sqlx.ConnectContext(t.Context(), "postgres", testenv.DSN(t, db))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var got int
	if err := other.GetContext(t.Context(), &got, "SELECT n FROM mark"); err != nil {
		t.Fatal(err)
	}
	if got != 7 {
		t.Errorf("the mark is %d, want 7", got)
	}
}

// failure records what a test would have died of. Its caller recovers.
type failure struct {
	testing.TB
	message string
}

func (f *failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) {
	f.message = fmt.Sprintf(format, args...)
	panic(f)
}

func TestPostgresWithFailsWithItsTemplate(t *testing.T) {
	broken := func(context.Context, *sqlx.DB) error { return errors.New("no such migration") }
	for range 2 { // who comes second fails as the first did
		f := &failure{TB: t}
		func() {
			defer func() { _ = recover() }()
			testenv.PostgresWith(f, "broken", broken)
		}()
		if want := "testenv: template broken: no such migration"; f.message != want {
			t.Errorf("the test died of %q, want %q", f.message, want)
		}
	}
}

func TestNATSIsFreshForEachTest(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			conn, err := testenv.NATS(t).Connect()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			js, err := jetstream.New(conn)
			if err != nil {
				t.Fatal(err)
			}
			names, err := streams(t.Context(), js)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string(nil), names); diff != "" {
				t.Errorf("streams of a new server (-want +got):\n%s", diff)
			}
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EMULATION", Subjects: []string{"em.>"}}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func streams(ctx context.Context, js jetstream.JetStream) ([]string, error) {
	list := js.StreamNames(ctx)
	var names []string
	for name := range list.Name() {
		names = append(names, name)
	}
	return names, list.Err()
}
