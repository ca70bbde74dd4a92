package tables_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"thidua/tables"
)

// A table of more than a million rows has several files, so that Excel can open each, and no row group of a Parquet file is so large that it has to be in memory as a whole.
func TestParts(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	db.MustExec("CREATE OR REPLACE VIEW shop.none_v1 AS SELECT 'u' COLLATE \"C\" AS unit, n FROM generate_series(1::bigint, 1000001) AS n")
	m := export(t, db, filepath.Join(dir, "out"), tables.Wish{Format: tables.Parquet, Tables: []string{"none_v1"}})
	var rows, groups []int64
	for _, written := range m.Tables[0].Files {
		rows = append(rows, written.Rows)
		f, err := os.Open(filepath.Join(dir, "out", written.Path))
		if err != nil {
			t.Fatal(err)
		}
		file, err := parquet.OpenFile(f, written.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		most := int64(0)
		for _, group := range file.RowGroups() {
			most = max(most, group.NumRows())
		}
		groups = append(groups, most)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int64{1_000_000, 1}, rows); diff != "" {
		t.Errorf("rows of the files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{100_000, 1}, groups); diff != "" {
		t.Errorf("rows of the largest row groups (-want +got):\n%s", diff)
	}
	for i, name := range []string{"part-000000000007-001.parquet", "part-000000000007-002.parquet"} {
		if want, got := "none_v1/"+name, m.Tables[0].Files[i].Path; got != want {
			t.Errorf("the file %d is %s, want %s", i, got, want)
		}
	}
}
