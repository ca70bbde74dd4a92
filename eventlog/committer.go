package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// One round puts at most so much on the log, as one atomic batch. It is also the most that one append may have.
const (
	roundEvents = batchLimit
	roundBytes  = 4 << 20
)

// pause is how long the committer waits before it asks a server again that did not answer.
const pause = 100 * time.Millisecond

// sendTries is how often a round is sent again after a failure that left nothing on the log, before its appends are told of it. A refused
// fence does not count: somebody got on.
const sendTries = 3

// committer puts appends on the log, one round after the other: it takes all that waits, judges it, and sends what holds as one batch,
// fenced with the position that it knows to be the last. It runs in one goroutine, the only one that touches its fields.
type committer struct {
	log   *Log
	known knowledge
	held  *submission // taken from the queue, but for the next round
	fatal error       // what every append gets from now on
}

// begin learns where the log ends.
func (c *committer) begin(ctx context.Context) error {
	c.known = knowledge{tally: newTally(nil), faults: map[domain.Position]domain.Stream{}}
	info, err := c.log.inspect(ctx)
	if err != nil || info.State.LastSeq == 0 {
		return err
	}
	// What lies at the end may be no event, and say nothing of when it was recorded.
	for position := info.State.LastSeq; position > 0; position-- {
		r, err := c.log.At(ctx, position)
		if errors.Is(err, domain.ErrNotFound) {
			err = missing(position, position)
		}
		if err != nil {
			return err
		}
		c.known.fold(r)
		if r.Fault == nil {
			break
		}
	}
	c.known.last = info.State.LastSeq
	return nil
}

// run goes on until ctx is done, and then answers what waits.
func (c *committer) run(ctx context.Context) {
	defer close(c.log.done)
	for {
		round := c.gather(ctx)
		if len(round) == 0 {
			c.refuseWaiting()
			return
		}
		if c.fatal == nil {
			c.fatal = context.Cause(c.log.stopped)
		}
		if c.fatal == nil {
			c.commit(ctx, round)
		}
		if c.fatal != nil {
			c.fail(round, c.fatal)
		}
	}
}

// gather waits for one submission and takes with it all that waits too and fits into one round. It returns none when ctx is done.
func (c *committer) gather(ctx context.Context) (round []*submission) {
	events, size, commands := 0, 0, map[string]bool{}
	for {
		s := c.next(ctx, len(round) == 0)
		if s == nil {
			return round
		}
		events, size = events+len(s.parts), size+s.size
		// The same command twice must not be judged in one round: the second is to find the first on the log.
		if len(round) > 0 && (events > roundEvents || size > roundBytes || commands[s.ID]) {
			c.held = s
			return round
		}
		commands[s.ID] = true
		round = append(round, s)
	}
}

// next takes a submission from the queue, nil where there is none, or, when it waits, where ctx is done.
func (c *committer) next(ctx context.Context, wait bool) *submission {
	if ctx.Err() != nil {
		return nil
	}
	if s := c.held; s != nil {
		c.held = nil
		return s
	}
	if !wait {
		select {
		case s := <-c.log.queue:
			return s
		default:
			return nil
		}
	}
	select {
	case s := <-c.log.queue:
		return s
	case <-ctx.Done():
		return nil
	}
}

func (c *committer) refuseWaiting() {
	for s := c.held; ; {
		if s != nil {
			c.answer(s, outcome{err: errClosed})
		}
		select {
		case s = <-c.log.queue:
		default:
			return
		}
	}
}

// answer tells the caller. Only the first answer counts.
func (c *committer) answer(s *submission, o outcome) {
	select {
	case s.outcome <- o:
		s.failed = o.err != nil
		if observe := c.log.cfg.Observe.Append; observe != nil {
			observe(c.log.cfg.Now().Sub(s.begun), o.err)
		}
	default:
	}
}

func (c *committer) fail(round []*submission, err error) {
	for _, s := range round {
		c.answer(s, outcome{err: err})
	}
}

// commit brings a round to its end: every submission is answered, and answered truly.
func (c *committer) commit(ctx context.Context, round []*submission) {
	fresh := false // the log was read to its end after the round was gathered
	for tries := 0; len(round) > 0; {
		p := c.judge(ctx, round)
		var err error
		if !p.behind || fresh {
			if err = c.send(ctx, p); err == nil {
				c.settle(p)
				return
			}
			if c.fatal != nil {
				return
			}
		}
		landed, lost := c.catchUp(ctx)
		if lost != nil {
			c.fail(round, errors.Join(lost, err))
			return
		}
		fresh, round = true, c.unsettled(round, landed)
		if err != nil && !errors.Is(err, errFenced) {
			c.log.cfg.Logger.Warn("a batch did not reach the log", "error", err)
			if tries++; tries == sendTries {
				c.fail(round, err)
				return
			}
		}
	}
}

// settle learns what was sent and answers everybody.
func (c *committer) settle(p *plan) {
	c.known.learn(p)
	if observe := c.log.cfg.Observe.Batch; observe != nil && len(p.payloads) > 0 {
		observe(len(p.payloads))
	}
	for _, a := range append(p.accepted, p.refused...) {
		c.answer(a.submission, a.outcome)
	}
}

// unsettled answers the submissions whose command has come to stand on the log, and returns the others. Judged again they would conflict
// with themselves, and be found by looking only once every replica has them.
func (c *committer) unsettled(round []*submission, landed map[string]domain.Recorded) (rest []*submission) {
	for _, s := range round {
		if r, ok := landed[s.ID]; ok {
			c.answer(s, outcome{r.Position, s.Repeats(r)})
		} else {
			rest = append(rest, s)
		}
	}
	return rest
}

// send stores the disclosures and then the events of a plan.
func (c *committer) send(ctx context.Context, p *plan) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	if err := c.disclose(ctx, p); err != nil {
		return err
	}
	if len(p.payloads) == 0 {
		return nil
	}
	messages := make([]*nats.Msg, len(p.payloads))
	for i, e := range p.payloads {
		messages[i] = &nats.Msg{Subject: e.subject, Data: e.data}
	}
	last, err := c.log.publish(ctx, messages, &c.known.last)
	if err != nil {
		return err
	}
	if last != p.last {
		c.fatal = fmt.Errorf("eventlog: events meant for the positions to %d were stored to %d: %w", p.last, last, domain.ErrCorrupt)
		return c.fatal
	}
	return nil
}

// disclose stores the disclosures of the plan's appends, once.
func (c *committer) disclose(ctx context.Context, p *plan) error {
	var all []domain.Disclosure
	for _, a := range p.accepted {
		if !a.opened {
			all = append(all, a.Disclosures...)
		}
	}
	if err := c.log.storeDisclosures(ctx, all); err != nil {
		return err
	}
	for _, a := range p.accepted {
		a.opened = true
	}
	return nil
}

// bounded gives one step of a round its time. A step is not cut short when the log is closed: then nobody would know what became of it.
func (c *committer) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), c.log.cfg.Timeout)
}
