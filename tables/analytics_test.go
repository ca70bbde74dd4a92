package tables_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/analytics"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
	"thidua/tables"
)

// analysed is a database with the analytics views, over read models without rows.
func analysed(t *testing.T) *sqlx.DB {
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

// Every view of the schema is a table, whose keys and references are columns that there are, and every type has its form.
func TestAnalytics(t *testing.T) {
	db, source := analysed(t), tables.Analytics()
	var names []string
	for _, table := range source.Tables {
		names = append(names, table.Name)
	}
	if diff := cmp.Diff(analytics.Views(), names); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
	for _, format := range tables.Formats() {
		out := filepath.Join(t.TempDir(), "out")
		if _, err := source.Export(t.Context(), db, out, tables.Wish{Format: format}); err != nil {
			t.Fatal(err)
		}
		columns := map[string][]string{}
		for _, r := range descriptor(t, out)["resources"].([]any) {
			resource := r.(map[string]any)
			for _, f := range resource["schema"].(map[string]any)["fields"].([]any) {
				name := resource["name"].(string)
				columns[name] = append(columns[name], f.(map[string]any)["name"].(string))
			}
		}
		for _, table := range source.Tables {
			for _, key := range append(slices.Clone(table.References), tables.Reference{Columns: table.Key, Table: table.Name, Key: table.Key}) {
				if missing := slices.DeleteFunc(slices.Clone(key.Columns), func(c string) bool { return slices.Contains(columns[table.Name], c) }); len(missing) > 0 {
					t.Errorf("%s has no %v", table.Name, missing)
				}
				if missing := slices.DeleteFunc(slices.Clone(key.Key), func(c string) bool { return slices.Contains(columns[key.Table], c) }); len(missing) > 0 {
					t.Errorf("%s has no %v", key.Table, missing)
				}
			}
		}
	}
}
