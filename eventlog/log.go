// Package eventlog is the record itself: one JetStream stream with one order, to which nothing else in the system writes.
//
// One message is one event, and its payload is the whole event (spec "events"); a [Codec] writes and reads it. An append says which
// versions it stands on; one committer in each process checks them, gathers what waits into atomic batches, and fences each batch with the
// position that it believes to be the log's last, so that any number of processes can append and none overwrites another's decision.
// An acknowledged event is on disk where the server runs with sync always.
//
// Beside the stream stand two stores that can forget, which the stream cannot: the disclosures of texts that can name a person, and the
// evidence files.
package eventlog

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Config says what a Log needs from outside.
type Config struct {
	// Now is the clock that recordedtime comes from.
	Now func() time.Time
	// Rand gives the unpredictable bytes of salts, refs and ids: crypto/rand's Reader everywhere but in tests.
	Rand io.Reader
	// Logger hears of what is unusual and got over. Nil is silence.
	Logger *slog.Logger
	// Replicas is on how many servers a log that is made now is kept; 0 is 1. A log that exists keeps what it has, unless it was made with fewer.
	Replicas int
	// Timeout is how long the server may take for one answer before it counts as lost; 0 is ten seconds.
	Timeout time.Duration
	// Origin is the log's name for ever, such as "thidua.example.vn/log". "" takes the one it has, or makes a fresh one for a new log.
	Origin string
	// Observe hears how appends go.
	Observe Observe
	// Damaged lets a log be opened that is not guarded as it must be or that has lost events: it is stopped from the start, for the cause that
	// Stopped tells, and what is there can be read. Without it Open refuses.
	Damaged bool
}

// Observe is what somebody who watches from outside, such as a collector of metrics, is told. A func that is nil hears nothing; none may block,
// for appends wait meanwhile. They are called from one goroutine at a time.
type Observe struct {
	// Append is called for each append that is answered: how long after it was handed in by Config.Now, and with which error, nil where it stands on the log.
	Append func(took time.Duration, err error)
	// Batch is called for each batch that is stored, with the number of its events; it is one of the log's writes to disk.
	Batch func(events int)
}

// Log is the record of one installation. Its methods can be called from any number of goroutines.
type Log struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	cfg      Config
	codec    *envelope.Codec
	epoch    string
	origin   string
	replicas int // when it was opened

	disclosures jetstream.KeyValue
	evidence    jetstream.ObjectStore
	secret      []byte     // keys the index of persons and the ids of commands
	drawing     sync.Mutex // one reader of cfg.Rand at a time

	scans chan struct{} // takes as many as may read through the log for one stream or season at once
	queue chan *submission
	close context.CancelFunc
	done  chan struct{} // closed when the committer has ended

	stopped context.Context // done when appends are stopped; its cause is why
	stop    context.CancelCauseFunc
}

var _ domain.Log = (*Log)(nil)

// errClosed is what an append gets that was still waiting when the log was closed.
var errClosed = errors.New("eventlog: the log is closed")

// Open returns the log of the server that nc is connected to. It makes the stream and the stores where there are none, and refuses with
// ErrCorrupt to work on a stream that is not guarded as it must be. A server that is away is waited for until ctx ends, which has no meaning for the
// log once it is open. Close ends the one goroutine that Open starts.
func Open(ctx context.Context, nc *nats.Conn, cfg Config) (*Log, error) {
	l, err := bare(nc, cfg)
	if err != nil {
		return nil, err
	}
	l.queue, l.done = make(chan *submission, roundEvents), make(chan struct{})
	for _, prepare := range []func(context.Context) error{l.openStream, l.openDisclosures, l.openEvidence} {
		if err := Insist(ctx, nc, l.cfg.Logger, prepare); err != nil {
			return nil, fmt.Errorf("eventlog: open: %w", err)
		}
	}
	c := committer{log: l}
	err = Insist(ctx, nc, l.cfg.Logger, c.begin)
	if cfg.Damaged && errors.Is(err, domain.ErrCorrupt) {
		l.Stop(err)
		err = nil
	}
	if err == nil {
		c.line, err = newLine(nc, l.cfg.Timeout)
	}
	if err == nil {
		c.turn, err = newTurn(nc)
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: open: %w", err)
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.close = cancel
	go c.run(running)
	return l, nil
}

// Close lets the batch that is under way come to its end, refuses what still waits, and returns when nothing of the log runs any more.
// The connection stays open: it is the caller's.
func (l *Log) Close() error {
	l.close()
	<-l.done
	return nil
}

// Origin is the log's name, the source of all its events.
func (l *Log) Origin() string { return l.origin }

// Epoch names this very stream. A log that was lost and started again, or put back from elsewhere, has another.
func (l *Log) Epoch() string { return l.epoch }

// Last returns the position of the last event, 0 while there is none. Of a log that is stopped it is the last that there still is.
func (l *Log) Last(ctx context.Context) (domain.Position, error) {
	info, err := l.inspect(ctx)
	if err != nil && (l.Stopped() == nil || info == nil) {
		return 0, err
	}
	return info.State.LastSeq, nil
}

// random draws n unpredictable bytes.
func (l *Log) random(n int) ([]byte, error) {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(l.cfg.Rand, b); err != nil {
		return nil, fmt.Errorf("eventlog: random bytes: %w", err)
	}
	return b, nil
}

// randomHex draws as many unpredictable bytes as a salt has and writes them in hex.
func (l *Log) randomHex() (string, error) {
	b, err := l.random(envelope.SaltSize)
	return hex.EncodeToString(b), err
}
