package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Filling says what a stream is made anew as.
type Filling struct {
	// Epoch is that of the new stream. One under way of the same epoch is gone on with.
	Epoch  string
	Origin string
	// Last is the position that it is filled to.
	Last domain.Position
}

// NewEpoch draws a name for a new stream.
func NewEpoch(r io.Reader) (string, error) {
	l := &Log{cfg: Config{Rand: r}}
	return l.randomHex()
}

// Refill makes the log's stream where there is none and puts lines on it, position by position and durably. Until it is sealed by Finish nobody can
// take the stream for the log. Run again, it goes on where it was stopped. open begins the lines from the first position on; it is called twice
// where the stream holds some already. tell, where it is given, is told how far it has come.
//
// It fails with ErrConflict where there is a stream that is not this one.
func Refill(ctx context.Context, nc *nats.Conn, cfg Config, f Filling, lines func() (Line, error), tell func(done, total domain.Position)) error {
	l, err := bare(nc, cfg)
	if err != nil {
		return err
	}
	last, err := l.beginFilling(ctx, f)
	if err != nil {
		return fmt.Errorf("eventlog: refill: %w", err)
	}
	r := &refilling{log: l, last: last, upTo: f.Last, tell: tell}
	for {
		line, err := lines()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.add(ctx, line)
		}
		if err != nil {
			return fmt.Errorf("eventlog: refill: %w", err)
		}
	}
	if err := r.flush(ctx); err != nil {
		return fmt.Errorf("eventlog: refill: %w", err)
	}
	if r.last != f.Last {
		return fmt.Errorf("eventlog: refill: it ends at position %d, wanted %d: %w", r.last, f.Last, domain.ErrCorrupt)
	}
	return nil
}

// beginFilling makes the stream, or finds it, and returns its last position.
func (l *Log) beginFilling(ctx context.Context, f Filling) (domain.Position, error) {
	stream, err := l.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		wanted := streamConfig(l.cfg.Replicas)
		wanted.Metadata = map[string]string{metaEpoch: f.Epoch, metaOrigin: f.Origin, metaFilling: strconv.FormatUint(f.Last, 10)}
		stream, err = l.js.CreateStream(ctx, wanted)
	}
	if err != nil {
		return 0, err
	}
	info := stream.CachedInfo()
	if found := info.Config.Metadata[metaEpoch]; found != f.Epoch {
		return 0, fmt.Errorf("there is a stream %s of epoch %q already: %w", StreamName, found, domain.ErrConflict)
	}
	return info.State.LastSeq, nil
}

// refilling puts lines on a stream.
type refilling struct {
	log     *Log
	last    domain.Position // on the stream
	upTo    domain.Position
	tell    func(done, total domain.Position)
	waiting []*nats.Msg
	bytes   int
	cut     int    // the number of those waiting behind which a command ends
	command string // of the last one waiting
}

// add takes a line. Batches end where a command's events end, so that who reads the log never sees half of them.
func (r *refilling) add(ctx context.Context, line Line) error {
	if line.Position <= r.last {
		return nil // it is there, and Compare proves it
	}
	command := commandOf(line.Payload)
	if command != r.command || command == "" {
		r.cut = len(r.waiting)
	}
	r.command = command
	if r.cut > 0 && (len(r.waiting) == batchLimit || r.bytes+len(line.Payload) > roundBytes) {
		if err := r.send(ctx, r.cut); err != nil {
			return err
		}
	}
	r.waiting = append(r.waiting, &nats.Msg{Subject: line.Subject, Data: line.Payload})
	r.bytes += len(line.Payload)
	return nil
}

// commandOf is the id of the command that an event came from, "" for what is no event.
func commandOf(payload []byte) string {
	r, _, err := envelope.Skim(payload)
	if err != nil {
		return ""
	}
	return r.CommandID
}

func (r *refilling) flush(ctx context.Context) error {
	if len(r.waiting) == 0 {
		return nil
	}
	return r.send(ctx, len(r.waiting))
}

// send stores the first n of those that wait. Where the answer was lost, the stream's end tells what became of them.
func (r *refilling) send(ctx context.Context, n int) error {
	batch := r.waiting[:n]
	for try := 1; ; try++ {
		err := r.log.refillBatch(ctx, batch, r.last)
		if err == nil {
			break
		}
		if ctx.Err() != nil || try == sendTries {
			return err
		}
		stream, lost := r.log.js.Stream(ctx, StreamName)
		if lost == nil && stream.CachedInfo().State.LastSeq == r.last+domain.Position(n) {
			break
		}
	}
	r.last += domain.Position(n)
	for _, m := range batch {
		r.bytes -= len(m.Data)
	}
	r.waiting, r.cut = append([]*nats.Msg(nil), r.waiting[n:]...), 0
	if r.tell != nil {
		r.tell(r.last, r.upTo)
	}
	return nil
}

// refillBatch stores messages behind the last position, or nothing where that is not the stream's last.
func (l *Log) refillBatch(ctx context.Context, batch []*nats.Msg, last domain.Position) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	messages := make([]*nats.Msg, len(batch))
	for i, m := range batch {
		messages[i] = &nats.Msg{Subject: m.Subject, Data: m.Data}
	}
	messages[0].Header = nats.Header{jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(last, 10)}}
	return l.publish(ctx, messages)
}

// Compare proves that the stream holds lines, all of them and no more, byte by byte. The error is of kind ErrCorrupt and names the first position that
// differs.
func Compare(ctx context.Context, nc *nats.Conn, cfg Config, lines func() (Line, error), tell func(done domain.Position)) error {
	l, err := bare(nc, cfg)
	if err != nil {
		return err
	}
	stream, err := l.js.Stream(ctx, StreamName)
	if err != nil {
		return fmt.Errorf("eventlog: compare: %w", err)
	}
	err = l.scanTo(ctx, "", stream.CachedInfo().State.LastSeq, func(m message) error {
		line, err := lines()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case err != nil || line.Position != m.sequence || line.Subject != m.subject || string(line.Payload) != string(m.data):
			return fmt.Errorf("eventlog: position %d is not what was to be put there: %w", m.sequence, domain.ErrCorrupt)
		}
		if tell != nil {
			tell(m.sequence)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if line, err := lines(); !errors.Is(err, io.EOF) {
		return errors.Join(err, missing(line.Position, line.Position))
	}
	return nil
}

// Finish lets a filled stream be the log.
func Finish(ctx context.Context, nc *nats.Conn, cfg Config) error {
	l, err := bare(nc, cfg)
	if err != nil {
		return err
	}
	stream, err := l.js.Stream(ctx, StreamName)
	if err != nil {
		return fmt.Errorf("eventlog: finish: %w", err)
	}
	config := stream.CachedInfo().Config
	delete(config.Metadata, metaFilling)
	for key := range config.Metadata {
		if strings.HasPrefix(key, "_nats.") {
			delete(config.Metadata, key) // the server's own, which it writes again
		}
	}
	if _, err := l.js.UpdateStream(ctx, config); err != nil {
		return fmt.Errorf("eventlog: finish: %w", err)
	}
	return nil
}

// RemoveStream deletes the log's stream. Nothing of it is left on the server.
func RemoveStream(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err == nil {
		err = js.DeleteStream(ctx, StreamName)
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("eventlog: remove stream %s: %w", StreamName, err)
	}
	return nil
}
