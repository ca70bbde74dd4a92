package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/internal/testenv"
)

// database is that of the running server.
func (s *server) database(t *testing.T) *sqlx.DB {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Database string }
	if err := json.Unmarshal(content, &said); err != nil {
		t.Fatal(err)
	}
	db, err := sqlx.ConnectContext(t.Context(), "postgres", said.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// A read model that can't go on is told by status and by every command that needs it; the server goes on, and so does the read model once it is mended.
func TestPausedReadModel(t *testing.T) {
	s := start(t)
	db := s.database(t)
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE p_units_1.unit RENAME TO mislaid"); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "import", s.season(t, "paused-2019"))
	out, err := s.command(t, "seasons").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "The read model units is paused") {
		t.Errorf("seasons ends with %v and says %q, want what is paused", err, out)
	}
	var status struct {
		Projections []struct {
			Name   string
			Owner  string
			Lag    int
			Paused *struct{ Cause, Reason string }
		}
	}
	s.answer(t, &status, "status", "--json")
	for _, p := range status.Projections {
		paused := p.Paused != nil && p.Paused.Cause == "failed" && strings.Contains(p.Paused.Reason, "42P01")
		if paused != (p.Name == "units") || p.Owner == "" || p.Name != "units" && p.Lag > 0 {
			t.Errorf("status says %+v, %+v; want units paused and all others current", p, p.Paused)
		}
	}
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE p_units_1.mislaid RENAME TO unit"); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the units to go on", func() (goesOn bool) {
		if err := db.GetContext(t.Context(), &goesOn, "SELECT state <> 'paused' FROM frame.lease WHERE name = 'p_units_1'"); err != nil {
			t.Fatal(err)
		}
		return goesOn
	})
	s.answer(t, nil, "seasons")
}
