package eventlog_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// reconfigure changes the log's stream as an administrator could.
func reconfigure(t *testing.T, nc *nats.Conn, change func(*jetstream.StreamConfig)) {
	t.Helper()
	js := streams(t, nc)
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	change(&config)
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
}

// A log is not opened, and one that is open goes no further, on a stream that could lose events.
func TestGuardRefusesAChangedStream(t *testing.T) {
	tests := []struct {
		field  string
		change func(*jetstream.StreamConfig)
	}{
		{"MaxMsgs", func(c *jetstream.StreamConfig) { c.MaxMsgs = 1_000_000 }},
		{"MaxBytes", func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 40 }},
		{"MaxAge", func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }},
		{"MaxMsgsPerSubject", func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 10 }},
		{"MaxMsgSize", func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }},
		{"Discard", func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }},
		{"Subjects", func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "more.>") }},
		{"AllowMsgTTL", func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }},
		{"RePublish", func(c *jetstream.StreamConfig) { c.RePublish = &jetstream.RePublish{Destination: "elsewhere.>"} }},
		{"AllowAtomicPublish", func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = false }},
		{"Metadata[note]", func(c *jetstream.StreamConfig) { c.Metadata["note"] = "x" }},
		{"epoch", func(c *jetstream.StreamConfig) { c.Metadata["epoch"] = "" }},
	}
	for _, test := range tests {
		t.Run(test.field, func(t *testing.T) {
			server := testenv.NATS(t)
			l, nc := openOn(t, server), connect(t, server)
			if err := l.Guard(t.Context()); err != nil {
				t.Fatal(err)
			}
			reconfigure(t, nc, test.change)
			for name, err := range map[string]error{"Guard": l.Guard(t.Context()), "Open": tryOpen(t, nc)} {
				if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), test.field) {
					t.Errorf("%s gives %v, want an error of kind ErrCorrupt that names %s", name, err, test.field)
				}
			}
		})
	}
}

// A stream of the log's name that somebody else has made is not taken for the log.
func TestGuardRefusesAForeignStream(t *testing.T) {
	nc := connect(t, testenv.NATS(t))
	made := jetstream.StreamConfig{
		Name: eventlog.StreamName, Subjects: []string{"emulation.>"}, Discard: jetstream.DiscardNew, DenyPurge: true,
		AllowDirect: true, AllowAtomicPublish: true, Metadata: map[string]string{"epoch": "1", "origin": "thidua.example.vn/log"},
	}
	if _, err := streams(t, nc).CreateStream(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, nc); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "DenyDelete is false, wanted true") {
		t.Errorf("got %v, want an error of kind ErrCorrupt that names DenyDelete", err)
	}
}

func TestOneLogOfManyFirstStarts(t *testing.T) {
	server := testenv.NATS(t)
	logs := make([]*eventlog.Log, 8)
	var group sync.WaitGroup
	for i := range logs {
		nc := connect(t, server)
		group.Go(func() {
			var err error
			if logs[i], err = eventlog.Open(t.Context(), nc, config()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, l := range logs {
		if l == nil {
			t.FailNow()
		}
		if l.Epoch() != logs[0].Epoch() || l.Origin() != logs[0].Origin() || l.CommandID("x") != logs[0].CommandID("x") {
			t.Errorf("one log is %s %s, another %s %s", logs[0].Origin(), logs[0].Epoch(), l.Origin(), l.Epoch())
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOriginIsForEver(t *testing.T) {
	nc := connect(t, testenv.NATS(t))
	for _, step := range []struct {
		asked, want string
		refused     bool
	}{
		{asked: "thidua.example.vn/log", want: "thidua.example.vn/log"},
		{asked: "", want: "thidua.example.vn/log"},
		{asked: "elsewhere/log", refused: true},
	} {
		cfg := config()
		cfg.Origin = step.asked
		l, err := eventlog.Open(t.Context(), nc, cfg)
		if step.refused {
			if !errors.Is(err, domain.ErrInvalid) {
				t.Errorf("asked for %q: got %v, want an error of kind ErrInvalid", step.asked, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Origin(); got != step.want {
			t.Errorf("asked for %q: the origin is %q, want %q", step.asked, got, step.want)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A log whose stream was deleted, or replaced by another, stops for good.
func TestStreamThatIsGone(t *testing.T) {
	server := testenv.NATS(t)
	l, nc := openOn(t, server), connect(t, server)
	mustAppend(t, l, expecting(report("cao-bang", "1"), 0))
	if err := streams(t, nc).DeleteStream(t.Context(), eventlog.StreamName); err != nil {
		t.Fatal(err)
	}
	if err := l.Guard(t.Context()); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("deleted: Guard gives %v, want an error of kind ErrCorrupt", err)
	}
	openOn(t, server)
	for _, a := range []domain.Append{expecting(report("cao-bang", "1"), 1), expecting(report("lang-son", "1"), 0)} {
		if _, err := l.Append(t.Context(), a); !errors.Is(err, domain.ErrCorrupt) {
			t.Errorf("replaced: Append gives %v, want an error of kind ErrCorrupt", err)
		}
	}
}

func tryOpen(t *testing.T, nc *nats.Conn) error {
	t.Helper()
	l, err := eventlog.Open(t.Context(), nc, config())
	if err == nil {
		err = l.Close()
	}
	return err
}
