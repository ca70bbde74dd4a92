package main

import (
	"context"
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"

	"thidua/eventlog"
)

// singles is the subscriber of the baseline: one message an event, the next when the one before is acknowledged.
type singles struct {
	log   *eventlog.Log
	count int
	done  func()
}

// Subscribe emits the first count events and then says that it is done.
func (s *singles) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	out := make(chan *message.Message)
	go func() {
		defer close(out)
		defer s.done()
		reader := s.log.Reader(0)
		defer reader.Close()
		for sent := 0; sent < s.count; {
			events, err := reader.Next(ctx, eventlog.Limit{})
			if err != nil {
				return
			}
			for _, e := range events[:min(len(events), s.count-sent)] {
				msg := message.NewMessage(e.ID, e.Payload)
				msg.Metadata.Set("position", strconv.FormatUint(e.Position, 10))
				msg.Metadata.Set("type", e.Type)
				msg.Metadata.Set("subject", e.Stream.String())
				msg.SetContext(ctx)
				out <- msg
				<-msg.Acked()
				sent++
			}
		}
	}()
	return out, nil
}

// Close has nothing to close: the subscription ends by itself.
func (s *singles) Close() error { return nil }
