package workers

import (
	"context"
	"strconv"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"

	"thidua/domain"
)

// subscriber emits the log after a position as Watermill messages, one for each batch, each only after the one before was acknowledged. It
// is made for one subscription.
type subscriber struct {
	feed  *feed
	after domain.Position
	work  context.Context // of the batches; outlasts the subscription, so that the one under way comes to its end
	fail  func(error)     // told why the subscription ended, unless it was closed

	closed   context.Context // ends with close
	close    context.CancelFunc
	emitting sync.WaitGroup
}

func newSubscriber(work context.Context, f *feed, after domain.Position, fail func(error)) *subscriber {
	closed, end := context.WithCancel(context.Background())
	return &subscriber{work: work, feed: f, after: after, fail: fail, closed: closed, close: end}
}

// Subscribe begins to emit. The topic is the projection's name; it names the messages and chooses nothing.
func (s *subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	ctx, cancel := context.WithCancel(ctx)
	detach := context.AfterFunc(s.closed, cancel)
	out := make(chan *message.Message)
	s.emitting.Go(func() {
		defer close(out)
		defer cancel()
		defer detach()
		if err := s.emit(ctx, topic, out); err != nil && ctx.Err() == nil {
			s.fail(err)
		}
	})
	return out, nil
}

// Close ends the subscription and waits for it.
func (s *subscriber) Close() error {
	s.close()
	s.emitting.Wait()
	return nil
}

// emit ends with an error of the feed, or with nil when the subscription is closed or a batch was given back: the handler's middleware has
// tried what could be tried and said why.
func (s *subscriber) emit(ctx context.Context, topic string, out chan<- *message.Message) error {
	defer s.feed.leave(s)
	for after := s.after; ; {
		b, err := s.feed.next(ctx, s, after)
		if err != nil {
			return err
		}
		msg := newMessage(s.work, topic, b)
		select {
		case out <- msg:
		case <-ctx.Done():
			return nil
		}
		select {
		case <-msg.Acked():
			after = b.last()
		case <-msg.Nacked():
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

type batchKey struct{}

// newMessage wraps a batch. The events travel in the context: they are decoded already, and copying them would be half the work.
func newMessage(ctx context.Context, topic string, b *batch) *message.Message {
	first, last := strconv.FormatUint(b.first(), 10), strconv.FormatUint(b.last(), 10)
	msg := message.NewMessage(topic+" "+first+"-"+last, nil)
	msg.Metadata.Set("first", first)
	msg.Metadata.Set("last", last)
	msg.SetContext(context.WithValue(ctx, batchKey{}, b))
	return msg
}

// eventsOf returns the events of a message that newMessage made.
func eventsOf(msg *message.Message) []domain.Recorded {
	return msg.Context().Value(batchKey{}).(*batch).events
}
