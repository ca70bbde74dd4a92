package contract_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/contract"
	"thidua/domain"
	"thidua/eventlog/envelope"
)

var update = flag.Bool("update", false, "write the contract anew; what a released type looks like is never changed")

const regenerate = "`make contract` writes it anew"

// released is an example of each released type, by CloudEvents type.
func released(t testing.TB) map[string]domain.Recorded {
	t.Helper()
	content, err := os.ReadFile("../eventlog/envelope/testdata/released.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	examples, codec := map[string]domain.Recorded{}, envelope.New()
	for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
		r, err := codec.Decode(bytes.Clone(scanner.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		examples[r.Type] = r
	}
	return examples
}

// The contract is what the program does, and a released type is never changed: its schema, but for what it says in words, is the one that was
// written when it was released, and is never taken away.
func TestContractIsCurrent(t *testing.T) {
	d, codec, examples := &describer{comments: readComments(t)}, envelope.New(), released(t)
	var channels []channel
	known := map[string]bool{}
	for _, k := range domain.Catalogue() {
		example, ok := examples[k.Type()]
		if !ok {
			t.Errorf("%s has no example; "+regenerate, k.Type())
			continue
		}
		streams, name := streamsOf(t, codec, example), contract.FileName(k)
		known[name] = true
		content := document(t, d.event(k, streams))
		if keeps(t, k, name, content) {
			current(t, name, content)
		}
		channels = append(channels, channelOf(k, streams, example))
	}
	current(t, "asyncapi.json", document(t, asyncAPI(t, channels)))
	if len(d.silent) > 0 {
		t.Errorf("fields that say nothing of themselves: give each a comment in its Go struct: %s", strings.Join(d.silent, ", "))
	}
	found, err := filepath.Glob("schema/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if !known[filepath.ToSlash(name)] {
			t.Errorf("%s is of no type in the catalogue; released types stay", name)
		}
	}
}

// keeps checks that a schema means what the released one means, where there is one.
func keeps(t *testing.T, k domain.Kind, name string, content []byte) bool {
	t.Helper()
	was, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return true // current says so
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := changed(t, was, content); diff != "" {
		t.Errorf("the released type %s has changed; leave it as it is and make a new version (-released +now):\n%s", k.Type(), diff)
		return false
	}
	return true
}

// current checks, or with -update sees to it, that a file has a content.
func current(t *testing.T, name string, content []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(name)
	if err != nil {
		t.Errorf("%v; "+regenerate, err)
		return
	}
	if diff := cmp.Diff(string(was), string(content)); diff != "" {
		t.Errorf("contract/%s is not current; "+regenerate+" (-have +want):\n%s", name, diff)
	}
}

func document(t testing.TB, value any) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// changed tells where two schemas mean different things. The contract is closed, so every difference matters to somebody: a member that is taken away to
// who reads it, one that is added to who validates, a form that is wider to who relies on it.
func changed(t testing.TB, was, now []byte) string {
	t.Helper()
	var values [2]any
	for i, content := range [][]byte{was, now} {
		if err := json.Unmarshal(content, &values[i]); err != nil {
			t.Fatal(err)
		}
		values[i] = meaning(values[i])
	}
	return cmp.Diff(values[0], values[1])
}

// meaning is a schema without what it says in words.
func meaning(s any) any {
	switch s := s.(type) {
	case []any:
		kept := make([]any, len(s))
		for i := range s {
			kept[i] = meaning(s[i])
		}
		return kept
	case schema:
		kept := schema{}
		for word, value := range s {
			if properties, ok := value.(schema); ok && word == "properties" {
				named := schema{}
				for name, p := range properties {
					named[name] = meaning(p)
				}
				kept[word] = named
			} else if !slices.Contains([]string{"title", "description", "examples", "$comment"}, word) {
				kept[word] = meaning(value)
			}
		}
		return kept
	}
	return s
}

// Whatever is done to a released type is found, and what is said of it in words is not.
func TestChangesOfATypeAreFound(t *testing.T) {
	t.Parallel()
	d := &describer{comments: readComments(t)}
	describe := func(change func(fields []reflect.StructField) []reflect.StructField) []byte {
		var fields []reflect.StructField
		for f := range reflect.TypeFor[domain.IndicatorReported]().Fields() {
			fields = append(fields, f)
		}
		return document(t, d.describe(reflect.StructOf(change(fields))))
	}
	same := func(fields []reflect.StructField) []reflect.StructField { return fields }
	field := func(fields []reflect.StructField, name string) *reflect.StructField {
		return &fields[slices.IndexFunc(fields, func(f reflect.StructField) bool { return f.Name == name })]
	}
	was := describe(same)
	tests := map[string]func([]reflect.StructField) []reflect.StructField{
		"another name": func(f []reflect.StructField) []reflect.StructField { field(f, "Value").Tag = `json:"amount"`; return f },
		"another type": func(f []reflect.StructField) []reflect.StructField {
			field(f, "Value").Type = reflect.TypeFor[int]()
			return f
		},
		"a narrower form": func(f []reflect.StructField) []reflect.StructField {
			field(f, "Value").Type = reflect.TypeFor[domain.Whole]()
			return f
		},
		"a wider form": func(f []reflect.StructField) []reflect.StructField {
			field(f, "Value").Type = reflect.TypeFor[string]()
			return f
		},
		"no longer always there": func(f []reflect.StructField) []reflect.StructField {
			field(f, "Value").Tag = `json:"value,omitempty"`
			return f
		},
		"always there from now on": func(f []reflect.StructField) []reflect.StructField { field(f, "Note").Tag = `json:"note"`; return f },
		"an optional one removed": func(f []reflect.StructField) []reflect.StructField {
			return slices.DeleteFunc(f, func(f reflect.StructField) bool { return f.Name == "Note" })
		},
		"one added": func(f []reflect.StructField) []reflect.StructField {
			return append(f, reflect.StructField{Name: "Added", Type: reflect.TypeFor[string](), Tag: `json:"added,omitempty"`})
		},
	}
	for name, change := range tests {
		if changed(t, was, describe(change)) == "" {
			t.Errorf("%s: the change is not found", name)
		}
	}
	if diff := changed(t, was, bytes.ReplaceAll(was, []byte(`"description": "`), []byte(`"description": "Now: `))); diff != "" {
		t.Errorf("other words are taken for a change of the type:\n%s", diff)
	}
}

// The changelog of the contract has every type.
func TestChangelogHasEveryType(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range domain.Catalogue() {
		if short := strings.TrimPrefix(k.Type(), domain.TypePrefix); !bytes.Contains(content, []byte("`"+short+"`")) {
			t.Errorf("contract/CHANGELOG.md does not say when %s was added", short)
		}
	}
}
