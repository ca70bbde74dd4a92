package contract_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"thidua/bundle"
	"thidua/contract"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// asyncAPISchema is the JSON Schema of AsyncAPI 3.0.0 documents, as it is published.
func asyncAPISchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open("testdata/asyncapi-3.0.0.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t, "http://asyncapi.com/definitions/3.0.0/asyncapi.json", value)
}

// compiled compiles a schema, as an outsider would who has nothing but the file: formats are asserted.
func compiled(t testing.TB, id string, value any) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(id, value); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outsider has the schemas as they lie in the folder, by CloudEvents type.
func outsider(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	schemas := map[string]*jsonschema.Schema{}
	for _, k := range domain.Catalogue() {
		content, err := os.ReadFile(contract.FileName(k))
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		schemas[k.Type()] = compiled(t, contract.ID(k), value)
	}
	return schemas
}

// judge holds a payload against the public library of CloudEvents and the schema of its type.
func judge(schemas map[string]*jsonschema.Schema, payload []byte) error {
	event := cloudevents.NewEvent()
	if err := event.UnmarshalJSON(payload); err != nil {
		return fmt.Errorf("no CloudEvent: %w", err)
	}
	if err := event.Validate(); err != nil {
		return fmt.Errorf("no valid CloudEvent: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return err
	}
	s, ok := schemas[event.Type()]
	if !ok {
		return fmt.Errorf("no schema of %s", event.Type())
	}
	return s.Validate(value)
}

// Whatever the example season puts on the log, as the broker gives it to anybody, is a CloudEvents 1.0 structured event of its schema.
func TestStoredPayloadsAreOfTheContract(t *testing.T) {
	t.Parallel()
	schemas, mine := outsider(t), opened(t)
	stored := exampleMessages(t)
	types := map[string]bool{}
	for _, m := range stored {
		if err := judge(schemas, m.Data()); err != nil {
			t.Fatalf("%s: %v\n%s", m.Subject(), err, m.Data())
		}
		if f := mine.Check(m.Data()); f != nil {
			t.Fatalf("%s: %s %s\n%s", m.Subject(), f.Pointer, f.Text.EN, m.Data())
		}
		types[m.Subject()[strings.LastIndex(m.Subject(), ".")+1:]] = true
	}
	if len(types) < 19 {
		t.Errorf("events of only %d types were judged", len(types))
	}
}

// The released example of every type is of the contract too, also of those that the example season does not have.
func TestReleasedExamplesAreOfTheContract(t *testing.T) {
	t.Parallel()
	schemas, mine := outsider(t), opened(t)
	for name, r := range released(t) {
		if err := judge(schemas, r.Payload); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff((*contract.Fault)(nil), mine.Check(r.Payload)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func opened(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exampleMessages takes the example season in and reads the stream with the broker's public client.
func exampleMessages(t testing.TB) (messages []jetstream.Msg) {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	season, err := bundle.Open(t.Context(), "../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = season.Close() }()
	result, err := season.Import(t.Context(), log, bundle.Options{Now: time.Now, Actor: "system:import"})
	if err != nil || len(result.Errors) > 0 {
		t.Fatalf("%v %v", err, result.Errors)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.OrderedConsumer(t.Context(), eventlog.StreamName, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for len(messages) < int(result.Position) {
		m, err := consumer.Next()
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	return messages
}
