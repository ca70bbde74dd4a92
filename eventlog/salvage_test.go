package eventlog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// notebook is a copy of a log in memory, a page for each position.
type notebook map[domain.Position]eventlog.Entry

// copied takes a copy of a whole log.
func copied(t *testing.T, l *eventlog.Log) notebook {
	t.Helper()
	n := notebook{}
	for _, r := range events(t, l) {
		sum := sha256.Sum256(r.Payload)
		n[r.Position] = eventlog.Entry{Position: r.Position, ID: r.ID, Stream: r.Stream, Payload: r.Payload, SHA256: sum[:]}
	}
	return n
}

func (n notebook) Entries(_ context.Context, from, to domain.Position) (entries []eventlog.Entry, err error) {
	for p := from; p <= to; p++ {
		if e, ok := n[p]; ok {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// forge changes the bytes of a page, and its digest with them.
func (n notebook) forge(p domain.Position, old, replacement string) {
	e := n[p]
	e.Payload = bytes.Replace(e.Payload, []byte(old), []byte(replacement), 1)
	sum := sha256.Sum256(e.Payload)
	e.SHA256 = sum[:]
	n[p] = e
}

// salvage puts a log together and returns its transcript.
func salvage(t *testing.T, nc *nats.Conn, n notebook, more ...func(*eventlog.Salvage)) (eventlog.Findings, []byte, error) {
	t.Helper()
	s, err := eventlog.NewSalvage(t.Context(), nc, config(), n)
	if err != nil {
		t.Fatal(err)
	}
	s.End, s.Reason = max(s.End, domain.Position(len(n))), "a disk failed"
	for _, set := range more {
		set(s)
	}
	var transcript bytes.Buffer
	w := eventlog.NewTranscriptWriter(&transcript)
	found, err := s.Run(t.Context(), w.Write)
	if flushed := w.Flush(); flushed != nil {
		t.Fatal(flushed)
	}
	return found, transcript.Bytes(), err
}

// refilled is a log on a server of its own that was made of a transcript.
func refilled(t *testing.T, found eventlog.Findings, transcript []byte) *eventlog.Log {
	t.Helper()
	server := testenv.NATS(t)
	nc := connect(t, server)
	f := eventlog.Filling{Epoch: "new", Origin: found.Origin, Last: found.Last}
	if err := eventlog.Refill(t.Context(), nc, config(), f, eventlog.NewTranscriptReader(bytes.NewReader(transcript)).Next, nil); err != nil {
		t.Fatal(err)
	}
	if err := eventlog.Compare(t.Context(), nc, config(), eventlog.NewTranscriptReader(bytes.NewReader(transcript)).Next, nil); err != nil {
		t.Fatal(err)
	}
	if err := eventlog.Finish(t.Context(), nc, config()); err != nil {
		t.Fatal(err)
	}
	return openOn(t, server)
}

var quietly = cmpopts.IgnoreFields(eventlog.Findings{}, "Origin", "Disclosures")

// TestMendingAFlippedBit works on a log of 14 units, 1,000 events each, with a flipped bit at position 2,500 in the first of its files; its copy was
// taken before.
func TestMendingAFlippedBit(t *testing.T) {
	dir, n := damagedLog(t)
	for name, test := range map[string]func(*testing.T, *nats.Conn, notebook){
		"from a copy": salvageFromACopy, "with a gap": salvageLeavesAGap, "found by scrubbing": scrubFindsAFlippedBit,
	} {
		t.Run(name, func(t *testing.T) {
			own := t.TempDir()
			if err := os.CopyFS(filepath.Join(own, "nats"), os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			test(t, connect(t, startIn(t, filepath.Join(own, "nats"))), maps.Clone(n))
		})
	}
}

func damagedLog(t *testing.T) (dir string, n notebook) {
	t.Helper()
	dir = t.TempDir()
	server := startIn(t, dir)
	l := openOn(t, server)
	for i := range 14 {
		mustAppend(t, l, manyEvents(fmt.Sprintf("unit-%d", i), 1000, 0))
	}
	n = copied(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	flipBit(t, dir)
	return dir, n
}

// What the stream has lost comes from the copy, what the copy does not have from the stream, and the log is the same one again, byte by byte.
func salvageFromACopy(t *testing.T, nc *nats.Conn, n notebook) {
	want := map[domain.Position]string{}
	for p, e := range n {
		want[p] = string(e.Payload)
	}
	delete(n, 14_000)                  // not copied yet
	n[7] = eventlog.Entry{Position: 7} // damaged
	found, transcript, err := salvage(t, nc, n)
	if err != nil {
		t.Fatal(err)
	}
	wantFound := eventlog.Findings{Last: 14_000, Both: 13_997, FromLog: 2, FromCopy: 1, Unsound: []eventlog.Span{{From: 7, To: 7}}}
	if diff := cmp.Diff(wantFound, found, quietly); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	l := refilled(t, found, transcript)
	got := map[domain.Position]string{}
	for _, r := range events(t, l) {
		got[r.Position] = string(r.Payload)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log is not what it was (-want +got):\n%s", diff)
	}
	if l.Epoch() != "new" {
		t.Errorf("the epoch is %q, want the new one", l.Epoch())
	}
	mustAppend(t, l, expecting(report("unit-0", "1"), 1000))
}

// What nobody has leaves a gap, and all others keep their positions. Its season is read with the gap, can be appended to, and shows as incomplete.
func salvageLeavesAGap(t *testing.T, nc *nats.Conn, n notebook) {
	delete(n, 2500)
	found, transcript, err := salvage(t, nc, n)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]eventlog.Span{{From: 2500, To: 2500}}, found.Lost); diff != "" || len(found.Disclosures) != 1 {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
	l := refilled(t, found, transcript)
	report, err := l.Check(t.Context(), nil)
	if err != nil || report.Gaps != 1 || report.Last != 14_000 {
		t.Errorf("Check gives %+v and %v, want one gap among 14,000 events", report, err)
	}
	world := domain.NewWorld(season, config().Now())
	recorded, err := l.Season(t.Context(), season, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recorded {
		world.Evolve(r)
	}
	if diff := cmp.Diff([]domain.Position{2500}, world.Lost); diff != "" {
		t.Errorf("the season's lost positions (-want +got):\n%s", diff)
	}
	stream := domain.ReportStream(season, "unit-2", "2019-Q1")
	if recorded, err = l.Stream(t.Context(), stream); err != nil || len(recorded) != 1000 {
		t.Errorf("the stream has %d events and %v, want 999 and the gap", len(recorded), err)
	}
	mustAppend(t, l, expecting(domain.Change{Stream: stream, Event: recorded[0].Event}, 1000))
}

// Where those who have an event do not have the same bytes, or not those that somebody vouches for, nothing is made of it.
func TestSalvageRefusesContradictions(t *testing.T) {
	tests := []struct {
		name string
		harm func(notebook) signed
		want string // in the error, "" for none
	}{
		{"nothing", func(n notebook) signed { return signed{3: n[3].Payload} }, ""},
		{"other bytes", func(n notebook) signed { n.forge(3, `"value":"17"`, `"value":"18"`); return nil }, "position 3 differ"},
		{"others were signed", func(notebook) signed { return signed{4: nil, 5: nil} }, "positions 4 to 5 differ"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := testenv.NATS(t)
			l := openOn(t, server)
			mustAppend(t, l, manyEvents("lang-son", 10, 0))
			n := copied(t, l)
			sealed := test.harm(n)
			_, _, err := salvage(t, connect(t, server), n, func(s *eventlog.Salvage) { s.Sealed = sealed })
			if test.want == "" && err != nil {
				t.Errorf("it is refused: %v", err)
			}
			if test.want != "" && (!errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("it gives %v, want an error of kind ErrCorrupt with %q", err, test.want)
			}
		})
	}
}

// A refill that was stopped is no log, and goes on where it was; another stream's place is not taken.
func TestRefillGoesOn(t *testing.T) {
	l := open(t)
	for i := range 3 {
		mustAppend(t, l, manyEvents(fmt.Sprintf("unit-%d", i), 1000, 0))
	}
	var transcript bytes.Buffer
	last, err := l.Transcribe(t.Context(), &transcript, nil)
	if err != nil {
		t.Fatal(err)
	}
	nc := connect(t, testenv.NATS(t))
	f := eventlog.Filling{Epoch: "new", Origin: l.Origin(), Last: last}
	lines := func() func() (eventlog.Line, error) {
		return eventlog.NewTranscriptReader(bytes.NewReader(transcript.Bytes())).Next
	}
	given, all := 0, lines()
	stopped := func() (eventlog.Line, error) {
		if given++; given > 2100 {
			return eventlog.Line{}, io.ErrUnexpectedEOF
		}
		return all()
	}
	if err := eventlog.Refill(t.Context(), nc, config(), f, stopped, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("the first try gives %v", err)
	}
	if err := tryOpen(t, nc); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "is being filled") {
		t.Errorf("Open gives %v, want it to say that the stream is being filled", err)
	}
	other := f
	other.Epoch = "other"
	if err := eventlog.Refill(t.Context(), nc, config(), other, lines(), nil); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("a refill of another epoch gives %v, want ErrConflict", err)
	}
	if err := eventlog.Refill(t.Context(), nc, config(), f, lines(), nil); err != nil {
		t.Fatal(err)
	}
	if err := eventlog.Compare(t.Context(), nc, config(), lines(), nil); err != nil {
		t.Error(err)
	}
}

// A transcript that was cut or changed is found out where it differs.
func TestTranscriptProvesItself(t *testing.T) {
	l := open(t)
	mustAppend(t, l, manyEvents("lang-son", 3, 0))
	var transcript bytes.Buffer
	if _, err := l.Transcribe(t.Context(), &transcript, nil); err != nil {
		t.Fatal(err)
	}
	whole := transcript.Bytes()
	tests := []struct {
		name  string
		bytes []byte
	}{
		{"cut in an event", whole[:len(whole)-10]},
		{"cut in a header", whole[:bytes.LastIndexByte(whole[:len(whole)-1], '\n')-700]},
		{"another byte", bytes.Replace(whole, []byte(`"value":"17"`), []byte(`"value":"18"`), 1)},
		{"a line that is missing", whole[bytes.IndexByte(whole, '}')+3:]},
	}
	for _, test := range tests {
		r := eventlog.NewTranscriptReader(bytes.NewReader(test.bytes))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, domain.ErrCorrupt) {
			t.Errorf("%s gives %v, want an error of kind ErrCorrupt", test.name, err)
		}
	}
}
