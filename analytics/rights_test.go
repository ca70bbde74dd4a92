package analytics_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/analytics"
	"thidua/domain"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// made counts the analysts of this test binary: roles belong to the whole server.
var made atomic.Int64

// analyst is a new analyst's connection to a database, with the name that it logs in by.
func analyst(t testing.TB, db *sqlx.DB) (*sqlx.DB, string) {
	t.Helper()
	name := fmt.Sprintf("analyst_%d", made.Add(1))
	if err := analytics.Prepare(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	password, err := analytics.Add(t.Context(), db, name, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := analytics.Remove(context.Background(), db, name); err != nil && !errors.Is(err, domain.ErrNotFound) {
			t.Error(err)
		}
	})
	return login(t, db, name, password), name
}

// login connects to a database by a name and a password.
func login(t testing.TB, db *sqlx.DB, name, password string) *sqlx.DB {
	t.Helper()
	dsn := strings.Replace(testenv.DSN(t, db), "user=thidua", "user="+name+" password="+password, 1)
	conn, err := sqlx.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetMaxOpenConns(1) // what one statement sets, the next one has
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestAnalystReadsEveryView(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, _ := analyst(t, db)
	for _, view := range analytics.Views() {
		if _, err := a.ExecContext(t.Context(), "SELECT * FROM "+view); err != nil {
			t.Errorf("%s: %v", view, err)
		}
	}
	if gaps, err := analytics.Gaps(t.Context(), db); err != nil || len(gaps) > 0 {
		t.Errorf("beyond reading an analyst can %v, %v", gaps, err)
	}
}

// What an analyst begins with: reading only, and not for ever. Of these the analyst may set all but two otherwise.
func TestAnalystBeginsModestly(t *testing.T) {
	t.Parallel()
	a, _ := analyst(t, database(t))
	settings := map[string]string{}
	for _, name := range []string{"default_transaction_read_only", "statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "lock_timeout", "work_mem", "temp_file_limit", "search_path"} {
		var value string
		if err := a.GetContext(t.Context(), &value, "SELECT current_setting($1)", name); err != nil {
			t.Fatal(err)
		}
		settings[name] = value
	}
	want := map[string]string{
		"default_transaction_read_only": "on", "statement_timeout": "5min", "idle_in_transaction_session_timeout": "1min", "idle_session_timeout": "1h",
		"lock_timeout": "5s", "work_mem": "16MB", "temp_file_limit": "1GB", "search_path": "analytics",
	}
	if diff := cmp.Diff(want, settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestAnalystNeedsThePassword(t *testing.T) {
	t.Parallel()
	db := database(t)
	_, name := analyst(t, db)
	if embedded.AnalystRole != analytics.Role {
		t.Errorf("the private server asks members of %s for passwords, the analysts are members of %s", embedded.AnalystRole, analytics.Role)
	}
	for _, password := range []string{"wrong", "''"} {
		var refused *pq.Error
		err := login(t, db, name, password).PingContext(t.Context())
		if err == nil || errors.As(err, &refused) && refused.Code.Name() != "invalid_password" {
			t.Errorf("with the password %s the login gives %v, want a refusal of the password", password, err)
		}
	}
	var kept string
	if err := db.GetContext(t.Context(), &kept, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", name); err != nil || !strings.HasPrefix(kept, "SCRAM-SHA-256$4096:") {
		t.Errorf("the database keeps %q, %v, want what checks a password by SCRAM", kept, err)
	}
}

func TestAnalystsAreListedAndRemoved(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, name := analyst(t, db)
	if err := a.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := analytics.Analysts(t.Context(), db)
	if err != nil || !strings.Contains(fmt.Sprint(all), fmt.Sprintf("{%s 1}", name)) {
		t.Errorf("analysts are %v, %v, want %s with one session", all, err, name)
	}
	if _, err := analytics.Add(t.Context(), db, name, rand.Reader); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("adding %s again gives %v, want a conflict", name, err)
	}
	for _, other := range []string{"thidua", analytics.Role, "nobody"} {
		if err := analytics.Remove(t.Context(), db, other); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("removing %s gives %v, want that it is no analyst", other, err)
		}
	}
	if err := analytics.Remove(t.Context(), db, name); err != nil {
		t.Fatal(err)
	}
	if err := a.PingContext(t.Context()); err == nil {
		t.Error("the session goes on after its analyst was removed")
	}
}

// On a Postgres where the program's role may not make roles, that is what it says; nothing is half done.
func TestWithoutTheRightToMakeRoles(t *testing.T) {
	t.Parallel()
	db := database(t)
	const modest = "modest_program"
	if _, err := db.ExecContext(t.Context(), "CREATE ROLE "+modest+" LOGIN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = db.ExecContext(context.Background(), "DROP ROLE "+modest) })
	own := login(t, db, modest, "none")
	if err := analytics.Prepare(t.Context(), own); !errors.Is(err, analytics.ErrNoRight) {
		t.Errorf("Prepare gives %v, want that the right is missing", err)
	}
	if _, err := analytics.Add(t.Context(), own, "analyst_of_nobody", rand.Reader); !errors.Is(err, analytics.ErrNoRight) {
		t.Errorf("Add gives %v, want that the right is missing", err)
	}
	var n int
	if err := db.GetContext(t.Context(), &n, "SELECT count(*) FROM pg_roles WHERE rolname = 'analyst_of_nobody'"); err != nil || n > 0 {
		t.Errorf("%d roles were made, %v", n, err)
	}
}

func TestNamesOfAnalysts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"lan_anh": true, "a1": true, "a": false, "": false, "Lan": false, "1a": false, "lan-anh": false, "pg_monitor": false, "thidua": false, "thidua_analyst": false,
		"public": false, "none": false, "a;b": false, strings.Repeat("a", 42): false, "ánh": false,
	} {
		if got := analytics.ValidName(name); got != want {
			t.Errorf("%q as a name: %v, want %v", name, got, want)
		}
	}
}

func TestOverdueSessionsEnd(t *testing.T) {
	t.Parallel()
	db := database(t)
	a, name := analyst(t, db)
	tx, err := a.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "SET idle_in_transaction_session_timeout = 0; SELECT * FROM fact_value_v1"); err != nil {
		t.Fatal(err)
	}
	if _, err := analytics.EndOverdue(t.Context(), db, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT 1"); err != nil {
		t.Errorf("a young transaction of %s was ended: %v", name, err)
	}
	if ended, err := analytics.EndOverdue(t.Context(), db, 0); err != nil || ended < 1 {
		t.Errorf("%d sessions ended, %v, want that of %s", ended, err, name)
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT 1"); err == nil {
		t.Error("the transaction goes on")
	}
}
