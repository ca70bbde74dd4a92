package contract_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"thidua/contract"
	"thidua/domain"
	"thidua/eventlog/envelope"
)

// The schemas are as closed as the codec that writes the log: of an event from which something is taken away, to which something is added, or in which
// something is of another type, both say the same.
func TestSchemasAreAsClosedAsTheCodec(t *testing.T) {
	t.Parallel()
	schemas, codec := outsider(t), envelope.New()
	judged := 0
	for name, r := range released(t) {
		for what, payload := range variants(t, r.Payload) {
			_, err := codec.Decode(payload)
			if errors.Is(err, domain.ErrUnknownEvent) {
				continue // its type was changed: nothing is promised of it
			}
			var value any
			if err := json.Unmarshal(payload, &value); err != nil {
				t.Fatal(err)
			}
			if got := schemas[name].Validate(value); (got == nil) != (err == nil) {
				t.Errorf("%s, %s: the schema says %v, the codec %v", name, what, got, err)
			}
			judged++
		}
	}
	if judged < 32*50 {
		t.Errorf("only %d variants were judged", judged)
	}
}

// variants are events that differ from one in one member, in canonical bytes, by what was done.
func variants(t testing.TB, payload []byte) map[string]jsontext.Value {
	t.Helper()
	found := map[string]jsontext.Value{}
	var whole map[string]any
	add := func(what string) {
		content, err := json.Marshal(whole)
		value := jsontext.Value(content)
		if err == nil {
			err = value.Canonicalize()
		}
		if err != nil {
			t.Fatal(err)
		}
		found[what] = value
	}
	if err := json.Unmarshal(payload, &whole); err != nil {
		t.Fatal(err)
	}
	var vary func(at string, members map[string]any)
	vary = func(at string, members map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(members)) {
			was, path := members[name], at+"/"+name
			delete(members, name)
			add(path + " taken away")
			for other, value := range map[string]any{"null": nil, "a truth": true, "a list of a list": []any{[]any{}}, "an object": map[string]any{"x": "y"}} {
				members[name] = value
				add(path + " is " + other)
			}
			members[name] = was
			switch inner := was.(type) {
			case map[string]any:
				vary(path, inner)
			case []any:
				if first, ok := inner[0].(map[string]any); ok {
					vary(path+"/0", first)
				}
			}
		}
		members["unknown"] = "x"
		add(at + "/unknown added")
		delete(members, "unknown")
	}
	vary("", whole)
	return found
}

// The forms of the attributes are those of the codec.
func TestAttributesAreOfTheCodecsForms(t *testing.T) {
	t.Parallel()
	schemas, codec, name := outsider(t), envelope.New(), "vn.thidua.indicator.reported.v1"
	var event map[string]any
	if err := json.Unmarshal(released(t)[name].Payload, &event); err != nil {
		t.Fatal(err)
	}
	for attribute, values := range map[string][]any{
		"specversion": {"1.1", "1"}, "datacontenttype": {"text/json"}, "dataschema": {"urn:thidua:schema:indicator.reported:2"},
		"actor":         {"Lan", "p-0123", "system:", "system:x", "system:a b", "p-0123456789ABCDEF0123456789abcdef"},
		"commanddigest": {"00", "4D51a9710282c6a6e9fd89280f6a953f5c4fe7e12a96b7317352c5cb9caf137a"},
		"commandid":     {"6F9619FF-8b86-8d01-b42d-00cf4fc964ff", "6f9619ff8b868d01b42d00cf4fc964ff"},
		"id":            {"6f9619ff-8b86-8d01-b42d-00cf4fc964ff", "6f9619ff-8b86-8d01-b42d-00cf4fc964ff.0", "6f9619ff-8b86-8d01-b42d-00cf4fc964ff.01", "6f9619ff-8b86-8d01-b42d-00cf4fc964ff.12"},
		"recordedtime":  {"2019-12-07T01:02:03Z", "2019-12-07T01:02:03.04Z", "2019-12-07T01:02:03.045+00:00", "2019-13-07T01:02:03.045Z"},
		"time":          {"2019-04-31T00:00:00Z", "2019-04-05", "2019-04-05T17:30:00.1234567+07:00", "2019-04-05T17:30:00+07:00", "2019-04-05T17:30:00Z"},
		"source":        {"", "a b", "đ", "x"}, "correlationid": {"", "a b", "x"}, "causationid": {"", "x"}, "traceparent": {"", "x"},
		"streamversion": {0, 1, -1, 1.5, 1 << 53, 1<<53 - 1, "1"}, "seasonversion": {0, 1, 1 << 53},
		"subject": {"report/s/u/k", "report/s/u/_", "report/_/u/k", "pledge/s/u/_", "report/s/u", "report/s/u.v/k", "report/s/u/k/l", "report//u/k", "invented/s/u/k"},
	} {
		was, had := event[attribute]
		for _, value := range values {
			event[attribute] = value
			content, err := json.Marshal(event)
			payload := jsontext.Value(content)
			if err == nil {
				err = payload.Canonicalize()
			}
			if err != nil {
				t.Fatal(err)
			}
			_, codecSays := codec.Decode(payload)
			var decoded any
			if err := json.Unmarshal(payload, &decoded); err != nil {
				t.Fatal(err)
			}
			if schemaSays := schemas[name].Validate(decoded); (schemaSays == nil) != (codecSays == nil) {
				t.Errorf("%s %v: the schema says %v, the codec %v", attribute, value, schemaSays, codecSays)
			}
		}
		if event[attribute] = was; !had {
			delete(event, attribute)
		}
	}
}

// The first fault is named by its place, in both languages.
func TestCheckNamesThePlace(t *testing.T) {
	t.Parallel()
	mine, example := opened(t), string(released(t)["vn.thidua.indicator.reported.v1"].Payload)
	replace := func(old, with string) string {
		if !strings.Contains(example, old) {
			t.Fatalf("%q is not in the example", old)
		}
		return strings.Replace(example, old, with, 1)
	}
	tests := []struct{ event, pointer, en, vi string }{
		{replace(`"specversion":"1.0"`, `"specversion":"1.1"`), "/specversion", "it is “1.1”, and must be “1.0”", "là “1.1”, phải là “1.0”"},
		{replace(`"criterion":"A1",`, ``), "/data", `"criterion" is missing`, `thiếu "criterion"`},
		{replace(`"criterion":"A1",`, `"a/b~c":1,"criterion":"A1",`), "/data/a~1b~0c", "the contract has no such member", "hợp đồng không có thuộc tính này"},
		{replace(`"streamversion":3`, `"streamversion":0`), "/streamversion", "it is 0, and must be at least 1", "là 0, ít nhất phải là 1"},
		{replace(`"size":20480`, `"size":"20480"`), "/data/evidence/0/size", "its type is string, and must be integer", "kiểu là string, phải là integer"},
		{
			replace(`reported.v1"`, `reported.v9"`), "/type", `"vn.thidua.indicator.reported.v9" is no event type of the contract; for the list: thidua events schema`,
			`"vn.thidua.indicator.reported.v9" không phải là loại sự kiện có trong hợp đồng; xem danh sách: thidua events schema`,
		},
		{`[]`, "", "it is no JSON object", "không phải là một đối tượng JSON"},
	}
	for _, test := range tests {
		want := &contract.Fault{Pointer: test.pointer, Text: domain.Text{VI: test.vi, EN: test.en}}
		if diff := cmp.Diff(want, mine.Check([]byte(test.event))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.event, diff)
		}
	}
}
