package eventlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/eventlog/envelope"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// openRaw returns a log and a connection that can write to its stream behind its back.
func openRaw(t *testing.T) (*eventlog.Log, *nats.Conn) {
	t.Helper()
	server := testenv.NATS(t)
	return openOn(t, server), connect(t, server)
}

// publish stores a message on the log's stream as it is.
func publish(t *testing.T, nc *nats.Conn, m *nats.Msg) {
	t.Helper()
	answer, err := nc.RequestMsg(m, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(answer.Data, []byte("error")) {
		t.Fatalf("%s", answer.Data)
	}
}

// forged is the event that would follow one event of a report, changed as the test likes.
func forged(t *testing.T, l *eventlog.Log, change func(*domain.Recorded)) *nats.Msg {
	t.Helper()
	i := issue("forged")
	r := domain.Recorded{
		Change: report("unit-0", "2"), ID: i.ID + ".1", Source: l.Origin(), RecordedTime: time.Now(), Actor: i.Actor,
		CommandID: i.ID, CommandDigest: i.Digest, StreamVersion: 2, SeasonVersion: 2,
	}
	change(&r)
	payload, err := envelope.New().Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return &nats.Msg{Subject: r.Stream.Subject(r.Event.Words()), Data: payload}
}

// unknownEvent is an event of a type that some later version has.
func unknownEvent(t *testing.T, l *eventlog.Log) *nats.Msg {
	t.Helper()
	m := forged(t, l, func(*domain.Recorded) {})
	m.Data = bytes.ReplaceAll(m.Data, []byte("indicator.reported"), []byte("report.returned"))
	m.Subject = strings.ReplaceAll(m.Subject, "indicator-reported", "report-returned")
	return m
}

// Whatever was changed behind the log's back, Check names the position of the first thing that is wrong.
func TestCheckFindsTampering(t *testing.T) {
	replace := func(old, replacement string) func(*nats.Msg) {
		return func(m *nats.Msg) { m.Data = bytes.Replace(m.Data, []byte(old), []byte(replacement), 1) }
	}
	keep := func(*domain.Recorded) {}
	tests := []struct {
		name   string
		event  func(*domain.Recorded)
		tamper func(*nats.Msg)
		want   string
	}{
		{name: "nothing", event: keep, tamper: func(*nats.Msg) {}},
		{"a space", keep, replace(`,"data"`, ` ,"data"`), "position 2"},
		{"an order", keep, replace(`{"by":"`+personRef+`","criterion":"A1"`, `{"criterion":"A1","by":"`+personRef+`"`), "position 2"},
		{"a member nobody knows", keep, replace(`"value":`, `"valuf":"1","value":`), "position 2"},
		{"a member that is missing", keep, replace(`,"value":"2"`, ``), "position 2"},
		{"another subject", keep, func(m *nats.Msg) { m.Subject = strings.Replace(m.Subject, "unit-0", "unit-1", 1) }, "unit-1"},
		{"another source", func(r *domain.Recorded) { r.Source = "elsewhere/log" }, func(*nats.Msg) {}, "elsewhere/log"},
		{"a version twice", func(r *domain.Recorded) { r.StreamVersion = 1 }, func(*nats.Msg) {}, "version 1 of the stream"},
		{"a version left out", func(r *domain.Recorded) { r.StreamVersion = 3 }, func(*nats.Msg) {}, "version 3 of the stream"},
		{"a season version left out", func(r *domain.Recorded) { r.SeasonVersion = 3 }, func(*nats.Msg) {}, "version 3 of the season"},
		{"a time before", func(r *domain.Recorded) { r.RecordedTime = time.Unix(0, 0) }, func(*nats.Msg) {}, "recorded at 1970"},
		{"an id out of turn", func(r *domain.Recorded) { r.ID = r.CommandID + ".2" }, func(*nats.Msg) {}, "its id is"},
		{"no event at all", keep, func(m *nats.Msg) { m.Data = []byte("{}") }, "position 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, nc := openRaw(t)
			batches(t, l, 1)
			m := forged(t, l, test.event)
			test.tamper(m)
			publish(t, nc, m)
			report, err := l.Check(t.Context(), nil)
			if test.want == "" {
				if err != nil || report != (eventlog.Report{Events: 2, Last: 2, Streams: 1, Seasons: 1}) {
					t.Errorf("got %+v and %v, want two events in order", report, err)
				}
				return
			}
			if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "position 2") {
				t.Errorf("got %v, want an error of kind ErrCorrupt that names position 2 and %q", err, test.want)
			}
			if report.Last != 1 {
				t.Errorf("the report ends at %d, want 1", report.Last)
			}
		})
	}
}

// One flipped bit on the disk makes the server pass over an event in silence. Everybody who reads the log notices.
func TestFlippedBit(t *testing.T) {
	dir := t.TempDir()
	server := startIn(t, dir)
	l := openOn(t, server)
	for i := range 14 {
		mustAppend(t, l, manyEvents(fmt.Sprintf("unit-%d", i), 1000, 0))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	position := flipBit(t, dir)

	l = openOn(t, startIn(t, dir))
	want := fmt.Sprintf("position %d is missing", position)
	if _, err := l.Check(t.Context(), nil); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), want) {
		t.Errorf("Check gives %v, want %q", err, want)
	}
	r := l.Reader(0)
	defer r.Close()
	var err error
	read := domain.Position(0)
	for err == nil {
		var events []domain.Recorded
		events, err = r.Next(t.Context(), eventlog.Limit{})
		read += domain.Position(len(events))
	}
	if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), want) || read >= position {
		t.Errorf("the reader gives %d events and then %v, want %q", read, err, want)
	}
	f := l.Feed(0, domain.Wanted{})
	defer f.Close()
	if given, _, err := fed(t, f, position+1); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), want) || domain.Position(len(given)) >= position {
		t.Errorf("the feed gives %d events and then %v, want %q", len(given), err, want)
	}
	if _, err := l.Season(t.Context(), season, 0); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("Season gives %v, want an error of kind ErrCorrupt", err)
	}
}

func startIn(t *testing.T, dir string) *embedded.NATS {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// flipBit changes one bit of an event in the middle of the log's first file and returns the event's position.
func flipBit(t *testing.T, dir string) domain.Position {
	t.Helper()
	var file string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, filepath.Join(eventlog.StreamName, "msgs", "1.blk")) {
			file = path
		}
		return err
	})
	if err != nil || file == "" {
		t.Fatalf("the log's first file: %v", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The value of the 2,500th event. It stands in a batch of the third command.
	mark, at := []byte(`"value":"17"`), 0
	for range 2500 {
		at += bytes.Index(content[at:], mark) + len(mark)
	}
	content[at-2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return 2500
}
