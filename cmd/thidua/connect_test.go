package main_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	thidua "thidua/cmd/thidua"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// holes is a network on which lines can be told to stay open and let nothing through. Lines that are made later are sound.
type holes struct {
	mu    sync.Mutex
	lines []*hole
}

// hole is one line of it.
type hole struct {
	net.Conn
	black chan struct{} // closed when it lets nothing through any more
}

// Dial implements nats.CustomDialer.
func (h *holes) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	line := &hole{conn, make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
	return line, nil
}

func (h *holes) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, line := range h.lines {
		close(line.black)
	}
	h.lines = nil
}

func (l *hole) isBlack() bool {
	select {
	case <-l.black:
		return true
	default:
		return false
	}
}

func (l *hole) Read(p []byte) (int, error) {
	for {
		n, err := l.Conn.Read(p)
		if err != nil || !l.isBlack() {
			return n, err
		}
	}
}

func (l *hole) Write(p []byte) (int, error) {
	if l.isBlack() {
		return len(p), nil
	}
	return l.Conn.Write(p)
}

// A line that stays open and lets nothing through is given up for another one, by every connection within half a minute.
func TestLineThatLetsNothingThrough(t *testing.T) {
	const token = "line"
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	network := &holes{}
	options := append(thidua.Attentive(300*time.Millisecond), nats.Token(token), nats.SetCustomDialer(network), nats.ReconnectWait(0))
	nc, err := thidua.Dial(server.URL(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	network.open()
	testenv.Eventually(t, "another line", func() bool { return nc.Stats().Reconnects > 0 })
	if err := nc.Flush(); err != nil {
		t.Error(err)
	}

	usual, err := thidua.Dial(server.URL(), nats.Token(token))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(usual.Close)
	if takes := usual.Opts.PingInterval * time.Duration(usual.Opts.MaxPingsOut+1); takes > 30*time.Second || usual.Opts.FlusherTimeout > 30*time.Second {
		t.Errorf("a line that lets nothing through is noticed after %v, or %v when something is to be sent, want 30 s", takes, usual.Opts.FlusherTimeout)
	}
}
