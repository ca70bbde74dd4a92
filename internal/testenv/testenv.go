// Package testenv gives tests the real servers: NATS inside the process, and one private PostgreSQL cluster for the test binary, with
// a database of its own for each test. Only tests import it. A package that needs PostgreSQL says so once:
//
//	func TestMain(m *testing.M) { testenv.Main(m) }
package testenv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/internal/embedded"
)

// shared is the cluster of this test binary, nil where Main does not run. It starts with the first test that needs it.
var shared *cluster

// Main runs the tests of a package and then stops and removes what they shared. It ends the process.
func Main(m *testing.M) {
	shared = &cluster{templates: map[string]*template{}}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// NATS is a new server with nothing in it. It is stopped when the test ends.
func NATS(t testing.TB) *embedded.NATS {
	t.Helper()
	return NATSIn(t, t.TempDir())
}

// NATSIn is such a server whose files lie in a folder.
func NATSIn(t testing.TB, dir string) *embedded.NATS {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// Postgres is a new, empty database. It is dropped when the test ends.
func Postgres(t testing.TB) *sqlx.DB {
	t.Helper()
	return shared.clone(t, "template0")
}

// PostgresWith is a new database that prepare has filled. It runs once for all tests of the binary that give the same name; each of
// them gets a copy, which is dropped when the test ends.
func PostgresWith(t testing.TB, name string, prepare func(context.Context, *sqlx.DB) error) *sqlx.DB {
	t.Helper()
	if err := shared.prepare(t, name, prepare); err != nil {
		t.Fatalf("testenv: template %s: %v", name, err)
	}
	return shared.clone(t, templateName(name))
}

// DSN is the connection string of a database that Postgres or PostgresWith gave.
func DSN(t testing.TB, db *sqlx.DB) string {
	t.Helper()
	var name string
	if err := db.GetContext(t.Context(), &name, "SELECT current_database()"); err != nil {
		t.Fatal(err)
	}
	return shared.server.DSN(name)
}

// moduleRoot is the folder of go.mod above the package under test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}
