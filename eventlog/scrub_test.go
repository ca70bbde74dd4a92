package eventlog_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// digests is what a notebook says of the log's bytes. rounds counts how often it was asked from the first position on.
func (n notebook) digests(rounds chan<- struct{}) func(context.Context, domain.Position, domain.Position) ([]eventlog.Digest, error) {
	return func(ctx context.Context, from, to domain.Position) (all []eventlog.Digest, err error) {
		if from == 1 && rounds != nil {
			select {
			case rounds <- struct{}{}:
			case <-ctx.Done():
			}
		}
		entries, _ := n.Entries(ctx, from, to)
		for _, e := range entries {
			all = append(all, eventlog.Digest{Position: e.Position, SHA256: hex.EncodeToString(e.SHA256), Sound: len(e.Payload) > 0})
		}
		return all, nil
	}
}

func scrubbing(n notebook, rounds chan<- struct{}) eventlog.Scrubbing {
	return eventlog.Scrubbing{Digests: n.digests(rounds), Run: 1000, Pause: time.Nanosecond, Rest: time.Nanosecond}
}

// A bit that was flipped in a stored block is found, named, and stops appends.
func scrubFindsAFlippedBit(t *testing.T, nc *nats.Conn, n notebook) {
	l, err := eventlog.Open(t.Context(), nc, config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	err = l.Scrub(t.Context(), scrubbing(n, nil))
	_, appendErr := l.Append(t.Context(), expecting(report("cao-bang", "1"), 0))
	for name, err := range map[string]error{"Scrub": err, "Append": appendErr} {
		if !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "lost: position 2500") {
			t.Errorf("%s gives %v, want an error of kind ErrCorrupt that names position 2500", name, err)
		}
	}
}

// Bytes that are others than those that were read are found and named.
func TestScrubFindsOtherBytes(t *testing.T) {
	l := open(t)
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	n := copied(t, l)
	n.forge(4, `"value":"17"`, `"value":"18"`)
	n.forge(5, `"value":"17"`, `"value":"18"`)
	if err := l.Scrub(t.Context(), scrubbing(n, nil)); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "than it had: positions 4 to 5") {
		t.Errorf("Scrub gives %v, want an error of kind ErrCorrupt that names the positions 4 to 5", err)
	}
}

// A whole log is read round after round; what the copy has lost of its own is told and stops nothing; what is not copied yet is not asked for.
func TestScrubLetsALogAlone(t *testing.T) {
	server := testenv.NATS(t)
	cfg := config()
	var words bytes.Buffer
	cfg.Logger = slog.New(slog.NewTextHandler(&words, nil))
	l, err := eventlog.Open(t.Context(), connect(t, server), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	for i := range 3 {
		mustAppend(t, l, manyEvents("lang-son", 1000, uint64(i)*1000))
	}
	n := copied(t, l)
	n[1500] = eventlog.Entry{Position: 1500, SHA256: []byte{1}}
	delete(n, 3000)
	ctx, stop := context.WithCancel(t.Context())
	ended, rounds := make(chan error, 1), make(chan struct{})
	go func() { ended <- l.Scrub(ctx, scrubbing(n, rounds)) }()
	for range 3 {
		<-rounds
	}
	stop()
	if err := <-ended; err != nil || l.Stopped() != nil {
		t.Errorf("Scrub gives %v, the log is stopped for %v; want neither", err, l.Stopped())
	}
	if !strings.Contains(words.String(), "position 1500") {
		t.Errorf("the copy's loss is not told: %s", words.String())
	}
}
