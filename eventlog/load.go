package eventlog

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// lookUps is how many versions are asked for at once.
const lookUps = 16

// lookUp asks how far a stream is, or a season: one that names nothing else.
type lookUp struct {
	stream domain.Stream
	newest domain.Recorded // the zero event where there is none
	err    error
}

// load reads the versions that appends need and that are not known yet. It returns an error for each append of which something could not be read.
func (c *committer) load(ctx context.Context, round []*submission) []error {
	errs := make([]error, len(round))
	var wanted []*lookUp
	asked := map[domain.Stream]*lookUp{}
	for _, s := range round {
		for stream := range c.unknown(s) {
			if asked[stream] == nil {
				asked[stream] = &lookUp{stream: stream}
				wanted = append(wanted, asked[stream])
			}
		}
	}
	if len(wanted) > 0 {
		c.read(ctx, wanted)
	}
	for i, s := range round {
		errs[i] = c.surveyDiscarded(ctx, s)
		for stream := range c.unknown(s) {
			errs[i] = errors.Join(errs[i], asked[stream].err)
		}
	}
	return errs
}

// read looks up what is wanted, much of it at once. Each has its own error.
func (c *committer) read(ctx context.Context, wanted []*lookUp) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(lookUps)
	for _, w := range wanted[1:] {
		group.Go(func() error {
			w.newest, w.err = c.log.newest(ctx, w.stream)
			return nil
		})
	}
	wanted[0].newest, wanted[0].err = c.log.newest(ctx, wanted[0].stream)
	_ = group.Wait()
	for _, w := range wanted {
		w.err = c.learn(ctx, w)
	}
}

// unknown visits the streams and seasons of an append whose versions are not known. What is none is refused elsewhere.
func (c *committer) unknown(s *submission) func(yield func(domain.Stream) bool) {
	return func(yield func(domain.Stream) bool) {
		for stream := range s.Expect {
			if !c.known.counts(stream) && envelope.Nameable(stream) && !yield(stream) {
				return
			}
		}
		for season := range s.ExpectSeasons {
			if _, known := c.known.seasons[season]; !known && envelope.Token(season) && !yield(domain.Stream{Season: season}) {
				return
			}
		}
		for i, part := range s.parts {
			if i > 0 && part.Stream == s.parts[i-1].Stream {
				continue
			}
			if !c.known.counts(part.Stream) && !yield(part.Stream) {
				return
			}
			if _, known := c.known.seasons[part.Stream.Season]; !known && part.Stream.Season != "" && !yield(domain.Stream{Season: part.Stream.Season}) {
				return
			}
		}
	}
}

// learn takes in what was read of a stream or season.
func (c *committer) learn(ctx context.Context, w *lookUp) error {
	whole := w.stream == domain.Stream{Season: w.stream.Season}
	switch {
	case w.err != nil && whole:
		return fmt.Errorf("eventlog: season %s: %w", w.stream.Season, w.err)
	case w.err != nil:
		return fmt.Errorf("eventlog: stream %s: %w", w.stream, w.err)
	case w.newest.Fault != nil && whole:
		return c.survey(ctx, domain.SeasonStream(w.stream.Season))
	case w.newest.Fault != nil:
		return c.survey(ctx, w.stream)
	case whole:
		c.known.seasons[w.stream.Season] = w.newest.SeasonVersion
		c.known.followed[w.stream.Season] = w.newest.SeasonVersion == 0
	default:
		c.known.versions[w.stream] = w.newest.StreamVersion
	}
	return nil
}

// newest returns the last event of a stream, or of a season where the stream names only that; the zero event where there is none.
func (l *Log) newest(ctx context.Context, s domain.Stream) (domain.Recorded, error) {
	m, found, err := l.last(ctx, StreamName, filterOf(s))
	if err != nil || !found {
		return domain.Recorded{}, err
	}
	return l.trust(m), nil
}

// filterOf is the filter of a stream, or of a season where the stream names only that.
func filterOf(s domain.Stream) string {
	if s == (domain.Stream{Season: s.Season}) {
		return domain.SeasonFilter(s.Season)
	}
	return s.Filter()
}

// surveyDiscarded looks through the streams in which an append discards something.
func (c *committer) surveyDiscarded(ctx context.Context, s *submission) error {
	for _, part := range s.parts {
		if _, ok := part.Event.(*domain.EventDiscarded); ok {
			if err := c.survey(ctx, part.Stream); err != nil {
				return err
			}
		}
	}
	return nil
}
