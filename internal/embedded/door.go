package embedded

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// How many connections the door lets in at a time, and how many of them may be one guest's. What is more is hung up on, so that guests take
// nothing away from who works on the log.
const (
	doorConnections  = 64
	guestConnections = 8
)

// guestsLook is how often the door looks who is no guest any more.
const guestsLook = time.Second

// door is a second way into the server, for guests only. The server has one listener for clients, on loopback; the door dials it for each of its own
// connections and hands the bytes on as they are, TLS included. By the address that it dials from the server knows who came by the door: no token
// counts for them, and no guest's key counts for others.
type door struct {
	guests func(context.Context) ([]Guest, error)
	log    *natsLog

	mu       sync.Mutex
	visitors map[string]*visitor // by the door's side of the connection to the server
}

// visitor is one connection that came by the door.
type visitor struct {
	outside, inside net.Conn
	key             string // of the guest, "" until he has proved it
}

// hangUp ends the connection, on both sides.
func (v *visitor) hangUp() {
	_ = v.outside.Close()
	_ = v.inside.Close()
}

// Receive lets guests in who come by the listener, until ctx ends; then it hangs up on them, closes the listener and returns. guests tells who is one.
// It is asked whenever somebody comes, and each second: who is a guest no more is hung up on. The server must listen.
func (n *NATS) Receive(ctx context.Context, listener net.Listener, guests func(context.Context) ([]Guest, error)) error {
	if !n.config.Listen {
		return errors.New("embedded: receive guests: the server does not listen")
	}
	d := &door{guests: guests, log: newNATSLog(n.config.Logger), visitors: map[string]*visitor{}}
	if !n.door.CompareAndSwap(nil, d) {
		return errors.New("embedded: receive guests: there is a door already")
	}
	defer n.door.Store(nil)
	ctx, end := context.WithCancel(ctx)
	defer end()
	var work sync.WaitGroup
	defer work.Wait()
	defer d.retain(func(*visitor) bool { return false })
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	work.Go(func() { d.watch(ctx) })
	room := make(chan struct{}, doorConnections)
	for {
		outside, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			end()
			return fmt.Errorf("embedded: receive guests: %w", err)
		}
		select {
		case room <- struct{}{}:
		default:
			d.log.Warnf("%d connections of guests: %s is hung up on", doorConnections, outside.RemoteAddr())
			_ = outside.Close()
			continue
		}
		work.Go(func() {
			defer func() { <-room }()
			d.carry(ctx, outside, n.server.Addr().String())
		})
	}
}

// carry hands the bytes of a connection on, both ways, until one side hangs up.
func (d *door) carry(ctx context.Context, outside net.Conn, address string) {
	inside, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		_ = outside.Close()
		return
	}
	v := &visitor{outside: outside, inside: inside}
	name := inside.LocalAddr().String()
	d.mu.Lock()
	d.visitors[name] = v // before the guest's first byte can reach the server
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.visitors, name)
	}()
	defer context.AfterFunc(ctx, v.hangUp)()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{inside, outside}, {outside, inside}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1]) // its end, whatever it is, is that of the connection
			v.hangUp()
		})
	}
	both.Wait()
}

// watch hangs up on who is a guest no more, each second until ctx ends.
func (d *door) watch(ctx context.Context) {
	tick := time.NewTicker(guestsLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		guests, err := d.guests(ctx)
		if err != nil {
			if ctx.Err() == nil {
				d.log.Warnf("it can't be told who is a guest: %v", err)
			}
			continue
		}
		known := map[string]bool{"": true}
		for _, g := range guests {
			known[g.Key] = true
		}
		d.retain(func(v *visitor) bool { return known[v.key] })
	}
}

// retain hangs up on all visitors but some.
func (d *door) retain(stays func(*visitor) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range d.visitors {
		if !stays(v) {
			v.hangUp()
		}
	}
}

// gatekeeper judges who connects.
type gatekeeper struct{ nats *NATS }

// Check lets somebody in by the token, or a guest by the door and by his key.
func (k gatekeeper) Check(c server.ClientAuthentication) bool {
	d := k.nats.door.Load()
	if d != nil {
		if v := d.visitor(c.RemoteAddress()); v != nil {
			return k.admit(c, d, v)
		}
	}
	token := k.nats.config.Token
	return subtle.ConstantTimeCompare([]byte(c.GetOpts().Token), []byte(token)) == 1
}

// visitor is who came by the door from an address, nil where nobody did.
func (d *door) visitor(from net.Addr) *visitor {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.visitors[from.String()]
}

// admit lets a visitor in who proves that he is a guest.
func (k gatekeeper) admit(c server.ClientAuthentication, d *door, v *visitor) bool {
	if k.nats.config.Certificate != nil && c.GetTLSConnectionState() == nil {
		return false
	}
	key := c.GetOpts().Nkey
	if !signed(key, c.GetNonce(), c.GetOpts().Sig) {
		return false
	}
	ctx, stop := context.WithTimeout(context.Background(), authTimeout)
	defer stop()
	guests, err := d.guests(ctx)
	if err != nil {
		d.log.Warnf("it can't be told who is a guest: %v", err)
		return false
	}
	for _, g := range guests {
		if g.Key != key {
			continue
		}
		account, err := k.nats.account(g)
		if err != nil {
			d.log.Errorf("%v", err)
			return false
		}
		if !d.seat(v, key) {
			d.log.Warnf("%d connections of %s: one more is refused", guestConnections, g.Name)
			return false
		}
		c.RegisterUser(g.user(account))
		return true
	}
	return false
}

// seat notes whose connection a visitor's is, if he has not too many.
func (d *door) seat(v *visitor, key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, other := range d.visitors {
		if other.key == key {
			n++
		}
	}
	if n >= guestConnections {
		return false
	}
	v.key = key
	return true
}

// signed reports whether the private half of a public nkey has signed the nonce that the server gave.
func signed(key string, nonce []byte, signature string) bool {
	if len(nonce) == 0 || !nkeys.IsValidPublicUserKey(key) {
		return false
	}
	public, err := nkeys.FromPublicKey(key)
	if err != nil {
		return false
	}
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	return err == nil && public.Verify(nonce, sig) == nil
}

// tls is how the server takes connections that ask for TLS, nil where it has no certificate. The program's own connections on loopback do not ask.
func (c NATSConfig) tls() *tls.Config {
	if c.Certificate == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.Certificate() }}
}
