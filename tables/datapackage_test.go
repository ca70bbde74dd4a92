package tables_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"thidua/tables"
)

// official is the schema of a Data Package as its authors publish it.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open("testdata/datapackage-2.0.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(engine)
	if err := compiler.AddResource("datapackage.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("datapackage.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// lookAhead is a pattern of the schema that Go's expressions can't have: a path that stays where it is, or an address.
const lookAhead = `^((?=[^./~])(?!file:)((?!\/\.\.\/)(?!\\)(?!:\/\/).)*|(http|ftp)s?:\/\/.*)$`

type plainPath struct{}

func (plainPath) String() string { return lookAhead }

func (plainPath) MatchString(s string) bool {
	if regexp.MustCompile(`^(http|ftp)s?://`).MatchString(s) {
		return true
	}
	return s != "" && !strings.ContainsAny(s[:1], "./~") && !strings.HasPrefix(s, "file:") &&
		!strings.Contains(s, "/../") && !strings.ContainsAny(s, "\\\n") && !strings.Contains(s, "://")
}

func engine(pattern string) (jsonschema.Regexp, error) {
	if pattern == lookAhead {
		return plainPath{}, nil
	}
	return regexp.Compile(pattern)
}

// descriptor reads the datapackage.json of an export.
func descriptor(t *testing.T, out string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(out, "datapackage.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDataPackage(t *testing.T) {
	db, schema := filled(t), official(t)
	for _, w := range []tables.Wish{
		{Format: tables.Parquet}, {Format: tables.NDJSON}, {Format: tables.CSV}, {Format: tables.CSV, Dialect: tables.Vietnamese},
	} {
		out := filepath.Join(t.TempDir(), "out")
		export(t, db, out, w)
		d := descriptor(t, out)
		if err := schema.Validate(d); err != nil {
			t.Errorf("%s %s: %v", w.Format, w.Dialect, err)
		}
		d["resources"].([]any)[0].(map[string]any)["schema"].(map[string]any)["fields"].([]any)[0].(map[string]any)["type"] = "decimal"
		if schema.Validate(d) == nil {
			t.Errorf("%s %s: the schema takes anything", w.Format, w.Dialect)
		}
	}
}

// What a column is and what its words are comes from the view; keys only name tables that are in the package.
func TestDescribed(t *testing.T) {
	db, dir := filled(t), t.TempDir()
	out := filepath.Join(dir, "out")
	m := export(t, db, out, tables.Wish{Format: tables.CSV, Dialect: tables.Vietnamese})
	fact := descriptor(t, out)["resources"].([]any)[0].(map[string]any)
	want := map[string]any{
		"$schema": "https://datapackage.org/profiles/2.0/dataresource.json", "type": "table", "name": "fact_v1", "description": "What was counted.",
		"path": []any{"fact_v1/part-000000000007-001.csv"}, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
		"bytes": float64(m.Tables[0].Files[0].Bytes), "hash": "sha256:" + m.Tables[0].Files[0].SHA256,
		"dialect": map[string]any{
			"$schema": "https://datapackage.org/profiles/2.0/tabledialect.json", "header": true, "delimiter": ";", "lineTerminator": "\r\n", "quoteChar": `"`, "doubleQuote": true,
		},
		"schema": map[string]any{
			"$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "missingValues": []any{""}, "primaryKey": []any{"position"},
			"foreignKeys": []any{map[string]any{"fields": []any{"unit"}, "reference": map[string]any{"resource": "dim_v1", "fields": []any{"unit"}}}},
			"fields": []any{
				map[string]any{"name": "position", "type": "integer", "constraints": map[string]any{"required": true}},
				map[string]any{"name": "season", "type": "string"},
				map[string]any{"name": "unit", "type": "string"},
				map[string]any{"name": "amount", "type": "number", "decimalChar": ",", "description": "How much, in đồng."},
				map[string]any{"name": "wide", "type": "number", "decimalChar": ","},
				map[string]any{"name": "counted", "type": "boolean"},
				map[string]any{"name": "day", "type": "date", "format": "%d/%m/%Y"},
				map[string]any{"name": "at", "type": "datetime", "format": "%d/%m/%Y %H:%M:%S"},
			},
		},
	}
	if diff := cmp.Diff(want, fact); diff != "" {
		t.Errorf("resource (-want +got):\n%s", diff)
	}
	alone := filepath.Join(dir, "alone")
	export(t, db, alone, tables.Wish{Format: tables.NDJSON, Tables: []string{"fact_v1"}})
	resources := descriptor(t, alone)["resources"].([]any)
	if len(resources) != 1 || resources[0].(map[string]any)["schema"].(map[string]any)["foreignKeys"] != nil {
		t.Errorf("a table alone has %v", resources)
	}
}
