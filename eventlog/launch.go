package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// aloneOnOne is how many single events, on a stream that one server keeps, go sooner one after the other than as one atomic batch: there the
// server makes and syncs files of a batch's own before it syncs the events. The benchmark measures it ("break-even"). On a stream of several
// servers a batch costs no more than a single event.
const aloneOnOne = 6

// launch commits what is judged, when nothing is under way.
func (c *committer) launch(ctx context.Context) {
	if c.flying() || c.fatal != nil || c.turn.given != "" {
		return
	}
	if c.fatal = c.log.Stopped(); c.fatal != nil {
		return
	}
	if len(c.open.entries) == 0 || !c.stageAhead(ctx) {
		return
	}
	var err error
	switch {
	case len(c.open.payloads) == 0:
		entries := c.open.entries
		c.open = batch{}
		c.settle(entries)
	case c.alone():
		first := slices.IndexFunc(c.open.entries, func(e entry) bool { return e.events > 0 })
		err = c.commit(ctx, c.open.entries[:first+1], 1)
	case c.open.ready || len(c.held) > 0:
		err = c.commit(ctx, c.open.entries, len(c.open.payloads))
	}
	if err != nil {
		c.recover(ctx, failure{err, c.flying()})
	}
}

// stageAhead sends of what is judged what will go as a batch, also while something is under way. The server takes its time to begin with a
// batch, and whoever comes meanwhile comes along. It reports false where that failed, and all is to be judged again.
func (c *committer) stageAhead(ctx context.Context) bool {
	if len(c.open.payloads) == 0 || c.alone() {
		return true
	}
	err := c.stage()
	if err != nil {
		c.recover(ctx, failure{err: err})
	}
	return err == nil
}

// alone reports whether what is judged goes one by one.
func (c *committer) alone() bool {
	limit := 1
	if c.log.replicas == 1 {
		limit = aloneOnOne
	}
	return c.open.staged == 0 && len(c.open.payloads) <= limit && !slices.ContainsFunc(c.open.entries, func(e entry) bool { return e.events > 1 })
}

// stage sends all of the open batch but its last event, which commits it. It can't be committed by itself: were one of the events lost or
// refused, the server would refuse the commit.
func (c *committer) stage() (err error) {
	b := &c.open
	if b.id == "" && len(b.payloads) > 1 {
		if b.id, err = c.log.randomHex(); err != nil {
			return err
		}
		b.echo = c.line.newReply()
		c.line.arm()
	}
	for ; b.staged < len(b.payloads)-1; b.staged++ {
		reply := ""
		if b.staged == 0 {
			reply = b.echo
		}
		if err := c.line.send(b.payloads[b.staged], reply, heading{batch: b.id, sequence: b.staged + 1, after: c.after()}); err != nil {
			return err
		}
	}
	return nil
}

// after is the position behind which the open batch belongs.
func (c *committer) after() domain.Position {
	return c.known.last - domain.Position(len(c.open.payloads))
}

// commit sends the last of so many events, with all that must be on disk before it, and leaves what is behind them in the open batch.
func (c *committer) commit(ctx context.Context, entries []entry, events int) error {
	if err := c.disclose(ctx, entries); err != nil {
		return err
	}
	last := c.open.payloads[events-1]
	f := flight{entries: entries, events: events, last: c.after() + domain.Position(events), reply: c.line.newReply()}
	h := heading{batch: c.open.id, sequence: events, after: c.after(), commit: events > 1}
	rest := batch{entries: c.open.entries[len(entries):], payloads: c.open.payloads[events:]}
	for _, e := range rest.entries {
		rest.size += e.size
	}
	c.fly, c.open = f, rest
	c.line.arm()
	return c.line.send(last, f.reply, h)
}

// disclose stores the disclosures of appends, once.
func (c *committer) disclose(ctx context.Context, entries []entry) error {
	var all []domain.Disclosure
	for _, e := range entries {
		if e.events > 0 && !e.opened {
			all = append(all, e.Disclosures...)
		}
	}
	if len(all) > 0 {
		ctx, cancel := c.bounded(ctx)
		defer cancel()
		if err := c.log.storeDisclosures(ctx, all); err != nil {
			return err
		}
	}
	for _, e := range entries {
		e.opened = e.opened || e.events > 0
	}
	return nil
}

// bounded gives one step its time. A step is not cut short when the log is closed: then nobody would know what became of it.
func (c *committer) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), c.log.cfg.Timeout)
}

// hear takes an answer of the server. One that is no longer waited for says nothing.
func (c *committer) hear(ctx context.Context, m *nats.Msg) {
	switch m.Subject {
	case c.fly.reply:
		last, err := acknowledged(m)
		if err != nil {
			c.recover(ctx, failure{err, true})
			return
		}
		if last != c.fly.last {
			c.fatal = fmt.Errorf("eventlog: events meant for the positions to %d were stored to %d: %w", c.fly.last, last, domain.ErrCorrupt)
			return
		}
		c.turn.came()
		landed := c.fly
		c.fly, c.crowd = flight{}, len(c.fly.entries)+len(c.open.entries) > 1
		if observe := c.log.cfg.Observe.Batch; observe != nil {
			observe(landed.events)
		}
		c.settle(landed.entries)
	case c.open.echo:
		if len(m.Data) == 0 && len(m.Header) == 0 {
			c.open.ready = true
			return
		}
		_, err := acknowledged(m)
		c.recover(ctx, failure{err: cmp.Or(err, errOdd)})
	}
}

// settle answers everybody.
func (c *committer) settle(entries []entry) {
	for _, e := range entries {
		delete(c.under, e.ID)
		c.answer(e.submission, e.outcome)
	}
}
