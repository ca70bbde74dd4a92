package tables_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/tables"
)

// grow adds rows to a season of the shop, changes one that was there, and adds a season.
func grow(db *sqlx.DB) {
	db.MustExec(`INSERT INTO shop.fact (position, season, unit) VALUES (9, 's1', 'g'), (8, 's4', 'a');
		UPDATE shop.fact SET counted = false WHERE position = 3;
		INSERT INTO shop.dim VALUES ('g', 'new', 'one'); UPDATE shop.moment SET position = 9;
		UPDATE shop.season SET position = 9 WHERE season = 's1'; INSERT INTO shop.season VALUES ('s4', 8, true, '{}')`)
}

// apply does to the rows of a table what an increment asks of its reader.
func apply(t *testing.T, before string, written tables.Written, files map[string]string) string {
	t.Helper()
	var rows []string
	for line := range strings.Lines(before) {
		var row struct{ Season string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		gone := written.Rows == "all"
		for _, season := range written.Seasons {
			gone = gone || season == row.Season
		}
		if !gone {
			rows = append(rows, line)
		}
	}
	for _, f := range written.Files {
		rows = append(rows, files[f.Path])
	}
	return strings.Join(rows, "")
}

// An export and one that goes on from it hold what an export of everything holds.
func TestSince(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	first := export(t, db, filepath.Join(dir, "1"), tables.Wish{Format: tables.NDJSON})
	previous, err := tables.ReadManifest(filepath.Join(dir, "1", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, previous); diff != "" {
		t.Errorf("the manifest as it is read (-want +got):\n%s", diff)
	}
	grow(db)
	since := &tables.Since{Position: previous.Position, SHA256: previous.SHA256}
	second := export(t, db, filepath.Join(dir, "2"), tables.Wish{Format: tables.NDJSON, Since: since, Previous: previous})
	if diff := cmp.Diff(since, second.Previous); diff != "" {
		t.Errorf("previous (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"s1", "s4"}, second.Tables[0].Seasons); diff != "" || second.Tables[0].Rows != "seasons" || second.Tables[1].Rows != "all" {
		t.Errorf("written is %+v, seasons (-want +got):\n%s", second.Tables, diff)
	}
	whole := export(t, db, filepath.Join(dir, "all"), tables.Wish{Format: tables.NDJSON})
	for i := range whole.Tables {
		files := tree(t, filepath.Join(dir, "2"))
		got := apply(t, tree(t, filepath.Join(dir, "1"))[first.Tables[i].Files[0].Path], second.Tables[i], files)
		want := tree(t, filepath.Join(dir, "all"))[whole.Tables[i].Files[0].Path]
		if i == 0 { // whose seasons come one after the other
			got, want = sorted(got), sorted(want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-whole +joined):\n%s", whole.Tables[i].Table, diff)
		}
	}
}

// A season changes without an event where criteria are marked, and while events of it are set aside.
func TestChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		want   []string
	}{
		"nothing":                      {"SELECT", []string{}},
		"a criterion is marked":        {"UPDATE shop.season SET sensitive = '{A2}' WHERE season = 's3'", []string{"s3"}},
		"a mark is taken away":         {"UPDATE shop.season SET sensitive = '{}' WHERE season = 's1'", []string{"s1"}},
		"something is set aside":       {"UPDATE shop.season SET complete = false WHERE season = 's2'", []string{"s2"}},
		"an event, and another season": {"UPDATE shop.season SET position = 8 WHERE season = 's3'; INSERT INTO shop.season VALUES ('s0', 1, true, '{}')", []string{"s0", "s3"}},
	} {
		t.Run(name, func(t *testing.T) {
			db, dir := filled(t), t.TempDir()
			for i, w := range []tables.Wish{{}, {Season: "s2"}, {Tables: []string{"dim_v1"}}} {
				w.Format = tables.CSV
				previous := export(t, db, filepath.Join(dir, "1"), w)
				if i == 0 {
					db.MustExec(c.change)
				}
				w.Since, w.Previous, w.Tables = &tables.Since{Position: 7, SHA256: previous.SHA256}, previous, []string{"fact_v1"}
				got := export(t, db, filepath.Join(dir, "2"), w).Tables[0]
				switch {
				case i == 0 && !cmp.Equal(c.want, append([]string{}, got.Seasons...)):
					t.Errorf("the seasons %v are written, want %v", got.Seasons, c.want)
				case i == 1 && name != "something is set aside" && (len(got.Seasons) > 0 || got.Files[0].Rows > 0):
					t.Errorf("of a season that has not changed %+v is written", got)
				case i == 2 && (got.Rows != "all" || got.Files[0].Rows != 4):
					t.Errorf("of a table that the export before has not %+v is written", got)
				}
			}
		})
	}
}

// A position without its manifest tells of events only.
func TestSincePosition(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	grow(db)
	m := export(t, db, filepath.Join(dir, "1"), tables.Wish{Format: tables.CSV, Since: &tables.Since{Position: 8}})
	if diff := cmp.Diff([]string{"s1"}, m.Tables[0].Seasons); diff != "" || m.Tables[0].Files[0].Rows != 3 {
		t.Errorf("written is %+v, seasons (-want +got):\n%s", m.Tables[0], diff)
	}
}

func TestSinceRefused(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	made := export(t, db, filepath.Join(dir, "1"), tables.Wish{Format: tables.CSV})
	for name, change := range map[string]func(p *tables.Manifest, w *tables.Wish){
		"the tables are older":  func(_ *tables.Manifest, w *tables.Wish) { w.Since.Position = 8 },
		"another log":           func(p *tables.Manifest, _ *tables.Wish) { p.Epoch = "e2" },
		"another schema":        func(p *tables.Manifest, _ *tables.Wish) { p.Schema = "market" },
		"another format":        func(_ *tables.Manifest, w *tables.Wish) { w.Format = tables.NDJSON },
		"another dialect":       func(_ *tables.Manifest, w *tables.Wish) { w.Dialect = tables.Vietnamese },
		"another season":        func(_ *tables.Manifest, w *tables.Wish) { w.Season = "s1" },
		"no season":             func(p *tables.Manifest, w *tables.Wish) { p.Season, w.Season = "s9", "s9" },
		"a table that is not":   func(_ *tables.Manifest, w *tables.Wish) { w.Tables = []string{"fact_v2"} },
		"older by its position": func(_ *tables.Manifest, w *tables.Wish) { w.Since, w.Previous = &tables.Since{Position: 8}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			previous := *made
			w := tables.Wish{Format: tables.CSV, Since: &tables.Since{Position: 7, SHA256: made.SHA256}, Previous: &previous}
			change(&previous, &w)
			_, err := shop().Export(t.Context(), db, filepath.Join(dir, "2"), w)
			if refusal, ok := errors.AsType[*tables.Refusal](err); !ok || refusal.Passing() {
				t.Errorf("the export says %v, want a refusal that stays", err)
			}
		})
	}
}

// Views that are at different positions are waited for, and meanwhile nothing is written.
func TestMoment(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	db.MustExec("UPDATE shop.moment SET position = 8 WHERE view = 'dim_v1'")
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := shop().Export(ctx, db, filepath.Join(dir, "out"), tables.Wish{Format: tables.CSV}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the export says %v, want that its time was over", err)
	}
	if left := tree(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	db.MustExec("UPDATE shop.moment SET position = 8")
	m := export(t, db, filepath.Join(dir, "out"), tables.Wish{Format: tables.CSV})
	if m.Position != 8 || m.Epoch != "e1" || m.Tables[0].Parked != 0 || m.Tables[1].Parked != 2 {
		t.Errorf("the manifest has %+v", m)
	}
}
