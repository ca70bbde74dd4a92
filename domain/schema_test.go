package domain_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

var update = flag.Bool("update", false, "write the schemas of types that have none yet")

// patterns are the forms of the texts that have one (spec "events", Envelope; spec "bundle", ids and dates; spec "scoring", Numbers).
var patterns = map[reflect.Type]string{
	reflect.TypeFor[domain.Decimal](): `^[0-9]+(\.[0-9]{1,6})?$`,
	reflect.TypeFor[domain.Whole]():   `^[0-9]{1,15}$`,
	reflect.TypeFor[domain.Date]():    `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	reflect.TypeFor[domain.Instant](): `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$`,
}

// digestPattern is that of a disclosable text's salted digest: SHA-256 in base64url.
const digestPattern = `^[A-Za-z0-9_-]{43}$`

type schema = map[string]any

// schemaOf describes the data of an event type, by JSON Schema 2020-12.
func schemaOf(k domain.Kind) schema {
	s := describe(reflect.TypeOf(k.New()).Elem())
	s["$schema"], s["$id"], s["title"] = "https://json-schema.org/draft/2020-12/schema", k.Schema(), k.Words
	return s
}

func describe(t reflect.Type) schema {
	if pattern, ok := patterns[t]; ok {
		return schema{"type": "string", "pattern": pattern}
	}
	if t == reflect.TypeFor[domain.Disclosable]() {
		return object(schema{"sd": schema{"type": "string", "pattern": digestPattern}}, []string{"sd"})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Slice:
		return schema{"type": "array", "items": describe(t.Elem())}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Struct:
		properties := schema{}
		return object(properties, fields(t, properties))
	case reflect.Int, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	default:
		panic(fmt.Sprintf("an event has a %s, which the contract does not know", t))
	}
}

func object(properties schema, required []string) schema {
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = required
	}
	return s
}

// fields describes a struct's fields, those of embedded ones among them, and returns the names of those that are always there.
func fields(t reflect.Type, properties schema) (required []string) {
	for f := range t.Fields() {
		name, options, tagged := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			required = append(required, fields(f.Type, properties)...)
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("%s.%s has no name in JSON", t, f.Name))
		}
		properties[name] = describe(f.Type)
		if !tagged || options != "omitempty" {
			required = append(required, name)
		}
	}
	return required
}

// A released type never changes: its schema is the one that was written when it was released, and is never taken away. With -update the
// schema of a new type is written; that of a released one has to be changed by hand, which nobody must.
func TestReleasedSchemas(t *testing.T) {
	files := map[string]bool{}
	for _, k := range domain.Catalogue() {
		name := filepath.Join("schema", fmt.Sprintf("%s.v%d.json", k.Words, k.Version))
		files[name] = true
		got, err := json.MarshalIndent(schemaOf(k), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if os.IsNotExist(err) && *update {
			want, err = append(got, '\n'), os.WriteFile(name, append(got, '\n'), 0o644)
		}
		if err != nil {
			t.Errorf("the type %s has no schema: %v; go test -update writes that of a new type", k.Type(), err)
			continue
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("the released type %s has changed; make a new version (-released +got):\n%s", k.Type(), diff)
		}
	}
	found, err := filepath.Glob("schema/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if !files[name] {
			t.Errorf("%s is of no type in the catalogue; released types stay", name)
		}
	}
}

// What the year's commands put on the log is of the form that the released schemas promise.
func TestYearIsOfItsSchemas(t *testing.T) {
	for _, c := range changes(t, year()) {
		data, err := jsonv2.Marshal(c.Event)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		var want schema
		file, err := os.ReadFile(filepath.Join("schema", c.Event.Words()+".v1.json"))
		if err == nil {
			err = json.Unmarshal(file, &want)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults(want, value, c.Event.Words()) {
			t.Error(fault)
		}
	}
}

// faults lists where a value is not of a schema, for the words of JSON Schema that the released ones use.
func faults(s schema, value any, path string) (found []string) {
	switch v := value.(type) {
	case string:
		if pattern, ok := s["pattern"].(string); s["type"] != "string" || ok && !regexp.MustCompile(pattern).MatchString(v) {
			found = append(found, fmt.Sprintf("%s: %q is not of %v", path, v, s))
		}
	case float64:
		if s["type"] != "integer" {
			found = append(found, fmt.Sprintf("%s: %v is not of %v", path, v, s))
		}
	case []any:
		items, ok := s["items"].(schema)
		if !ok {
			return []string{path + " is no list"}
		}
		for _, item := range v {
			found = append(found, faults(items, item, path+"[]")...)
		}
	case map[string]any:
		return faultsOfObject(s, v, path)
	default:
		found = append(found, fmt.Sprintf("%s: %v is of no type", path, v))
	}
	return found
}

func faultsOfObject(s schema, value map[string]any, path string) (found []string) {
	properties, ok := s["properties"].(schema)
	if !ok {
		return []string{path + " is no object"}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := value[fmt.Sprint(name)]; !ok {
			found = append(found, fmt.Sprintf("%s has no %s", path, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		if p, ok := properties[name].(schema); ok {
			found = append(found, faults(p, value[name], path+"."+name)...)
		} else {
			found = append(found, fmt.Sprintf("%s has %s, which the schema does not know", path, name))
		}
	}
	return found
}
