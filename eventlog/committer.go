package eventlog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"thidua/domain"
)

// One atomic batch holds at most so much. It is also the most that one append may have.
const (
	roundEvents = batchLimit
	roundBytes  = 4 << 20
)

// pause is how long the committer waits before it asks a server again that did not answer.
const pause = 100 * time.Millisecond

// yields is how often the committer at most lets others run before it sends what it has, to see whether they bring more.
const yields = 16

// committer puts appends on the log. It judges what waits, each append on top of those before, and sends what holds as one batch, fenced with
// the position that it knows to be the last. While the server stores a batch, the next one is judged, written and staged; it is committed only
// when the one before is acknowledged, for a fence is a number, and a batch of the same length from another process would satisfy it too. When a
// batch fails, all that was judged since is taken back, the log is read to its end, and what has not come to stand on it is judged again.
//
// It runs in one goroutine, the only one that touches its fields.
type committer struct {
	log   *Log
	known knowledge
	line  line
	turn  turn
	held  []*submission   // taken from the queue, to be judged next, in order
	under map[string]bool // the commands that are judged and not yet answered
	open  batch           // judged, to be committed next
	fly   flight          // committed, and not yet acknowledged
	crowd bool            // more than one were answered at once, and may come again together
	fatal error           // what every append gets from now on
}

// batch is what is judged and not yet committed.
type batch struct {
	entries  []entry
	payloads []payload
	size     int    // in bytes, about
	staged   int    // how many of its payloads were sent
	id       string // of the atomic batch, where some were
	echo     string // where the server answers when it has begun to stage
	ready    bool   // it has
}

// flight is what is committed, and not yet acknowledged.
type flight struct {
	entries []entry
	events  int
	last    domain.Position // of its events
	reply   string          // where the acknowledgement comes, "" where nothing is under way
}

func (c *committer) flying() bool { return c.fly.reply != "" }

// idle reports whether all that was judged is answered.
func (c *committer) idle() bool { return !c.flying() && len(c.open.entries) == 0 }

// awaits reports whether the server owes an answer.
func (c *committer) awaits() bool { return c.flying() || c.open.echo != "" && !c.open.ready }

// begin learns where the log ends.
func (c *committer) begin(ctx context.Context) error {
	c.known, c.under = newKnowledge(), map[string]bool{}
	last, err := c.settledEnd(ctx)
	if err != nil || last == 0 {
		return err
	}
	// What lies at the end may be no event, and say nothing of when it was recorded.
	for position := last; position > 0; position-- {
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
	c.known.last = last
	return nil
}

// settledEnd returns where the log ends. Inside a batch it does for as long as the server stores it for somebody; where it still does after the time
// that an answer may take, appends are stopped.
func (c *committer) settledEnd(ctx context.Context) (last domain.Position, err error) {
	patience, stop := c.bounded(ctx)
	defer stop()
	for {
		info, err := c.log.inspect(ctx)
		if err != nil || info.State.LastSeq == 0 {
			return 0, err
		}
		last := info.State.LastSeq
		end, found, err := c.log.at(ctx, last)
		if err != nil || !found || !insideBatch(end.header) {
			return last, err
		}
		if !wait(patience, pause) {
			c.log.Stop(unfinished(last))
			return last, ctx.Err()
		}
	}
}

// run goes on until ctx is done. Then what is under way comes to its end, and what waits is answered.
func (c *committer) run(ctx context.Context) {
	defer close(c.log.done)
	defer c.line.close()
	defer c.turn.close()
	for c.fatal == nil && ctx.Err() == nil {
		c.admit(ctx)
		c.launch(ctx)
		c.rest(ctx, ctx.Done())
	}
	for c.fatal == nil && c.flying() {
		c.rest(ctx, nil)
	}
	c.refuse(ctx)
}

// rest waits until there is something to do.
func (c *committer) rest(ctx context.Context, done <-chan struct{}) {
	queue := c.log.queue
	switch {
	case c.fatal != nil || len(c.held) > 0 && !c.awaits() && c.turn.given == "":
		return
	case len(c.held) > 0 || done == nil || c.turn.given != "":
		queue = nil
	}
	select {
	case s := <-queue:
		c.held = append(c.held, s)
	case m := <-c.line.answers:
		c.hear(ctx, m)
	case <-c.line.timer.C:
		c.lost(ctx, errSilent)
	case <-c.line.cut:
		c.lost(ctx, errCut)
	case m := <-c.turn.heard:
		c.turn.hear(m)
	case <-c.turn.timer.C:
		c.turn.end()
	case <-done:
	}
}

// lost gives up waiting for an answer.
func (c *committer) lost(ctx context.Context, err error) {
	if c.awaits() {
		c.recover(ctx, failure{err, true})
	}
}

// admit judges what waits and fits into the open batch, and stages it. While nothing is under way it lets others run in between, so that those who were
// answered at once come to stand in one batch again.
func (c *committer) admit(ctx context.Context) {
	for range yields {
		if c.log.Stopped() != nil || c.turn.given != "" { // there may be nothing left to judge by, or nothing comes of it now
			return
		}
		if c.idle() {
			c.tidy(ctx)
		}
		round := c.gather()
		if len(round) == 0 || !c.judge(ctx, round) || !c.stageAhead(ctx) {
			return
		}
		if !c.flying() && c.crowd {
			runtime.Gosched()
		}
	}
}

// tidy does what must not be done while something is under way.
func (c *committer) tidy(ctx context.Context) {
	if c.known.crowded() {
		c.known.forget()
	}
	for len(c.held) > 0 && c.held[0].behind && c.fatal == nil && ctx.Err() == nil {
		c.recover(ctx, failure{})
	}
}

// gather takes all that waits and can be judged now.
func (c *committer) gather() (round []*submission) {
	events, size := len(c.open.payloads), c.open.size
	for {
		s := c.next()
		if s == nil {
			return round
		}
		events, size = events+len(s.parts), size+s.size
		full := events > len(s.parts) && (events > roundEvents || size > roundBytes)
		// The same command twice must not be judged as if the first were not there: the second is to find it on the log.
		if full || c.under[s.ID] || (s.behind || c.known.crowded()) && (len(round) > 0 || !c.idle()) {
			c.held = append([]*submission{s}, c.held...)
			return round
		}
		c.under[s.ID] = true
		round = append(round, s)
	}
}

// next takes a submission without waiting, nil where there is none.
func (c *committer) next() (s *submission) {
	if len(c.held) > 0 {
		s, c.held = c.held[0], c.held[1:]
		return s
	}
	select {
	case s = <-c.log.queue:
	default:
	}
	return s
}

// refuse answers all that waits, and what comes until ctx is done.
func (c *committer) refuse(ctx context.Context) {
	why := c.fatal
	if why == nil {
		why = errClosed
	} else {
		c.log.Stop(why)
	}
	c.held = append(c.takeBack(failure{}), c.held...)
	for {
		for s := c.next(); s != nil; s = c.next() {
			c.fail(s, why)
		}
		select {
		case s := <-c.log.queue:
			c.fail(s, why)
		case <-ctx.Done():
			if len(c.log.queue) == 0 {
				return
			}
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

// fail tells the caller that the append did not come about, as far as is known.
func (c *committer) fail(s *submission, err error) {
	if s.adrift {
		err = fmt.Errorf("%w, and whether the append is on the log is not known", err)
	}
	c.answer(s, outcome{err: err})
}
