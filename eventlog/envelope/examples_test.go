package envelope_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

var update = flag.Bool("update", false, "add examples of released types that have none yet; those that are there are never written again")

const season = "northern-border-2019"

var personRef = "p-" + strings.Repeat("0123456789abcdef", 2)

const examplesFile = "testdata/released.jsonl"

// readExamples returns the released events, a line each.
func readExamples(t testing.TB) [][]byte {
	t.Helper()
	content, err := os.ReadFile(examplesFile)
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	for scanner := bufio.NewScanner(bytes.NewReader(content)); scanner.Scan(); {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	return lines
}

// Every event that was ever released decodes for ever, and is written again as the same bytes.
func TestReleasedExamples(t *testing.T) {
	if *update {
		addExamples(t)
	}
	codec := envelope.New()
	var have []string
	for _, line := range readExamples(t) {
		r, err := codec.Decode(line)
		if err != nil {
			t.Errorf("%.80s…: %v", line, err)
			continue
		}
		again, err := codec.Encode(r)
		if err != nil {
			t.Errorf("%s: %v", r.Type, err)
		}
		if diff := cmp.Diff(string(line), string(again)); diff != "" {
			t.Errorf("%s is not written as it was read (-want +got):\n%s", r.Type, diff)
		}
		have = append(have, r.Type)
	}
	var want []string
	for _, k := range domain.Catalogue() {
		want = append(want, k.Type())
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the examples are not one of each released type (-want +got):\n%s", diff)
	}
}

// addExamples writes examples of the types that have none.
func addExamples(t *testing.T) {
	codec := envelope.New()
	content, err := os.ReadFile(examplesFile)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, change := range exampleChanges() {
		if bytes.Contains(content, []byte(`"type":"`+domain.TypePrefix+change.Event.Words()+`.v1"`)) {
			continue
		}
		payload, err := codec.Encode(exampleOf(change))
		if err != nil {
			t.Fatal(err)
		}
		content = append(append(content, payload...), '\n')
	}
	if err := os.WriteFile(examplesFile, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// exampleOf puts a change on an imagined log.
func exampleOf(change domain.Change) domain.Recorded {
	command := "6f9619ff-8b86-8d01-b42d-00cf4fc964ff"
	r := domain.Recorded{
		Change: change, ID: command + ".1", Source: "thidua.example.vn/log", Actor: personRef,
		RecordedTime: time.Date(2019, 12, 7, 1, 2, 3, 45e6, time.UTC),
		CommandID:    command, CommandDigest: domain.Digest(change.Event.Words()),
		CorrelationID: "import-2019", TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		StreamVersion: 3,
	}
	if change.Stream.Season != "" {
		r.SeasonVersion = 41
	}
	if change.Event.Words() == "award.granted" {
		r.CausationID, r.Actor = "0b5c1a52-6f0e-8a3e-9c55-1b9f1d8a7a10.2", "system:import"
	}
	return r
}

// sealed is a disclosable text's place in an event.
func sealed(text string) *domain.Disclosable {
	return &domain.Disclosable{Digest: strings.Repeat("A", 42) + text[:1]}
}

func instant(text string) domain.Instant {
	i, err := domain.ParseInstant(text)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", text, err))
	}
	return i
}

// BenchmarkDecode reads one example of each type again and again.
func BenchmarkDecode(b *testing.B) {
	codec := envelope.New()
	for _, example := range readExamples(b) {
		r, err := codec.Decode(example)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(r.Event.Words(), func(b *testing.B) {
			b.SetBytes(int64(len(example)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := codec.Decode(example); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
