package eventlog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// Who reads on a connection that is closed meanwhile is told so at once, not when the time for an answer is over.
func TestReadWhileClosing(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	nc, patient := connect(t, server), config()
	patient.Timeout = time.Hour
	l, err := eventlog.Open(t.Context(), nc, patient)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, expecting(report("unit-1", "1"), 0))
	instead(t, server, func(*nats.Msg) { nc.Close() })
	if _, err := l.Stream(t.Context(), report("unit-1", "1").Stream); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("a read whose connection is closed gives %v, want %v", err, nats.ErrConnectionClosed)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// instead takes every direct question about the log in place of the server.
func instead(t *testing.T, server *embedded.NATS, take func(*nats.Msg)) {
	t.Helper()
	nc := connect(t, server)
	js := streams(t, nc)
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	changed := stream.CachedInfo().Config
	changed.AllowDirect = false
	if _, err := js.UpdateStream(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if _, err = nc.Subscribe("$JS.API.DIRECT.GET."+eventlog.StreamName, take); err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
}
