package outside_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cells is a row by the names of its columns; numbers are whole, all else is text, a boolean or nil.
type cells = map[string]any

// described is what the datapackage.json of an export says.
type described struct {
	Resources []struct {
		Name   string
		Path   []string
		Schema struct {
			Fields      []struct{ Name, Type string }
			PrimaryKey  []string
			ForeignKeys []struct {
				Fields    []string
				Reference struct {
					Resource string
					Fields   []string
				}
			}
		}
	}
}

// The files of the example season as others read them: the Parquet files as Apache Arrow has them hold row by row what the others hold, keys name the rows that
// they must, and the totals are those of the ranking.
func TestTables(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, arrow := filepath.Join(dir, "thidua"), filepath.Join(dir, "arrow")
	run(t, "../..", "go", "build", "-o", program, "./cmd/thidua")
	run(t, "../../examples/arrow", "go", "build", "-o", arrow, ".")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	thidua := func(args ...string) string {
		return run(t, dir, program, append(args, "--data-dir", filepath.Join(dir, "data"))...)
	}
	example, err := filepath.Abs("../../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	thidua("import", example)
	for _, format := range []string{"parquet", "ndjson", "csv"} {
		thidua("export", "--format", format, format)
	}
	thidua("export", "--format", "csv", "--dialect", "vi", "vi")
	tables := map[string][]cells{}
	d := descriptor(t, filepath.Join(dir, "parquet"))
	for _, r := range d.Resources {
		rows := objects(t, run(t, filepath.Join(dir, "parquet"), arrow, r.Path...))
		types := rows[0]
		tables[r.Name] = rows[1:]
		ndjson := objects(t, readAll(t, filepath.Join(dir, "ndjson"), r.Path, ".ndjson"))
		if diff := cmp.Diff(exact(types, ndjson), exact(types, rows[1:])); diff != "" {
			t.Errorf("%s: ndjson and Parquet (-ndjson +parquet):\n%s", r.Name, diff)
		}
		want := texts(exact(types, rows[1:]))
		if diff := cmp.Diff(want, texts(exact(types, records(t, ',', readAll(t, filepath.Join(dir, "csv"), r.Path, ".csv"))))); diff != "" {
			t.Errorf("%s: Parquet and CSV (-parquet +csv):\n%s", r.Name, diff)
		}
		vietnamese := records(t, ';', strings.TrimPrefix(readAll(t, filepath.Join(dir, "vi"), r.Path, ".csv"), "\ufeff"))
		if diff := cmp.Diff(coarse(types, want), texts(exact(types, plain(t, types, vietnamese)))); diff != "" {
			t.Errorf("%s: Parquet and CSV for Excel (-parquet +csv):\n%s", r.Name, diff)
		}
	}
	checkKeys(t, d, tables)
	checkTotals(t, thidua("ranking", "northern-border-2019", "--json"), tables["fact_standing_v1"])
}

func descriptor(t *testing.T, dir string) (d described) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "datapackage.json"))
	if err == nil {
		err = json.Unmarshal(content, &d)
	}
	if err != nil || len(d.Resources) != 9 {
		t.Fatalf("%d tables, %v", len(d.Resources), err)
	}
	return d
}

// readAll reads the same files of an export in another format.
func readAll(t *testing.T, dir string, paths []string, extension string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(path, ".parquet")+extension))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}

func objects(t *testing.T, text string) (rows []cells) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	for {
		var row cells
		err := decoder.Decode(&row)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func records(t *testing.T, comma rune, text string) (rows []cells) {
	t.Helper()
	reader := csv.NewReader(bytes.NewReader([]byte(text)))
	reader.Comma = comma
	all, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range all[1:] {
		row := cells{}
		for i, name := range all[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// exact brings decimals to one way of writing them.
func exact(types cells, rows []cells) []cells {
	var all []cells
	for _, row := range rows {
		same := cells{}
		for name, value := range row {
			text, isText := value.(string)
			if n, ok := new(big.Rat).SetString(text); isText && ok && strings.HasPrefix(fmt.Sprint(types[name]), "decimal") {
				value = n.RatString()
			}
			same[name] = value
		}
		all = append(all, same)
	}
	return all
}

// texts are rows as CSV has them, where a null can't be told from an empty text.
func texts(rows []cells) []cells {
	for _, row := range rows {
		for name, value := range row {
			if row[name] = fmt.Sprint(value); value == nil {
				row[name] = ""
			}
		}
	}
	return rows
}

var vietnam = time.FixedZone("", 7*60*60)

// plain reads what was written for Excel in Vietnamese.
func plain(t *testing.T, types cells, rows []cells) []cells {
	t.Helper()
	for _, row := range rows {
		for name, value := range row {
			text, kind := value.(string), fmt.Sprint(types[name])
			switch {
			case text == "":
			case strings.HasPrefix(kind, "decimal"):
				row[name] = strings.Replace(text, ",", ".", 1)
			case kind == "date32":
				row[name] = reading(t, "02/01/2006", text).Format(time.DateOnly)
			case strings.HasPrefix(kind, "timestamp"):
				row[name] = reading(t, "02/01/2006 15:04:05", text).UTC().Format(time.RFC3339)
			}
		}
	}
	return rows
}

func reading(t *testing.T, layout, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(layout, text, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// coarse leaves the seconds' fractions away.
func coarse(types cells, rows []cells) []cells {
	for _, row := range rows {
		for name, value := range row {
			if at, err := time.Parse(time.RFC3339Nano, value.(string)); err == nil && strings.HasPrefix(fmt.Sprint(types[name]), "timestamp") {
				row[name] = at.UTC().Format(time.RFC3339)
			}
		}
	}
	return rows
}

// checkKeys judges that each primary key is a row's own, and that each foreign key names a row.
func checkKeys(t *testing.T, d described, tables map[string][]cells) {
	t.Helper()
	for _, r := range d.Resources {
		if all := keys(tables[r.Name], r.Schema.PrimaryKey); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(tables[r.Name]) {
			t.Errorf("%s: of %d rows some have the same %v", r.Name, len(tables[r.Name]), r.Schema.PrimaryKey)
		}
		for _, f := range r.Schema.ForeignKeys {
			there := keys(tables[f.Reference.Resource], f.Reference.Fields)
			for _, key := range keys(tables[r.Name], f.Fields) {
				if !slices.Contains(there, key) {
					t.Fatalf("%s: %v %s is in no row of %s", r.Name, f.Fields, key, f.Reference.Resource)
				}
			}
		}
	}
}

// keys are the values of some columns, of the rows that have them.
func keys(rows []cells, columns []string) (all []string) {
	for _, row := range rows {
		var key []string
		for _, c := range columns {
			if row[c] != nil {
				key = append(key, fmt.Sprintf("%q", row[c]))
			}
		}
		if len(key) == len(columns) {
			all = append(all, strings.Join(key, " "))
		}
	}
	return all
}

// checkTotals judges that the standings are those of the ranking.
func checkTotals(t *testing.T, ranking string, rows []cells) {
	t.Helper()
	var answer struct {
		Standings []struct{ Unit, Total string }
	}
	if err := json.Unmarshal([]byte(ranking), &answer); err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for _, s := range answer.Standings {
		n, _ := new(big.Rat).SetString(s.Total)
		want[s.Unit] = n.FloatString(6)
	}
	for _, row := range rows {
		got[row["unit"].(string)] = row["total"].(string)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != 7 {
		t.Errorf("totals (-ranking +Parquet):\n%s", diff)
	}
}
