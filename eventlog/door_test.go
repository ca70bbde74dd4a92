package eventlog_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/eventlog"
)

// The door is for analysts only, and only while they are there; no other way is.
func TestDoor(t *testing.T) {
	h := openHall(t)
	nc := h.subscribe(t, "so-noi-vu", "emulation.>")
	_, strange := pair(t)
	known, option := pair(t)
	if err := h.log.Subscribe(t.Context(), eventlog.Subscription{Name: "second", Filter: "emulation.>", Key: known}); err != nil {
		t.Fatal(err)
	}
	forged := func([]byte) ([]byte, error) { return make([]byte, 64), nil }
	for name, try := range map[string]struct {
		url     string
		options []nats.Option
	}{
		"nothing":                        {h.door, nil},
		"the token":                      {h.door, []nats.Option{nats.Token(hallToken)}},
		"a key that is nobody's":         {h.door, []nats.Option{strange}},
		"a key without its private half": {h.door, []nats.Option{nats.Nkey(known, forged)}},
		"a key, elsewhere":               {h.server.URL(), []nats.Option{option}},
		"a name and the token":           {h.door, []nats.Option{nats.UserInfo("thidua", hallToken)}},
	} {
		if got, err := nats.Connect(try.url, try.options...); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("coming with %s gave %v, want %v", name, err, nats.ErrAuthorization)
			if err == nil {
				got.Close()
			}
		}
	}
	closed := make(chan struct{}, 8)
	for range 8 {
		again, err := nats.Connect(h.door, option, nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { closed <- struct{}{} }))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(again.Close)
	}
	if _, err := nats.Connect(h.door, option); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("a ninth connection gave %v, want %v", err, nats.ErrAuthorization)
	}
	if err := h.log.Unsubscribe(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		<-closed
	}
	if err := nc.Flush(); err != nil {
		t.Errorf("another analyst was hung up on: %v", err)
	}
}

// With a certificate analysts come by TLS only. Who works on the log from this machine does not need it.
func TestDoorWithTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // it has a certificate for 127.0.0.1
	web.Close()
	certificate := web.TLS.Certificates[0]
	h := openHallWith(t, func() (*tls.Certificate, error) { return &certificate, nil })
	key, option := pair(t)
	if err := h.log.Subscribe(t.Context(), eventlog.Subscription{Name: "so-noi-vu", Filter: "emulation.>", Key: key}); err != nil {
		t.Fatal(err)
	}
	if _, err := nats.Connect(h.door, option); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("coming without TLS gave %v, want %v", err, nats.ErrAuthorization)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(web.Certificate())
	nc, err := nats.Connect(h.door, option, nats.Secure(&tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := nc.Request("$JS.API.STREAM.INFO.EMULATION", nil, 20*time.Second); err != nil {
		t.Error(err)
	}
	own, err := nats.Connect(h.server.URL(), nats.Token(hallToken))
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
}

// Strangers at the door can't keep who works on the log from the server.
func TestDoorIsNarrow(t *testing.T) {
	h := openHall(t)
	const room = 64
	var hung int
	for range room + 1 {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.door, "nats://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if _, err := bufio.NewReader(c).ReadString('\n'); err != nil { // else it is greeted
			hung++
		}
	}
	if hung != 1 {
		t.Errorf("%d connections were hung up on, want the last one", hung)
	}
	own, err := nats.Connect(h.server.URL(), nats.Token(hallToken))
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
}
