package eventlog

import (
	"context"
	"fmt"

	"thidua/domain"
)

// At returns the event at a position. ErrNotFound says that the log does not hold one there.
func (l *Log) At(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	m, found, err := l.at(ctx, StreamName, position)
	if err != nil {
		return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, err)
	}
	if !found {
		return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, domain.ErrNotFound)
	}
	return l.decode(m)
}
