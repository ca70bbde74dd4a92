package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"thidua/domain"
)

// Stream returns the events of one stream, oldest first, none where there is no such stream. ErrUnknownEvent says that a newer version has
// written to it, so that this one cannot decide on it; ErrCorrupt that an event of it is missing.
func (l *Log) Stream(ctx context.Context, s domain.Stream) ([]domain.Recorded, error) {
	if !streamTokens(s) {
		return nil, fmt.Errorf("eventlog: stream %q: %w", s, domain.ErrInvalid)
	}
	events, err := l.matching(ctx, s.Filter(), 0)
	if err != nil {
		return nil, err
	}
	for i, r := range events {
		if r.StreamVersion != uint64(i)+1 {
			return nil, fmt.Errorf("eventlog: stream %s: version %d is missing before position %d: %w", s, i+1, r.Position, domain.ErrCorrupt)
		}
	}
	return events, nil
}

// Season returns every event of a season, and of the units that are its members or stand above them, up to a position (0: all that there
// is), in the order of the log. The errors are those of Stream.
func (l *Log) Season(ctx context.Context, season string, upTo domain.Position) ([]domain.Recorded, error) {
	if !token(season) {
		return nil, fmt.Errorf("eventlog: season %q: %w", season, domain.ErrInvalid)
	}
	events, err := l.matching(ctx, domain.SeasonFilter(season), upTo)
	if err != nil {
		return nil, err
	}
	for i, r := range events {
		if r.SeasonVersion != uint64(i)+1 {
			return nil, fmt.Errorf("eventlog: season %s: version %d is missing before position %d: %w", season, i+1, r.Position, domain.ErrCorrupt)
		}
	}
	units, err := l.units(ctx, members(events), upTo)
	if err != nil {
		return nil, err
	}
	events = append(events, units...)
	slices.SortFunc(events, func(a, b domain.Recorded) int { return cmp.Compare(a.Position, b.Position) })
	return events, nil
}

// members lists the members of a season as its drafts name them.
func members(events []domain.Recorded) (units []string) {
	for _, r := range events {
		if draft, ok := r.Event.(*domain.SeasonDrafted); ok {
			units = append(units, draft.Members...)
		}
	}
	return units
}

// units returns the events of units and of all that stand above them.
func (l *Log) units(ctx context.Context, ids []string, upTo domain.Position) (events []domain.Recorded, err error) {
	seen := map[string]bool{"": true}
	for i := 0; i < len(ids); i++ {
		if seen[ids[i]] || !token(ids[i]) {
			continue
		}
		seen[ids[i]] = true
		unit, err := l.matching(ctx, domain.UnitStream(ids[i]).Filter(), upTo)
		if err != nil {
			return nil, err
		}
		for _, r := range unit {
			if registered, ok := r.Event.(*domain.UnitRegistered); ok {
				ids = append(ids, registered.Parent)
			}
		}
		events = append(events, unit...)
	}
	return events, nil
}

// errEnough ends a scan before the end.
var errEnough = errors.New("enough")

// matching returns the events that a filter matches, up to a position (0: all).
func (l *Log) matching(ctx context.Context, filter string, upTo domain.Position) (events []domain.Recorded, err error) {
	err = l.scan(ctx, filter, 1, func(m message) error {
		if upTo > 0 && m.sequence > upTo {
			return errEnough
		}
		r, err := l.decode(m)
		events = append(events, r)
		return err
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return events, err
}
