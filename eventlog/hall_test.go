package eventlog_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"thidua/eventlog"
	"thidua/internal/embedded"
)

// hall is a log on a server with a door for analysts.
type hall struct {
	log    *eventlog.Log
	server *embedded.NATS
	door   string
}

const hallToken = "hall-token-0123456789"

func openHall(t *testing.T) *hall {
	t.Helper()
	return openHallWith(t, nil)
}

// openHallWith is a hall whose door has a certificate.
func openHallWith(t *testing.T, certificate func() (*tls.Certificate, error)) *hall {
	t.Helper()
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: hallToken, Certificate: certificate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	h := &hall{log: openOn(t, server), server: server}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.door = "nats://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Receive(ctx, listener, h.guests) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *hall) guests(ctx context.Context) (all []embedded.Guest, err error) {
	subscriptions, err := h.log.Subscriptions(ctx)
	for _, s := range subscriptions {
		g := embedded.Guest{Name: s.Consumer(), Key: s.Key}
		for _, service := range s.Services() {
			g.Services = append(g.Services, embedded.Service(service))
		}
		all = append(all, g)
	}
	return all, err
}

// pair is a fresh key.
func pair(t *testing.T) (public string, option nats.Option) {
	t.Helper()
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err = user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public, nats.Nkey(public, user.Sign)
}

// analyst is a connection of an analyst, and what the server has refused him.
type analyst struct {
	*nats.Conn
	refused chan error
}

// subscribe makes a subscription and comes by the door with its key.
func (h *hall) subscribe(t *testing.T, name, filter string) *analyst {
	t.Helper()
	key, option := pair(t)
	if err := h.log.Subscribe(t.Context(), eventlog.Subscription{Name: name, Filter: filter, Key: key}); err != nil {
		t.Fatal(err)
	}
	a := &analyst{refused: make(chan error, 100)}
	nc, err := nats.Connect(h.door, option, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { a.refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a.Conn = nc
	return a
}

// ask asks for something, and returns the error of who refuses it: the answer itself, or the server.
func (a *analyst) ask(t *testing.T, subject, body string) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	answered := make(chan error, 1)
	go func() {
		m, err := a.RequestWithContext(ctx, subject, []byte(body))
		if err == nil {
			var answer struct{ Error *struct{ Description string } }
			if json.Unmarshal(m.Data, &answer) == nil && answer.Error != nil {
				err = errors.New(answer.Error.Description)
			}
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return err
	case err := <-a.refused:
		stop()
		<-answered //nolint:errcheck // it was broken off
		return err
	}
}
