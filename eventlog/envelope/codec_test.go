package envelope_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// The envelope of spec "events", to the letter.
func TestEnvelope(t *testing.T) {
	r := exampleOf(domain.Change{
		Stream: domain.ReportStream(season, unit, "2019-Q1"), Time: instant("2019-04-05T17:30:00+07:00"),
		Event: &domain.IndicatorReported{Criterion: "A1", Value: "12.50", By: personRef, Note: sealed("n")},
	})
	r.CorrelationID, r.TraceParent = "", ""
	payload, err := envelope.New().Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"specversion": "1.0", "id": r.CommandID + ".1", "source": "thidua.example.vn/log", "type": "vn.thidua.indicator.reported.v1",
		"subject": "report/northern-border-2019/cao-bang/2019-Q1", "time": "2019-04-05T17:30:00+07:00", "recordedtime": "2019-12-07T01:02:03.045Z",
		"datacontenttype": "application/json", "dataschema": "urn:thidua:schema:indicator.reported:1", "actor": personRef,
		"commandid": r.CommandID, "commanddigest": r.CommandDigest, "streamversion": 3.0, "seasonversion": 41.0,
		"data": map[string]any{"criterion": "A1", "value": "12.50", "by": personRef, "note": map[string]any{"sd": sealed("n").Digest}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("envelope (-want +got):\n%s", diff)
	}
	canonical := jsontext.Value(bytes.Clone(payload))
	if err := canonical.Canonicalize(); err != nil || !bytes.Equal(canonical, payload) {
		t.Errorf("the payload is not canonical (%v):\n%s\n%s", err, payload, canonical)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	var example string
	for _, line := range readExamples(t) {
		if bytes.Contains(line, []byte("vn.thidua.indicator.reported.v1")) {
			example = string(line)
		}
	}
	codec := envelope.New()
	for _, test := range damages(example) {
		t.Run(test.name, func(t *testing.T) {
			payload := strings.Replace(example, test.old, test.replacement, 1)
			if payload == example {
				t.Fatalf("%q is not in the example", test.old)
			}
			if _, err := codec.Decode([]byte(payload)); !errors.Is(err, domain.ErrCorrupt) {
				t.Errorf("got %v, want an error of kind ErrCorrupt", err)
			}
		})
	}
}

// damage puts something else in the place of a part of an event.
type damage struct{ name, old, replacement string }

// damages of an example after which it is no event any more.
func damages(example string) []damage {
	return []damage{
		{"an attribute twice", `"datacontenttype"`, `"data":{},"datacontenttype"`},
		{"an attribute nobody knows", `,"id":`, `,"extra":"x","id":`},
		{"an attribute missing", `,"specversion":"1.0"`, ``},
		{"an attribute in capitals", `"specversion"`, `"SpecVersion"`},
		{"an empty attribute", `"correlationid":"import-2019"`, `"correlationid":""`},
		{"another specversion", `"specversion":"1.0"`, `"specversion":"1.1"`},
		{"another content type", `application/json`, `text/json`},
		{"another schema", `indicator.reported:1`, `indicator.reported:2`},
		{"a schema of another type", `schema:indicator.reported`, `schema:indicator.verified`},
		{"a version with a zero before it", `"streamversion":3`, `"streamversion":03`},
		{"a version zero", `"streamversion":3`, `"streamversion":0`},
		{"a version with a point", `"streamversion":3`, `"streamversion":3.0`},
		{"a version that no double holds", `"streamversion":3`, `"streamversion":9007199254740993`},
		{"a season without its version", `,"seasonversion":41`, ``},
		{"an escape that need not be", `"import-2019"`, `"import\u002d2019"`},
		{"a slash escaped", `thidua.example.vn/log`, `thidua.example.vn\/log`},
		{"a member twice", `"criterion":"A1"`, `"criterion":"A1","criterion":"A1"`},
		{"a member in capitals", `"criterion"`, `"Criterion"`},
		{"a member nobody knows", `"criterion":"A1"`, `"criterion":"A1","criteriom":"x"`},
		{"a member missing", `"criterion":"A1",`, ``},
		{"an empty member that is left out", `"denominator":"17"`, `"denominator":""`},
		{"null for what is left out", `"note":{"sd":"` + sealed("n").Digest + `"}`, `"note":null`},
		{"null for what must be there", `"name":{"sd":"` + sealed("n").Digest + `"}`, `"name":null`},
		{"a number for a text", `"value":"12.50"`, `"value":12.50`},
		{"a size as a power", `"size":20480`, `"size":2.048e4`},
		{"a space", `{"actor"`, `{ "actor"`},
		{"something behind it", `.v1"}`, `.v1"} `},
		{"a recordedtime of two digits", `03.045Z`, `03.04Z`},
		{"a recordedtime with a comma", `03.045Z`, `03,045Z`},
		{"a recordedtime elsewhere", `03.045Z`, `03.045+00:00`},
		{"a time that is none", `"time":"2019-04-05T`, `"time":"2019-04-31T`},
		{"an id of another command", `"id":"6f96`, `"id":"7f96`},
		{"an id without a number", `fc964ff.1"`, `fc964ff.01"`},
		{"a stream of another aggregate", `"subject":"report/`, `"subject":"pledge/`},
		{"a stream without its key", `/2019-Q1"`, `/_"`},
		{"a stream with a point", `/cao-bang/`, `/cao.bang/`},
		{"an actor that is a name", `"actor":"` + personRef, `"actor":"Lan`},
		{"a text that is not NFC", `"import-2019"`, "\"e\u0301\""},
		{"a text that is not UTF-8", `"import-2019"`, "\"\xff\""},
		{"a lone surrogate", `"import-2019"`, `"\ud800"`},
		{"a control character", `"import-2019"`, "\"\x01\""},
		{"nothing", example, ``},
		{"half", example[len(example)/2:], ``},
	}
}

// A text that must be there is not written as null, however it came to be left out; one that says null is written as any other.
func TestEncodeWritesNoNull(t *testing.T) {
	codec, stream := envelope.New(), domain.ConductStream(season, unit)
	lifted := exampleOf(domain.Change{Stream: stream, Event: &domain.HoldLifted{Hold: "hold-1", By: personRef}})
	if _, err := codec.Encode(lifted); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Encode gave %v, want an error of kind ErrInvalid", err)
	}
	if _, err := codec.Draft(lifted, nil); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("Draft gave %v, want an error of kind ErrInvalid", err)
	}
	quoted := exampleOf(domain.Change{Stream: stream, Event: &domain.HoldLifted{Hold: `a":null,"b`, By: personRef, Reason: sealed("r")}})
	payload, err := codec.Encode(quoted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codec.Decode(payload); err != nil {
		t.Error(err)
	}
}

