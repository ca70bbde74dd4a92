package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// judge plans a round: each append is checked against what is known and what the appends before it do.
func (c *committer) judge(ctx context.Context, round []*submission) *plan {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	unread := map[*submission]error{}
	for _, s := range round {
		unread[s] = c.load(ctx, s.Append)
	}
	p := newPlan(&c.known, c.log.cfg.Now())
	refused := map[*submission]bool{}
	for _, s := range round {
		o := outcome{err: unread[s]}
		if o.err == nil {
			o = c.judgeOne(ctx, p, s, refused[s.follows])
		}
		if o.err != nil || o.position > 0 {
			p.refused = append(p.refused, answer{s, o})
		}
		refused[s] = o.err != nil
	}
	return p
}

// judgeOne adds a submission to the plan, or gives the outcome that it has without being sent.
func (c *committer) judgeOne(ctx context.Context, p *plan, s *submission, stopped bool) outcome {
	if stopped || (s.follows != nil && s.follows.failed) {
		return outcome{err: errFollows}
	}
	if first := s.Changes[0].Stream; !expects(s, first) && c.known.versions[first] > 0 {
		// Nobody has looked at the stream for this command yet.
		done, err := c.log.commands(ctx, first)
		if err == nil && done.version < c.known.versions[first] {
			err = fmt.Errorf("eventlog: stream %s: a replica has version %d, the log %d", first, done.version, c.known.versions[first])
		}
		if err != nil {
			return outcome{err: err}
		}
		if r, found := done.first[s.ID]; found {
			return outcome{r.Position, s.Repeats(r)}
		}
	}
	if err := p.expected(s.Append); err != nil {
		return outcome{err: err}
	}
	if err := c.known.unharmed(s.Append); err != nil {
		p.behind = true // somebody may have discarded it
		return outcome{err: err}
	}
	return outcome{err: p.add(c.log, s)}
}

func expects(s *submission, stream domain.Stream) bool {
	_, ok := s.Expect[stream]
	return ok
}

// load reads the versions that an append needs and that are not known yet.
func (c *committer) load(ctx context.Context, a domain.Append) error {
	for stream := range a.Expect {
		if err := c.loadStream(ctx, stream); err != nil {
			return err
		}
	}
	for season := range a.ExpectSeasons {
		if err := c.loadSeason(ctx, season); err != nil {
			return err
		}
	}
	for _, change := range a.Changes {
		if _, ok := change.Event.(*domain.EventDiscarded); ok {
			if err := c.survey(ctx, change.Stream); err != nil {
				return err
			}
		}
		if err := c.loadStream(ctx, change.Stream); err != nil {
			return err
		}
		if err := c.loadSeason(ctx, change.Stream.Season); err != nil {
			return err
		}
	}
	return nil
}

func (c *committer) loadStream(ctx context.Context, s domain.Stream) error {
	if _, known := c.known.versions[s]; known || !streamTokens(s) {
		return nil // what is no stream is refused when the event is written
	}
	r, err := c.newest(ctx, s.Filter())
	if err != nil {
		return fmt.Errorf("eventlog: stream %s: %w", s, err)
	}
	if r.Fault != nil {
		return c.survey(ctx, s)
	}
	c.known.versions[s] = r.StreamVersion
	return nil
}

func (c *committer) loadSeason(ctx context.Context, season string) error {
	if _, known := c.known.seasons[season]; known || !token(season) {
		return nil
	}
	r, err := c.newest(ctx, domain.SeasonFilter(season))
	if err != nil {
		return fmt.Errorf("eventlog: season %s: %w", season, err)
	}
	if r.Fault != nil {
		return c.survey(ctx, domain.SeasonStream(season))
	}
	c.known.seasons[season] = r.SeasonVersion
	return nil
}

// newest returns the last event that a filter matches, the zero event where there is none.
func (c *committer) newest(ctx context.Context, filter string) (domain.Recorded, error) {
	m, found, err := c.log.last(ctx, StreamName, filter)
	if err != nil || !found {
		return domain.Recorded{}, err
	}
	return c.log.trust(m), nil
}

// catchUp reads what others have appended, to the end of the log, and returns the first event of each command in it. It gives up only
// when the log is corrupt, the connection is closed for good, or ctx is done: until then an append that is under way has no true answer.
func (c *committer) catchUp(ctx context.Context) (map[string]domain.Recorded, error) {
	landed := map[string]domain.Recorded{}
	for {
		err := c.readOn(ctx, landed)
		if err == nil {
			return landed, nil
		}
		if errors.Is(err, domain.ErrCorrupt) || errors.Is(err, nats.ErrConnectionClosed) {
			c.fatal = err
			return nil, err
		}
		c.log.cfg.Logger.Warn("the log cannot be read", "error", err)
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, fmt.Errorf("%w, and whether the append is on the log is not known: %w", errClosed, err)
		}
	}
}

// readOn folds the events behind the last one known. It fails where the answering replica has not yet all that the leader has.
func (c *committer) readOn(ctx context.Context, landed map[string]domain.Recorded) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	end, err := c.log.Last(ctx)
	if err != nil {
		return err
	}
	if end < c.known.last {
		return fmt.Errorf("eventlog: the log ends at %d, and did at %d before: %w", end, c.known.last, domain.ErrCorrupt)
	}
	if end == c.known.last {
		return nil
	}
	err = c.log.scan(ctx, "", c.known.last+1, func(m message) error {
		r := c.log.trust(m)
		if r.Position != c.known.last+1 {
			return missing(c.known.last+1, r.Position-1)
		}
		if _, seen := landed[r.CommandID]; !seen {
			landed[r.CommandID] = r
		}
		c.known.fold(r)
		return nil
	})
	if err == nil && c.known.last < end {
		err = fmt.Errorf("eventlog: a replica ends at %d, the log at %d", c.known.last, end)
	}
	return err
}

// missing says that the log has a hole.
func missing(from, to domain.Position) error {
	if from == to {
		return fmt.Errorf("eventlog: position %d is missing: %w", from, domain.ErrCorrupt)
	}
	return fmt.Errorf("eventlog: positions %d to %d are missing: %w", from, to, domain.ErrCorrupt)
}
