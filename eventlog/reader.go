package eventlog

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// Limit says how much one call of Next collects. Zero values mean 1,000 events, 4 MiB and a millisecond.
type Limit struct {
	// Count and Bytes end the collecting once they are reached; an atomic batch that has begun is still taken whole.
	Count int
	Bytes int
	// Linger is how long to wait for more once there is an event and the log holds no other.
	Linger time.Duration
}

// Reader reads the log in order from a position on, and goes on with what is appended. It is for one goroutine.
type Reader struct {
	log      *Log
	read     func(message) domain.Recorded
	buffer   jetstream.PullMessagesOpt // how much is asked for before it is taken
	position domain.Position           // of the last event taken from the server
	messages jetstream.MessagesContext
	inside   bool              // more events of the atomic batch of the last one follow
	behind   bool              // when the last one was sent, the log held more
	taken    []domain.Recorded // collected by a call that was broken off
	handed   int               // how many events the last call gave
	bytes    int
}

// Reader returns a reader of the events behind a position, 0 for all.
func (l *Log) Reader(after domain.Position) *Reader {
	return &Reader{log: l, read: l.trust, buffer: jetstream.PullMaxMessages(getMessages), position: after}
}

// Close ends the reading. No Next may be under way.
func (r *Reader) Close() {
	if r.messages != nil {
		r.messages.Stop()
		r.messages = nil
	}
}

// Next waits for at least one event and returns it with those that follow, up to the limit, contiguous and never cut inside an atomic
// batch. An event of a type that the catalogue does not have is among them, with a nil Event: who needs its data must stop there. So is what
// is no event at all, with its Fault. When ctx is done nothing is lost: the next call returns what was collected. ErrCorrupt says that
// positions are missing, and which, or that the log ends before the reader's position; what is before is returned first, and the error
// comes again at each call.
func (r *Reader) Next(ctx context.Context, limit Limit) ([]domain.Recorded, error) {
	limit = limit.filled()
	var lingering context.Context
	for !r.full(limit) {
		waiting := ctx
		if len(r.taken) > 0 && !r.inside && !r.behind {
			if lingering == nil {
				var cancel context.CancelFunc
				lingering, cancel = context.WithTimeout(ctx, limit.Linger)
				defer cancel()
			}
			waiting = lingering
		}
		err := r.take(waiting)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(r.taken) == 0 || r.inside:
			return nil, err
		default:
			return r.hand(), nil
		}
	}
	return r.hand(), nil
}

// hand gives what was collected to the caller.
func (r *Reader) hand() []domain.Recorded {
	events := r.taken
	r.taken, r.bytes, r.handed = nil, 0, len(events)
	return events
}

func (l Limit) filled() Limit {
	if l.Count <= 0 {
		l.Count = 1000
	}
	if l.Bytes <= 0 {
		l.Bytes = 4 << 20
	}
	l.Linger = max(l.Linger, time.Millisecond)
	return l
}

func (r *Reader) full(limit Limit) bool {
	return !r.inside && (len(r.taken) >= limit.Count || r.bytes >= limit.Bytes)
}

// start begins to receive what follows the last event taken.
func (r *Reader) start(ctx context.Context) error {
	if _, err := r.log.Reaches(ctx, r.position); err != nil {
		return err
	}
	consumer, err := r.log.js.OrderedConsumer(ctx, StreamName, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   r.position + 1,
	})
	if err != nil {
		return fmt.Errorf("eventlog: read from %d: %w", r.position+1, err)
	}
	r.messages, err = consumer.Messages(r.buffer)
	if err != nil {
		return fmt.Errorf("eventlog: read from %d: %w", r.position+1, err)
	}
	return nil
}

// take waits for one event and collects it.
func (r *Reader) take(ctx context.Context) error {
	if r.messages == nil {
		if err := r.start(ctx); err != nil {
			return err
		}
	}
	m, err := r.messages.Next(jetstream.NextContext(ctx))
	if err == nil {
		err = r.collect(m)
	}
	if err != nil && ctx.Err() == nil {
		r.Close() // the next call starts again behind the last event
	}
	return err
}

func (r *Reader) collect(m jetstream.Msg) error {
	metadata, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("eventlog: read from %d: %w", r.position+1, err)
	}
	position := metadata.Sequence.Stream
	if position != r.position+1 {
		return missing(r.position+1, position-1)
	}
	event := r.read(message{subject: m.Subject(), sequence: position, data: m.Data()})
	r.position, r.inside, r.behind = position, insideBatch(m.Headers()), metadata.NumPending > 0
	if r.taken == nil {
		r.taken = make([]domain.Recorded, 0, r.handed+1) // batches are of about one size: few when they come, many behind
	}
	r.taken = append(r.taken, event)
	r.bytes += len(event.Payload)
	return nil
}
