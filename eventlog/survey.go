package eventlog

import (
	"context"
	"fmt"

	"thidua/domain"
)

// survey reads a whole stream, and its season, where the last message alone does not tell how far they are: it is no event, or one is about
// to be discarded whose versions were wrong.
func (c *committer) survey(ctx context.Context, s domain.Stream) error {
	version, _, err := c.count(ctx, s.Filter())
	if err != nil {
		return fmt.Errorf("eventlog: stream %s: %w", s, err)
	}
	c.known.versions[s] = max(c.known.versions[s], version)
	if s.Season == "" {
		return nil
	}
	_, season, err := c.count(ctx, domain.SeasonFilter(s.Season))
	if err != nil {
		return fmt.Errorf("eventlog: season %s: %w", s.Season, err)
	}
	c.known.seasons[s.Season] = max(c.known.seasons[s.Season], season)
	return nil
}

// count returns the highest versions under a filter, and notes what is no event there.
func (c *committer) count(ctx context.Context, filter string) (stream, season uint64, err error) {
	var events []domain.Recorded
	err = c.log.scanAll(ctx, filter, 0, func(m message) error {
		r := c.log.trust(m)
		stream, season = max(stream, r.StreamVersion), max(season, r.SeasonVersion)
		events = append(events, r)
		return nil
	})
	for _, r := range domain.Void(events) {
		if r.Fault != nil {
			c.known.faults[r.Position] = r.Stream
		}
	}
	return stream, season, err
}

// unharmed judges that nothing lies in the streams that an append writes, or in the seasons that it stands on as a whole, that is no event. A
// discard is what mends it.
func (k *knowledge) unharmed(a domain.Append) error {
	for position, s := range k.faults {
		if _, whole := a.ExpectSeasons[s.Season]; whole && s.Season != "" {
			return domain.Unreadable(position, s)
		}
		for _, change := range a.Changes {
			if _, discards := change.Event.(*domain.EventDiscarded); change.Stream == s && !discards {
				return domain.Unreadable(position, s)
			}
		}
	}
	return nil
}
