package projections_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEverythingHasAComment(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	var bare []string
	const uncommented = `
		SELECT n.nspname || '.' || c.relname || coalesce('.' || a.attname, '')
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'v')
		AND (obj_description(c.oid, 'pg_class') IS NULL OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)
		UNION ALL
		SELECT nspname FROM pg_namespace
		WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') AND obj_description(oid, 'pg_namespace') IS NULL`
	if err := db.SelectContext(t.Context(), &bare, uncommented); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), bare); diff != "" {
		t.Errorf("without a comment (-want +got):\n%s", diff)
	}
}

func TestTablesListTheirColumns(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	for _, p := range all {
		var tables []string
		if err := db.SelectContext(t.Context(), &tables, "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", p.Schema()); err != nil {
			t.Fatal(err)
		}
		if len(tables) != len(p.Tables) {
			t.Errorf("%s lists %d tables, its schema has %v", p.Name, len(p.Tables), tables)
		}
		for _, table := range p.Tables {
			var columns []string
			const query = "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
			if err := db.SelectContext(t.Context(), &columns, query, p.Schema(), table.Name); err != nil {
				t.Fatal(err)
			}
			listed := strings.Split(table.Columns, ", ")
			slices.Sort(columns)
			slices.Sort(listed)
			if diff := cmp.Diff(columns, listed); diff != "" {
				t.Errorf("%s.%s: columns of the table, and as listed (-want +got):\n%s", p.Name, table.Name, diff)
			}
		}
	}
}
