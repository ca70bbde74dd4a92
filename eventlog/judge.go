package eventlog

import (
	"context"
	"time"

	"thidua/domain"
)

// judge judges submissions in order, each against what is known and what those before do, and puts them into the open batch. It reports false
// where one can only be judged once the log was read to its end: that one and those behind it are held.
func (c *committer) judge(ctx context.Context, round []*submission) bool {
	unread := c.load(ctx, round)
	now := c.log.cfg.Now().UTC().Truncate(time.Millisecond)
	for i, s := range round {
		o := outcome{err: unread[i]}
		ahead := o.err != nil
		e := entry{submission: s, before: c.known.remember()}
		if !ahead {
			o, ahead = c.judgeOne(ctx, s)
		}
		if o.err == nil && o.position == 0 {
			var written []payload
			if e, written, o.err = c.write(s, now); o.err == nil {
				c.open.payloads = append(c.open.payloads, written...)
				o.position = e.position
			}
		}
		if o.err != nil && (s.adrift || ahead && !s.fresh) {
			c.hold(round[i:])
			return false
		}
		e.outcome, s.refused = o, o.err != nil
		c.open.entries = append(c.open.entries, e)
		c.open.size += s.size
	}
	return true
}

// hold puts submissions aside until the log was read to its end.
func (c *committer) hold(round []*submission) {
	round[0].behind = true
	for _, s := range round {
		delete(c.under, s.ID)
	}
	c.held = append(round, c.held...)
}

// judgeOne judges a submission: it gives the outcome that it has without being sent, or none where it is to be written. ahead says that it
// is refused for what may hold no more, or not yet.
func (c *committer) judgeOne(ctx context.Context, s *submission) (o outcome, ahead bool) {
	if s.follows != nil && (s.follows.failed || s.follows.refused) {
		return outcome{err: errFollows}, false
	}
	if first := s.Changes[0].Stream; !expects(s, first) && c.known.versions[first] > 0 {
		// Nobody has looked at the stream for this command yet.
		done, err := c.log.commands(ctx, first)
		if err != nil {
			return outcome{err: err}, true
		}
		if r, found := done[s.ID]; found {
			return outcome{r.Position, s.Repeats(r)}, false
		}
	}
	if ahead, err := c.known.expected(s.Append); err != nil {
		return outcome{err: err}, ahead
	}
	return outcome{err: c.known.unharmed(s.Append)}, true // somebody may have discarded what harms
}

func expects(s *submission, stream domain.Stream) bool {
	_, ok := s.Expect[stream]
	return ok
}
