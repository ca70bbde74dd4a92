package faults_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// fault is what a proxy does to its connections.
type fault int

const (
	pass      fault = iota
	cut             // breaks all connections off and takes no new ones
	blackHole       // keeps connections open and lets nothing through
	mute            // loses what the server says
	strand          // lets nothing through on the connections that are open, and says so to neither end; new ones pass
)

// proxy stands between clients and a server, and can be told to fail.
type proxy struct {
	listener net.Listener
	dial     func() (net.Conn, error)
	work     sync.WaitGroup

	mu      sync.Mutex
	is      fault
	delay   time.Duration // of each piece of data
	changed chan struct{} // closed when it is told something else
	open    map[net.Conn]bool
	lost    int // connections before this number are stranded
	next    int
	ended   bool
	left    int // up to the piece of the server before which its connection is broken off, 0 for none
}

func newProxy(t *testing.T, dial func() (net.Conn, error)) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, dial: dial, changed: make(chan struct{}), open: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		p.tell(cut, 0)
		p.work.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// tell changes what the proxy does, from now on and to the connections that are open.
func (p *proxy) tell(f fault, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.is, p.delay = f, delay
	if f == strand {
		p.is, p.lost = pass, p.next
	}
	close(p.changed)
	p.changed = make(chan struct{})
	if f == cut {
		for conn := range p.open {
			_ = conn.Close()
		}
		clear(p.open)
	}
}

// breakAfter breaks a connection off before the server says the piece of this number from now on, counted from 1.
func (p *proxy) breakAfter(pieces int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = pieces
}

// broke reports whether that has happened.
func (p *proxy) broke() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left == 0
}

// breaks counts a piece that the server says, and reports whether it is the one.
func (p *proxy) breaks() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == 0 {
		return false
	}
	p.left--
	return p.left == 0
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	if !p.admit(client) {
		return
	}
	server, err := p.dial()
	if err != nil || !p.admit(server) {
		return
	}
	p.mu.Lock()
	number := p.next
	p.next++
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.carry(number, server, client, false) })
	both.Go(func() { p.carry(number, client, server, true) })
	both.Wait()
}

func (p *proxy) admit(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.is == cut || p.ended {
		_ = conn.Close()
		return false
	}
	p.open[conn] = true
	return true
}

// carry hands on what one side says, and closes both when one ends.
func (p *proxy) carry(number int, to, from net.Conn, reply bool) {
	defer func() {
		_, _ = to.Close(), from.Close()
		p.mu.Lock()
		delete(p.open, to)
		delete(p.open, from)
		p.mu.Unlock()
	}()
	piece := make([]byte, 64<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 && reply && p.breaks() {
			return
		}
		if n > 0 && !p.pass(number, to, piece[:n], reply) || err != nil {
			return
		}
	}
}

// pass hands one piece on as the fault allows. It reports whether the connection goes on.
func (p *proxy) pass(number int, to io.Writer, piece []byte, reply bool) bool {
	for {
		p.mu.Lock()
		is, delay, changed, stranded := p.is, p.delay, p.changed, number < p.lost
		p.mu.Unlock()
		switch {
		case is == cut:
			return false
		case stranded:
			<-changed
			continue
		case is == mute && reply:
			return true
		case is == blackHole:
			<-changed
			continue
		}
		if delay > 0 {
			select {
			case <-time.After(delay):
			case <-changed:
			}
		}
		_, err := to.Write(piece)
		return err == nil
	}
}
