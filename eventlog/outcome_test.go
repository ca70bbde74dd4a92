package eventlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/embedded"
)

// wire is the network between a log and its server. It can be made to break, once or several times, when certain bytes pass.
type wire struct {
	closes bool // a line that breaks on its way to the server breaks at its other end, too

	mu          sync.Mutex
	address     string
	received    []byte // breaks before these reach the client
	sent        []byte // breaks before these reach the server
	more        int    // how many more times after the first
	hasHappened bool
}

// Dial implements nats.CustomDialer.
func (w *wire) Dial(_, _ string) (net.Conn, error) {
	w.mu.Lock()
	address := w.address
	w.mu.Unlock()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, wire: w}, nil
}

func (w *wire) leadTo(server *embedded.NATS) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.address = strings.TrimPrefix(server.URL(), "nats://")
}

func (w *wire) breakAt(received, sent string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.received, w.sent, w.hasHappened = []byte(received), []byte(sent), false
}

// breakOften is breakAt so many times.
func (w *wire) breakOften(received, sent string, times int) {
	w.breakAt(received, sent)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more = times - 1
}

func (w *wire) broke() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hasHappened
}

// breaks reports whether the line is to break before the bytes pass.
func (w *wire) breaks(mark *[]byte, passing []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(*mark) == 0 || !bytes.Contains(passing, *mark) {
		return false
	}
	w.hasHappened = true
	if w.more--; w.more < 0 {
		*mark = nil
	}
	return true
}

// line is one connection over the wire.
type line struct {
	net.Conn
	wire *wire
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if l.wire.breaks(&l.wire.received, p[:n]) {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (l *line) Write(p []byte) (int, error) {
	if l.wire.breaks(&l.wire.sent, p) {
		if l.wire.closes {
			_ = l.Close()
		}
		return 0, io.ErrClosedPipe
	}
	return l.Conn.Write(p)
}

// openOver returns a log that reaches its server over a wire.
func openOver(t *testing.T) (*eventlog.Log, *wire) {
	t.Helper()
	_, nc, w := over(t, t.TempDir())
	cfg := config()
	cfg.Timeout = time.Second
	l, err := eventlog.Open(t.Context(), nc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, w
}

// Wherever the line breaks, an append that answers with a position is on the log, once, and at that position.
func TestAnswerIsTrueWhereverTheLineBreaks(t *testing.T) {
	breaks := []struct {
		name           string
		received, sent string
	}{
		{name: "before the event is sent", sent: "Nats-Expected-Last-Sequence"},
		{name: "before the batch is committed", sent: "Nats-Batch-Commit"},
		{name: "before the answer comes", received: `{"stream":"EMULATION"`},
		{name: "before the disclosures are stored", sent: "$KV.DISCLOSURES."},
		{name: "before their answer comes", received: `{"stream":"KV_DISCLOSURES"`},
	}
	for _, at := range breaks {
		for _, size := range []int{1, 200} {
			t.Run(fmt.Sprintf("%s/events=%d", at.name, size), func(t *testing.T) {
				t.Parallel()
				l, w := openOver(t)
				mustAppend(t, l, manyEvents("cao-bang", 1, 0))
				a := manyEvents("cao-bang", size, 1)
				_, disclosure, err := l.Seal("note", "x")
				if err != nil {
					t.Fatal(err)
				}
				a.Disclosures = []domain.Disclosure{disclosure}
				w.breakAt(at.received, at.sent)
				if position := mustAppend(t, l, a); position != 2 {
					t.Errorf("the append is at position %d, want 2", position)
				}
				if !w.broke() && (size > 1 || at.sent != "Nats-Batch-Commit") {
					t.Error("the line did not break")
				}
				if got := len(events(t, l)); got != 1+size {
					t.Errorf("%d events are on the log, want %d", got, 1+size)
				}
				if position := mustAppend(t, l, manyEvents("cao-bang", 1, uint64(1+size))); position != domain.Position(size)+2 {
					t.Errorf("the next append is at position %d, want %d", position, size+2)
				}
			})
		}
	}
}

// However often the line breaks, an append is not answered with an error that would leave open whether it comes about after all.
func TestAppendOutlastsALineThatBreaksAgainAndAgain(t *testing.T) {
	for _, size := range []int{1, 200} {
		for at, sent := range map[string]string{"sent": "Nats-Expected-Last-Sequence", "received": ""} {
			t.Run(fmt.Sprintf("%s/events=%d", at, size), func(t *testing.T) {
				t.Parallel()
				l, w := openOver(t)
				if sent != "" {
					w.breakOften("", sent, 5)
				} else {
					w.breakOften(`{"stream":"EMULATION"`, "", 5)
				}
				for i := range 3 {
					want := domain.Position(i*size + 1)
					if position := mustAppend(t, l, manyEvents("cao-bang", size, uint64(i*size))); position != want {
						t.Errorf("append %d is at position %d, want %d", i, position, want)
					}
				}
				if got := len(events(t, l)); got != 3*size {
					t.Errorf("%d events are on the log, want %d", got, 3*size)
				}
			})
		}
	}
}

// While the server is gone nobody is told anything; a caller's patience is its own, and Close ends the waiting.
func TestServerThatIsGone(t *testing.T) {
	server := startIn(t, t.TempDir())
	cfg := config()
	cfg.Timeout = 200 * time.Millisecond
	l, err := eventlog.Open(t.Context(), connect(t, server), cfg)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, manyEvents("cao-bang", 1, 0))
	server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Append(ctx, manyEvents("cao-bang", 1, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the context", err)
	}
	waiting := make(chan error)
	go func() {
		_, err := l.Append(t.Context(), manyEvents("cao-bang", 1, 1))
		waiting <- err
	}()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waiting; err == nil {
		t.Error("an append came about without a server")
	}
}
