package eventlog

import (
	"context"
	"fmt"

	"thidua/domain"
)

// At returns the event at a position: one of an unknown type without its Event, what is no event with its Fault. ErrNotFound says that the log
// does not hold the position.
func (l *Log) At(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	return l.readAt(ctx, position, l.trust)
}

// Examine is At with the proof of Check: that the bytes are the canonical ones of what they say.
func (l *Log) Examine(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	return l.readAt(ctx, position, l.decode)
}

func (l *Log) readAt(ctx context.Context, position domain.Position, read func(message) domain.Recorded) (domain.Recorded, error) {
	m, found, err := l.at(ctx, position)
	if err != nil {
		return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, err)
	}
	if !found {
		return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, domain.ErrNotFound)
	}
	return read(m), nil
}
