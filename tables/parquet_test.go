package tables_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"thidua/tables"
)

// readParquet returns the schema of a file and its rows, each as its values are stored: DECIMAL unscaled, TIMESTAMP in microseconds, DATE in days.
func readParquet(t *testing.T, name string) (schema string, rows []string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.RowGroups() {
		reader := group.Rows()
		for buffer := make([]parquet.Row, 1); ; {
			n, err := reader.ReadRows(buffer)
			if n > 0 {
				rows = append(rows, stored(buffer[0]))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		_ = reader.Close()
	}
	return file.Schema().String(), rows
}

func stored(row parquet.Row) string {
	var values []string
	for _, v := range row {
		if v.Kind() == parquet.FixedLenByteArray {
			values = append(values, wide(v.ByteArray()))
			continue
		}
		values = append(values, v.String())
	}
	return strings.Join(values, "|")
}

func TestParquet(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	m := export(t, filled(t), out, tables.Wish{Format: tables.Parquet})
	schema, rows := readParquet(t, filepath.Join(out, m.Tables[0].Files[0].Path))
	if diff := cmp.Diff(`message fact_v1 {
	required int64 position (INT(64,true));
	optional binary season (STRING);
	optional binary unit (STRING);
	optional int64 amount (DECIMAL(12,2));
	optional fixed_len_byte_array(16) wide (DECIMAL(38,6));
	optional boolean counted;
	optional int32 day (DATE);
	optional int64 at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
}`, schema); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	want := []string{
		"1|s1|a|-999999999999|99999999999999999999999999999999999999|false|-719162|-1",
		"2|s2|a|<null>|<null>|<null>|<null>|<null>",
		"3|s1|b|150|-1|true|18200|1572541199500000",
		"7|s2|c|0|12500000|true|2932896|253402300799000000",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, rows := readParquet(t, filepath.Join(out, m.Tables[2].Files[0].Path)); len(rows) != 0 {
		t.Errorf("a table without rows has %d", len(rows))
	}
}

// A value that a file can't hold exactly is an error, and then there is no export.
func TestUnfit(t *testing.T) {
	db := filled(t)
	for _, c := range []struct{ format, value, says string }{
		{"parquet", "wide = 0.0000001", "has more than 6 digits behind the point"},
		{"parquet", "wide = 123456789012345678901234567890123", "has more than the 38 digits of numeric(38,6)"},
		{"parquet", "wide = 1e60", "has more than the 38 digits of numeric(38,6)"},
		{"parquet", "wide = 'NaN'", "is no number"},
		{"csv", "wide = 'Infinity'", "is no number"},
		{"ndjson", "wide = '-Infinity'", "is no number"},
		{"parquet", "day = 'infinity'", "is no day from year 1 to 9999"},
		{"csv", "day = '0044-03-15 BC'", "is no day from year 1 to 9999"},
		{"ndjson", "at = '10000-01-01'", "is no moment from year 1 to 9999"},
		{"parquet", "at = '-infinity'", "is no moment from year 1 to 9999"},
	} {
		t.Run(c.format+" "+c.value, func(t *testing.T) {
			db.MustExec("UPDATE shop.fact SET wide = NULL, day = NULL, at = NULL WHERE position = 3")
			db.MustExec("UPDATE shop.fact SET " + c.value + " WHERE position = 3")
			dir := t.TempDir()
			_, err := shop().Export(t.Context(), db, filepath.Join(dir, "out"), tables.Wish{Format: tables.Format(c.format)})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the export says %v, want %q", err, c.says)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
