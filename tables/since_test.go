package tables_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/tables"
)

// grow adds two rows to the shop's fact and changes its dimension.
func grow(db *sqlx.DB) {
	db.MustExec(`INSERT INTO shop.fact (position, season, unit) VALUES (9, 's1', 'g'), (8, 's2', 'a');
		INSERT INTO shop.dim VALUES ('g', 'new', 'one'); UPDATE shop.moment SET position = 9`)
}

// An export and those that go on from it hold what an export of everything holds: the files of growing tables side by side, the last ones of all others.
func TestSince(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	first := export(t, db, filepath.Join(dir, "1"), tables.Wish{Format: tables.NDJSON})
	previous, err := tables.ReadManifest(filepath.Join(dir, "1", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if previous.SHA256 != first.SHA256 || previous.Previous != nil {
		t.Errorf("the manifest is read with the digest %s and the previous %v, it has %s", previous.SHA256, previous.Previous, first.SHA256)
	}
	grow(db)
	since := &tables.Since{Position: previous.Position, SHA256: previous.SHA256}
	second := export(t, db, filepath.Join(dir, "2"), tables.Wish{Format: tables.NDJSON, Since: since, Previous: previous})
	if diff := cmp.Diff(since, second.Previous); diff != "" {
		t.Errorf("previous (-want +got):\n%s", diff)
	}
	got := map[string]string{}
	for _, table := range second.Tables {
		got[table.Table] = table.Rows
	}
	if diff := cmp.Diff(map[string]string{"fact_v1": "new", "dim_v1": "all", "none_v1": "all"}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	export(t, db, filepath.Join(dir, "all"), tables.Wish{Format: tables.NDJSON})
	files := tree(t, dir)
	whole := map[string]string{"fact_v1": files["all/fact_v1/part-000000000009-001.ndjson"], "dim_v1": files["all/dim_v1/part-000000000009-001.ndjson"]}
	joined := map[string]string{
		"fact_v1": files["1/fact_v1/part-000000000007-001.ndjson"] + files["2/fact_v1/part-000000000009-001.ndjson"],
		"dim_v1":  files["2/dim_v1/part-000000000009-001.ndjson"],
	}
	if diff := cmp.Diff(whole, joined); diff != "" || strings.Count(joined["fact_v1"], "\n") != 6 {
		t.Errorf("(-whole +joined):\n%s", diff)
	}
}

// A table that the export before did not have comes whole.
func TestSinceOther(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	previous := export(t, db, filepath.Join(dir, "1"), tables.Wish{Format: tables.CSV, Tables: []string{"dim_v1"}})
	grow(db)
	m := export(t, db, filepath.Join(dir, "2"), tables.Wish{Format: tables.CSV, Since: &tables.Since{Position: 7, SHA256: previous.SHA256}, Previous: previous})
	if m.Tables[0].Rows != "all" || m.Tables[0].Files[0].Rows != 6 {
		t.Errorf("written is %+v, want all 6 rows", m.Tables[0])
	}
	m = export(t, db, filepath.Join(dir, "3"), tables.Wish{Format: tables.CSV, Since: &tables.Since{Position: 8}, Season: "s1"})
	if m.Tables[0].Rows != "new" || m.Tables[0].Files[0].Rows != 1 {
		t.Errorf("written is %+v, want 1 new row of the season", m.Tables[0])
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
		"a table that is not":   func(_ *tables.Manifest, w *tables.Wish) { w.Tables = []string{"fact_v2"} },
		"older by its position": func(p *tables.Manifest, w *tables.Wish) { w.Since, w.Previous = &tables.Since{Position: 8}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			previous := *made
			w := tables.Wish{Format: tables.CSV, Since: &tables.Since{Position: 7, SHA256: made.SHA256}, Previous: &previous}
			change(&previous, &w)
			_, err := shop().Export(t.Context(), db, filepath.Join(dir, "2"), w)
			if _, ok := errors.AsType[*tables.Refusal](err); !ok {
				t.Errorf("the export says %v, want a refusal", err)
			}
		})
	}
}
