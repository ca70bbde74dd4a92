package tasks

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// subscriber emits the tasks of one kind whose turn it is as Watermill messages. Each of its lanes holds one task at a time and takes the next only when
// that has ended, so that what this process can't do yet is left for others.
type subscriber struct {
	queue *Queue
	kind  string
	lanes int

	closed   context.Context // ends with close
	close    context.CancelFunc
	emitting sync.WaitGroup
}

func newSubscriber(q *Queue, kind string, lanes int) *subscriber {
	closed, end := context.WithCancel(context.Background())
	return &subscriber{queue: q, kind: kind, lanes: max(lanes, 1), closed: closed, close: end}
}

// Subscribe begins to emit. The topic is the kind's name.
func (s *subscriber) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	detach := context.AfterFunc(s.closed, cancel)
	out := make(chan *message.Message)
	var lanes sync.WaitGroup
	for range s.lanes {
		lanes.Go(func() { s.lane(ctx, out) })
	}
	s.emitting.Go(func() {
		defer close(out)
		defer cancel()
		defer detach()
		lanes.Wait()
	})
	return out, nil
}

// Close ends the subscription and waits for the tasks under way.
func (s *subscriber) Close() error {
	s.close()
	s.emitting.Wait()
	return nil
}

// The pauses before the queue is asked again after it has not answered.
const (
	firstRest   = 250 * time.Millisecond
	longestRest = 5 * time.Second
	// wait is how long one question for a task stands. One that gets lost, such as to a consumer that has no leader yet, costs no more than that.
	wait = 5 * time.Second
)

// lane emits one task after the other. A queue that is away is waited for.
func (s *subscriber) lane(ctx context.Context, out chan<- *message.Message) {
	rest := firstRest
	for ctx.Err() == nil {
		err := s.drain(ctx, out, &rest)
		if err == nil || ctx.Err() != nil {
			continue
		}
		s.queue.cfg.Logger.Warn("tasks wait for the queue, which can't be reached", "kind", s.kind, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		rest = min(2*rest, longestRest)
	}
}

// drain emits tasks until ctx ends, or the queue does not answer.
func (s *subscriber) drain(ctx context.Context, out chan<- *message.Message, rest *time.Duration) error {
	consumer, err := s.queue.consumer(ctx, s.kind)
	for err == nil && ctx.Err() == nil {
		var m jetstream.Msg
		if m, err = next(ctx, consumer); err == nil && m != nil {
			s.emit(ctx, m, out)
		}
		if err == nil {
			*rest = firstRest
		}
	}
	return err
}

// next asks for a task, nil where there is none for a while.
func next(ctx context.Context, consumer jetstream.Consumer) (jetstream.Msg, error) {
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	m, err := consumer.Next(jetstream.FetchContext(ctx))
	for _, nothing := range []error{nats.ErrTimeout, jetstream.ErrNoMessages, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, nothing) {
			return nil, nil
		}
	}
	return m, err
}

// emit gives a task to the router and tells the queue what became of it. What was taken is ended also where the subscription closes meanwhile.
func (s *subscriber) emit(ctx context.Context, m jetstream.Msg, out chan<- *message.Message) {
	d := &delivery{msg: m}
	msg := message.NewMessage(m.Subject(), m.Data())
	msg.SetContext(context.WithValue(ctx, deliveryKey{}, d))
	select {
	case out <- msg:
	case <-ctx.Done():
		s.tell(m.Nak())
		return
	}
	select {
	case <-msg.Acked():
	case <-msg.Nacked():
		d.verdict, d.after = giveBack, s.queue.cfg.Pace.Pause
	}
	switch d.verdict {
	case done:
		s.tell(m.Ack())
	case giveBack:
		s.tell(m.NakWithDelay(d.after))
	case leave: // it is another's
	}
}

// tell tells of what the queue could not be told: it gives the task to somebody again, who sees in the table how it stands.
func (s *subscriber) tell(err error) {
	if err != nil {
		s.queue.cfg.Logger.Warn("the queue could not be told of a task", "kind", s.kind, "error", err)
	}
}

// delivery is a message of the queue on its way through the router.
type delivery struct {
	msg     jetstream.Msg
	verdict verdict
	after   time.Duration // until it is given to somebody again
}

// verdict is what becomes of a message.
type verdict int

const (
	done verdict = iota // it has had its turn
	giveBack
	leave
)

type deliveryKey struct{}

func deliveryOf(msg *message.Message) *delivery {
	return msg.Context().Value(deliveryKey{}).(*delivery)
}
