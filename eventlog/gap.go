package eventlog

import (
	"context"
	"fmt"
	"slices"

	"thidua/domain"
)

// gapWords are those of a gap's type.
const gapWords = "log.gap"

// bridged judges that versions go up by one. A discarded event may have had any, but none that another has. Where some are missing, the log must
// have as many gaps between the events before and behind, and these gaps are put there.
func (l *Log) bridged(ctx context.Context, events []domain.Recorded, version func(domain.Recorded) uint64) ([]domain.Recorded, error) {
	var bridges []domain.Recorded
	last, before := uint64(0), domain.Position(0)
	for _, r := range events {
		_, voided := r.Event.(*domain.Voided)
		if version(r) > last+1 && !voided {
			gaps, err := l.gaps(ctx, before, r.Position)
			if err != nil {
				return nil, err
			}
			if missing := version(r) - last - 1; uint64(len(gaps)) < missing {
				return nil, fmt.Errorf("version %d is missing before position %d: %w", last+1, r.Position, domain.ErrCorrupt)
			}
			bridges = append(bridges, gaps...)
			last = version(r) - 1
		}
		if !voided && version(r) != last+1 {
			return nil, fmt.Errorf("version %d is missing before position %d: %w", last+1, r.Position, domain.ErrCorrupt)
		}
		last, before = max(last, version(r)), r.Position
	}
	if len(bridges) == 0 {
		return events, nil
	}
	events = append(bridges, events...)
	slices.SortFunc(events, inOrder)
	return events, nil
}

// AnyGap reports whether there is a gap on the log.
func (l *Log) AnyGap(ctx context.Context) (bool, error) {
	_, found, err := l.last(ctx, StreamName, domain.GapFilter())
	return found, err
}

// gaps returns the gaps between two positions.
func (l *Log) gaps(ctx context.Context, after, before domain.Position) (gaps []domain.Recorded, err error) {
	err = l.scanAll(ctx, domain.GapFilter(), before-1, func(m message) error {
		if r := l.trust(m); r.Position > after && domain.IsGap(r) {
			gaps = append(gaps, r)
		}
		return nil
	})
	return gaps, err
}
