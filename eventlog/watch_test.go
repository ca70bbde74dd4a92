package eventlog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// watch runs Watch until it finds something or the test ends, and gives what it found.
func watch(t *testing.T, l *eventlog.Log, marks func(context.Context) ([]eventlog.Mark, error)) <-chan error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	found, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		found <- l.Watch(ctx, 10*time.Millisecond, marks)
	}()
	t.Cleanup(func() { stop(); <-ended })
	return found
}

// looked is marks that tell of each look; the channel is for those who wait until the stream was looked at.
func looked() (func(context.Context) ([]eventlog.Mark, error), <-chan struct{}) {
	looks := make(chan struct{})
	return func(ctx context.Context) ([]eventlog.Mark, error) {
		select {
		case looks <- struct{}{}:
		case <-ctx.Done():
		}
		return nil, nil
	}, looks
}

// Whatever is done to the stream of a running log, appends stop, and what is lost is said; what is left can be read.
func TestWatchStopsAppends(t *testing.T) {
	for _, test := range streamHarms() {
		t.Run(test.name, func(t *testing.T) {
			server := testenv.NATS(t)
			l, js := openOn(t, server), streams(t, connect(t, server))
			mustAppend(t, l, manyEvents("lang-son", 10, 0))
			marks, looks := looked()
			found := watch(t, l, marks)
			<-looks
			<-looks // the first look is over
			stream, err := js.Stream(t.Context(), eventlog.StreamName)
			if err != nil {
				t.Fatal(err)
			}
			test.harm(t, js, stream.CachedInfo().Config)
			err = until(found, looks)
			_, appendErr := l.Append(t.Context(), expecting(report("cao-bang", "1"), 0))
			for name, err := range map[string]error{"Watch": err, "Stopped": l.Stopped(), "Append": appendErr} {
				if !errors.Is(err, domain.ErrCorrupt) || !containsAll(err.Error(), test.want) {
					t.Errorf("%s gives %v, want an error of kind ErrCorrupt with %q", name, err, test.want)
				}
			}
			if _, err := l.At(t.Context(), test.left); test.left > 0 && err != nil {
				t.Errorf("reading position %d gives %v, want it to go on", test.left, err)
			}
		})
	}
}

// streamHarm is something that is done to the stream behind the log's back, and what is said of it.
type streamHarm struct {
	name string
	harm func(*testing.T, jetstream.JetStream, jetstream.StreamConfig)
	want []string
	left domain.Position // that can still be read, 0 for none
}

func streamHarms() []streamHarm {
	return []streamHarm{
		{"a limit", func(t *testing.T, js jetstream.JetStream, c jetstream.StreamConfig) {
			c.MaxMsgs = 3
			must(js.UpdateStream(t.Context(), c))(t)
		}, []string{"MaxMsgs is 3"}, 1},
		{"deleted", func(t *testing.T, js jetstream.JetStream, c jetstream.StreamConfig) {
			if err := js.DeleteStream(t.Context(), c.Name); err != nil {
				t.Fatal(err)
			}
		}, []string{"is gone", "positions 1 to 10"}, 0},
		{"made anew", func(t *testing.T, js jetstream.JetStream, c jetstream.StreamConfig) {
			if err := js.DeleteStream(t.Context(), c.Name); err != nil {
				t.Fatal(err)
			}
			must(js.CreateStream(t.Context(), c))(t)
		}, []string{"positions 1 to 10"}, 0},
		{"another epoch", func(t *testing.T, js jetstream.JetStream, c jetstream.StreamConfig) {
			c.Metadata = map[string]string{"epoch": "other", "origin": c.Metadata["origin"]}
			must(js.UpdateStream(t.Context(), c))(t)
		}, []string{`epoch "other"`}, 9},
	}
}

// until lets the looks go on until something is found.
func until(found <-chan error, looks <-chan struct{}) error {
	for {
		select {
		case err := <-found:
			return err
		case <-looks:
		}
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// must ends the test where something that is a means to its end fails.
func must(_ any, err error) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A purge is refused, and appends and other servers' advisories disturb nobody. What is watched ends with its context.
func TestWatchLetsALogAlone(t *testing.T) {
	server := testenv.NATS(t)
	l, nc := openOn(t, server), connect(t, server)
	marks, looks := looked()
	ctx, stop := context.WithCancel(t.Context())
	found := make(chan error, 1)
	go func() { found <- l.Watch(ctx, 10*time.Millisecond, marks) }()
	<-looks
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	stream, err := streams(t, nc).Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context()); err == nil {
		t.Error("the stream was purged")
	}
	<-looks
	mustAppend(t, l, expecting(report("cao-bang", "1"), 0))
	<-looks
	stop()
	if err := <-found; err != nil || l.Stopped() != nil {
		t.Errorf("Watch gives %v, the log is stopped for %v; want neither", err, l.Stopped())
	}
}

// What the marks have seen is proved at each look.
func TestWatchAsksTheMarks(t *testing.T) {
	l := open(t)
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	found := watch(t, l, func(context.Context) ([]eventlog.Mark, error) {
		return []eventlog.Mark{{Epoch: l.Epoch(), Position: 12, EventID: "lost.1"}}, nil
	})
	if err := <-found; !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "ends at 10; positions 11 to 12") {
		t.Errorf("Watch gives %v, want an error of kind ErrCorrupt that names the positions 11 to 12", err)
	}
}

// A limit that was set and has dropped events is named with them, also when it was taken back.
func TestGuardNamesWhatALimitDropped(t *testing.T) {
	server := testenv.NATS(t)
	l, nc := openOn(t, server), connect(t, server)
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	reconfigure(t, nc, func(c *jetstream.StreamConfig) { c.MaxMsgs, c.Discard = 3, jetstream.DiscardOld })
	publish(t, nc, forged(t, l, func(*domain.Recorded) {}))
	for _, limit := range []int64{3, -1} {
		reconfigure(t, nc, func(c *jetstream.StreamConfig) { c.MaxMsgs, c.Discard = limit, jetstream.DiscardNew })
		if err := l.Guard(t.Context()); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "positions 1 to 8") {
			t.Errorf("with the limit %d Guard gives %v, want an error of kind ErrCorrupt that names the positions 1 to 8", limit, err)
		}
	}
}
