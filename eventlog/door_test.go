package eventlog_test

import (
	"errors"
	"testing"

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