func TestDecodeUnknownType(t *testing.T) {
	examples := readExamples(t)
	example := examples[slices.IndexFunc(examples, func(line []byte) bool { return bytes.Contains(line, []byte("award.granted.v1")) })]
	codec := envelope.New()
	later := bytes.ReplaceAll(example, []byte("award.granted"), []byte("award.annulled"))
	r, err := codec.Decode(later)
	if !errors.Is(err, domain.ErrUnknownEvent) || r.Event != nil || r.CommandID == "" || r.StreamVersion != 3 || !bytes.Equal(r.Payload, later) {
		t.Errorf("got %+v and %v, want the envelope and an error of kind ErrUnknownEvent", r, err)
	}
	for name, payload := range map[string][]byte{
		"data that is not canonical": bytes.Replace(later, []byte(`"data":{`), []byte(`"data":{ `), 1),
		"another schema":             bytes.Replace(later, []byte("award.annulled:1"), []byte("award.annulled:2"), 1),
		"a type of another form":     bytes.Replace(later, []byte("award.annulled.v1"), []byte("award.annulled.vI"), 1),
	} {
		if _, err := codec.Decode(payload); !errors.Is(err, domain.ErrCorrupt) || errors.Is(err, domain.ErrUnknownEvent) {
			t.Errorf("%s: got %v, want an error of kind ErrCorrupt", name, err)
		}
	}
}

// Whatever decodes is canonical, and is written again as the same bytes.
func FuzzDecode(f *testing.F) {
	for _, example := range readExamples(f) {
		f.Add(example)
		f.Add(bytes.Replace(example, []byte(".v1"), []byte(".v2"), 1))
	}
	codec := envelope.New()
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := codec.Decode(payload)
		if err != nil && !errors.Is(err, domain.ErrUnknownEvent) {
			return
		}
		canonical := jsontext.Value(bytes.Clone(payload))
		if err := canonical.Canonicalize(); err != nil || !bytes.Equal(canonical, payload) {
			t.Errorf("it decodes and is not canonical (%v): %q", err, payload)
		}
		if err != nil {
			return
		}
		again, err := codec.Encode(r)
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("it is written again (%v) as\n%q, and was\n%q", err, again, payload)
		}
	})
}
