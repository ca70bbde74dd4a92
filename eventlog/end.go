package eventlog

import (
	"context"
	"fmt"
	"time"

	"thidua/domain"
)

// office is how long a server that was cut off from the others may believe that it still leads a replicated stream, with room to spare: it gives that up
// when it has heard nobody for ten to twenty seconds.
const office = 25 * time.Second

// Reaches asks how far the log goes, which must be at least to a position that somebody has seen. The error is of kind ErrCorrupt where it does
// not. On a replicated stream that is believed only when it is still so after the time that a leader which knows of no other could give the answer.
func (l *Log) Reaches(ctx context.Context, seen domain.Position) (end domain.Position, err error) {
	patience := time.NewTimer(office)
	defer patience.Stop()
	for {
		info, err := l.inspect(ctx)
		if info != nil {
			end = info.State.LastSeq
		}
		if err != nil {
			return end, err
		}
		if end >= seen {
			return end, nil
		}
		lost := fmt.Errorf("eventlog: the log ends at %d, and did at %d before; events %d to %d are lost: %w", end, seen, end+1, seen, domain.ErrCorrupt)
		if info.Config.Replicas <= 1 {
			return end, lost
		}
		l.cfg.Logger.Warn("a server knows less of the log than was seen; it is asked again", "end", end, "seen", seen)
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-patience.C:
			return end, lost
		case <-ctx.Done():
			again.Stop()
			return end, fmt.Errorf("eventlog: the log ends at %d, and did at %d before, which may be an old leader's answer: %w", end, seen, ctx.Err())
		}
		again.Stop()
	}
}
