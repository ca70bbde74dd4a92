package eventlog

import (
	"context"
	"errors"
	"fmt"

	"thidua/domain"
)

// Mark is what somebody has seen of a log: that the event of this id was at a position, in the stream of an epoch.
type Mark struct {
	Epoch    string
	Position domain.Position
	EventID  string
	// By names who has seen it, for the message.
	By string
}

// Attest proves that the log still holds what a mark has seen; one of position 0 has seen nothing. Where the log is another one, ends before
// the mark, or holds another event there, the error is of kind ErrCorrupt, says what is lost from where, and appends are stopped with it. Any
// other error says that the proof could not be made.
func (l *Log) Attest(ctx context.Context, m Mark) error {
	lost, err := l.lost(ctx, m)
	if err != nil {
		return fmt.Errorf("eventlog: attest position %d: %w", m.Position, err)
	}
	if lost == "" {
		return nil
	}
	err = damage(lost, nil)
	l.Stop(err)
	return err
}

// lost says what the log no longer holds of what a mark has seen, "" where it holds all of it.
func (l *Log) lost(ctx context.Context, m Mark) (string, error) {
	if m.Position == 0 {
		return "", nil
	}
	lost, err := l.lostOf(ctx, m)
	if lost != "" && m.By != "" {
		lost = m.By + ": " + lost
	}
	return lost, err
}

func (l *Log) lostOf(ctx context.Context, m Mark) (string, error) {
	if m.Epoch != l.epoch {
		return fmt.Sprintf("it is of epoch %s; positions 1 to %d were read from the epoch %s", l.epoch, m.Position, m.Epoch), nil
	}
	message, found, err := l.at(ctx, m.Position)
	if err == nil && !found {
		var end domain.Position
		end, err = l.Reaches(ctx, m.Position)
		switch {
		case err == nil: // the first answer may have been an old leader's
			message, found, err = l.at(ctx, m.Position)
		case errors.Is(err, domain.ErrCorrupt) && end < m.Position:
			return fmt.Sprintf("it ends at %d; positions %d to %d, which were read, are lost", end, end+1, m.Position), nil
		case errors.Is(err, domain.ErrCorrupt):
			err = nil
		}
	}
	switch {
	case err != nil:
		return "", err
	case !found:
		return fmt.Sprintf("position %d, which was read, is missing", m.Position), nil
	}
	if id := l.trust(message).ID; id != m.EventID {
		return fmt.Sprintf("position %d holds the event %s, and held %s when it was read", m.Position, id, m.EventID), nil
	}
	return "", nil
}

// Stop stops appends for a cause that was found elsewhere: a round that is under way comes to its true end, and every later append gets the
// cause. The first cause counts. Reading goes on.
func (l *Log) Stop(cause error) { l.stop(cause) }

// Stopped returns why appends are stopped, nil while they are not.
func (l *Log) Stopped() error { return context.Cause(l.stopped) }
