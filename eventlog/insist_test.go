package eventlog_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/internal/embedded"
)

// over returns a connection over a wire to a server that keeps its files in a directory. It never gives up.
func over(t *testing.T, dir string) (*embedded.NATS, *nats.Conn, *wire) {
	t.Helper()
	server, w := listening(t, dir), &wire{}
	w.leadTo(server)
	nc, err := nats.Connect(server.URL(), nats.Token("test"), nats.SetCustomDialer(w), nats.MaxReconnects(-1),
		nats.ReconnectWait(time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return server, nc, w
}

func listening(t *testing.T, dir string) *embedded.NATS {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: dir, Listen: true, Token: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// heard is a log of which each line is given to a channel.
type heard chan string

func (h heard) Write(line []byte) (int, error) {
	h <- string(line)
	return len(line), nil
}

// Wherever the line breaks while a log is opened, of a new installation or of one that is there, it is open in the end, and the breaking was told. An
// answer may take longer than the test, which shows that nobody waits for one that can't come any more.
func TestOpenOutlastsALineThatBreaks(t *testing.T) {
	for _, at := range []struct{ name, received, sent string }{
		{name: "before the stream is asked for", sent: "$JS.API.STREAM.INFO.EMULATION"},
		{name: "before the stream is made", sent: "$JS.API.STREAM.CREATE.EMULATION"},
		{name: "before the stream's answer comes", received: `"name":"EMULATION"`},
		{name: "before the disclosures are asked for", sent: "$JS.API.STREAM.INFO.KV_DISCLOSURES"},
		{name: "before the secret is asked for", sent: "$JS.API.STREAM.MSG.GET.KV_DISCLOSURES"},
		{name: "before the secret is stored", sent: "$KV.DISCLOSURES.secret"},
		{name: "before the secret's answer comes", received: `{"stream":"KV_DISCLOSURES"`},
		{name: "before the evidence is asked for", sent: "$JS.API.STREAM.INFO.OBJ_EVIDENCE"},
		{name: "before the evidence is made", sent: "$JS.API.STREAM.CREATE.OBJ_EVIDENCE"},
	} {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			_, nc, w := over(t, t.TempDir())
			w.closes = true
			told := make(heard, 100)
			cfg := config()
			cfg.Timeout, cfg.Logger = time.Hour, slog.New(slog.NewTextHandler(told, nil))
			for _, times := range []int{1, 5} {
				w.breakOften(at.received, at.sent, times)
				l, err := eventlog.Open(t.Context(), nc, cfg)
				if err != nil {
					t.Fatal(err)
				}
				mustAppend(t, l, expecting(report("cao-bang", "1"), uint64(len(events(t, l)))))
				if err := l.Close(); err != nil {
					t.Error(err)
				}
				if times == 1 && !w.broke() {
					t.Error("the line did not break")
				}
				if w.broke() && len(told) == 0 {
					t.Error("the line broke, and the log says nothing of it")
				}
			}
		})
	}
}

// A log whose server is away is opened when it is back, with what it held.
func TestOpenOutlastsItsServer(t *testing.T) {
	dir := t.TempDir()
	server, nc, w := over(t, dir)
	first, err := eventlog.Open(t.Context(), nc, config())
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, first, manyEvents("cao-bang", 3, 0))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	told, opened := make(heard, 100), make(chan error, 1)
	cfg := config()
	cfg.Timeout, cfg.Logger = 50*time.Millisecond, slog.New(slog.NewTextHandler(told, nil))
	var l *eventlog.Log
	go func() {
		var err error
		l, err = eventlog.Open(t.Context(), nc, cfg)
		opened <- err
	}()
	if line := <-told; !strings.Contains(line, "it is tried again") {
		t.Errorf("the log says %q", line)
	}
	w.leadTo(listening(t, dir))
	if err := <-opened; err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if got := len(events(t, l)); got != 3 {
		t.Errorf("the log has %d events, want 3", got)
	}
}

// Whose patience is over while the server is away is told what was waited for.
func TestOpenEndsWithThePatienceOfWhoAsks(t *testing.T) {
	server, nc, _ := over(t, t.TempDir())
	server.Stop()
	told := make(heard, 100)
	cfg := config()
	cfg.Logger = slog.New(slog.NewTextHandler(told, nil))
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	opened := make(chan error, 1)
	go func() {
		_, err := eventlog.Open(ctx, nc, cfg)
		opened <- err
	}()
	stop(enough)
	if err := <-opened; !errors.Is(err, enough) || !strings.Contains(err.Error(), "stream EMULATION") {
		t.Errorf("open: %v; want that it was enough, and what was waited for", err)
	}
	nc.Close()
	if _, err := eventlog.Open(t.Context(), nc, cfg); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("open on a closed connection: %v, want %v", err, nats.ErrConnectionClosed)
	}
}

// Where the line breaks just while the committer asks how far others have come, it asks again at once, and does not wait for an answer that can't come
// any more.
func TestAppendAsksAgainWhenTheLineBreaks(t *testing.T) {
	server, nc, w := over(t, t.TempDir())
	w.closes = true
	told := make(heard, 100)
	cfg := config()
	cfg.Logger = slog.New(slog.NewTextHandler(told, nil))
	l, err := eventlog.Open(t.Context(), nc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	mustAppend(t, l, manyEvents("cao-bang", 1, 0))
	other, err := eventlog.Open(t.Context(), connect(t, server), config())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	mustAppend(t, other, manyEvents("lang-son", 1, 0))
	w.breakAt("", "$JS.API.STREAM.INFO.EMULATION")
	if position := mustAppend(t, l, manyEvents("cao-bang", 1, 1)); position != 3 {
		t.Errorf("the append is at position %d, want 3", position)
	}
	if !w.broke() {
		t.Error("the line did not break")
	}
	if line := <-told; !strings.Contains(line, "the connection to the server was lost meanwhile") {
		t.Errorf("the log says %q", line)
	}
}
