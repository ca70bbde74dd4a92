package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Stream returns the events of one stream, oldest first, none where there is no such stream. One that was discarded is a domain.Voided. Where
// events of it are lost, the log's gaps across which they are missing stand among the others.
//
// ErrUnknownEvent says that a newer version has written to it, so that this one cannot decide on it; ErrRefused that something lies in it
// that is no event and was not discarded; ErrCorrupt that an event of it is missing.
func (l *Log) Stream(ctx context.Context, s domain.Stream) ([]domain.Recorded, error) {
	if !envelope.Nameable(s) {
		return nil, fmt.Errorf("eventlog: stream %q: %w", s, domain.ErrInvalid)
	}
	events, err := l.matching(ctx, s.Filter(), 0)
	if err != nil {
		return nil, err
	}
	if events, err = l.bridged(ctx, events, func(r domain.Recorded) uint64 { return r.StreamVersion }); err != nil {
		return nil, fmt.Errorf("eventlog: stream %s: %w", s, err)
	}
	return events, nil
}

// Season returns every event of a season, of the units that are its members or stand above them, and of the keys that its signatures name, up to a
// position (0: all that there is), in the order of the log. What was discarded up to there is a domain.Voided, and what is lost shows as in Stream. The errors are those of
// Stream.
func (l *Log) Season(ctx context.Context, season string, upTo domain.Position) ([]domain.Recorded, error) {
	if !envelope.Token(season) {
		return nil, fmt.Errorf("eventlog: season %q: %w", season, domain.ErrInvalid)
	}
	events, err := l.matching(ctx, domain.SeasonFilter(season), upTo)
	if err != nil {
		return nil, err
	}
	if events, err = l.bridged(ctx, events, func(r domain.Recorded) uint64 { return r.SeasonVersion }); err != nil {
		return nil, fmt.Errorf("eventlog: season %s: %w", season, err)
	}
	units, err := l.units(ctx, members(events), upTo)
	if err != nil {
		return nil, err
	}
	keys, err := l.keys(ctx, events, upTo)
	if err != nil {
		return nil, err
	}
	events = slices.Concat(events, units, keys)
	slices.SortFunc(events, inOrder)
	return events, nil
}

// Lying returns the events of a stream, or of a whole season where the stream names only that, up to a position, as they lie: also what is no
// event, with its fault, and whatever versions they have. What was discarded up to there is a domain.Voided.
func (l *Log) Lying(ctx context.Context, s domain.Stream, upTo domain.Position) ([]domain.Recorded, error) {
	return l.lying(ctx, filterOf(s), upTo)
}

// inOrder compares events by their places in the log.
func inOrder(a, b domain.Recorded) int { return cmp.Compare(a.Position, b.Position) }

// members lists the members of a season as its drafts name them.
func members(events []domain.Recorded) (units []string) {
	for _, r := range events {
		if draft, ok := r.Event.(*domain.SeasonDrafted); ok {
			units = append(units, draft.Members...)
		}
	}
	return units
}

// units returns the events of units and of all that stand above them. What is no event says nothing of a unit, and keeps no season from being
// decided on.
func (l *Log) units(ctx context.Context, ids []string, upTo domain.Position) (events []domain.Recorded, err error) {
	seen := map[string]bool{"": true}
	for i := 0; i < len(ids); i++ {
		if seen[ids[i]] || !envelope.Token(ids[i]) {
			continue
		}
		seen[ids[i]] = true
		unit, err := l.lying(ctx, domain.UnitStream(ids[i]).Filter(), upTo)
		unit = slices.DeleteFunc(unit, func(r domain.Recorded) bool { return r.Fault != nil })
		if err = cmp.Or(err, readable(unit)); err != nil {
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

// keys returns the events of the keys that signatures name, and of those that these name in turn. What is no event says nothing of a key.
func (l *Log) keys(ctx context.Context, signed []domain.Recorded, upTo domain.Position) (events []domain.Recorded, err error) {
	seen := map[domain.Stream]bool{}
	for len(signed) > 0 {
		var next []domain.Recorded
		for _, r := range signed {
			for _, id := range domain.KeysNamed(r.Event) {
				s := domain.KeyStream(id)
				if seen[s] {
					continue
				}
				seen[s] = true
				key, err := l.lying(ctx, s.Filter(), upTo)
				key = slices.DeleteFunc(key, func(r domain.Recorded) bool { return r.Fault != nil })
				if err = cmp.Or(err, readable(key)); err != nil {
					return nil, err
				}
				next = append(next, key...)
			}
		}
		events, signed = append(events, next...), next
	}
	return events, nil
}

// errEnough ends a scan before the end.
var errEnough = errors.New("enough")

// matching returns the events that a filter matches, up to a position (0: all), each of which can be read or was discarded.
func (l *Log) matching(ctx context.Context, filter string, upTo domain.Position) ([]domain.Recorded, error) {
	events, err := l.lying(ctx, filter, upTo)
	if err != nil {
		return nil, err
	}
	return events, readable(events)
}

// lying returns what lies under a filter. A message there that is in no stream is nobody's.
func (l *Log) lying(ctx context.Context, filter string, upTo domain.Position) (events []domain.Recorded, err error) {
	err = l.scanAll(ctx, filter, upTo, func(m message) error {
		if r := l.trust(m); r.Fault == nil || r.Stream != domain.LogStream() {
			events = append(events, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return domain.Void(events), nil
}
