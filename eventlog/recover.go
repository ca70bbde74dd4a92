package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// sendTries is how often the server may refuse a batch before its appends are told of it. A refused fence does not count: somebody got on. Nor
// does silence: what was sent may still come to stand on the log, and is sent again until it does or can no longer.
const sendTries = 3

// breath is how long the committer waits where a fence was refused and the log does not show yet for whom.
const breath = 2 * time.Millisecond

// errBehind says that the replica that answered has not yet all that the leader has. It mostly has it a moment later, and whoever then waits longer is
// behind again where others append.
var errBehind = errors.New("eventlog: a replica is behind")

// failure says that something did not get through: what is committed, or only the open batch.
type failure struct {
	err       error
	committed bool
}

// recover finds out what has become of what was sent, after a failure or, with none, where more must be known. All that was judged and is not on
// the log is to be judged again.
func (c *committer) recover(ctx context.Context, f failure) {
	err := f.err
	c.held = append(c.takeBack(f), c.held...)
	if err != nil && !errors.Is(err, errFenced) {
		c.log.cfg.Logger.Warn("a batch did not reach the log", "error", err)
	}
	if errors.Is(err, errFenced) {
		c.turn.missed()
	}
	before := c.known.last
	landed, lost := c.catchUp(ctx)
	if lost != nil {
		for _, s := range c.held {
			c.fail(s, errors.Join(lost, err))
		}
		c.held = nil
		return
	}
	c.held = slices.DeleteFunc(c.held, func(s *submission) bool { return c.settled(s, landed, err) })
	c.line.drain()
	if err == nil || c.known.last > before || len(c.held) == 0 {
		return
	}
	if errors.Is(err, errFenced) {
		wait(ctx, breath)
	} else {
		wait(ctx, pause)
	}
}

// takeBack takes back all that was judged and not answered, the last first, and returns it in order.
func (c *committer) takeBack(f failure) (all []*submission) {
	c.line.abandon(&c.open)
	c.line.timer.Stop()
	entries := slices.Concat(c.fly.entries, c.open.entries)
	for _, e := range slices.Backward(entries) {
		c.known.takeBack(e.before)
	}
	for i, e := range entries {
		all = append(all, e.submission)
		delete(c.under, e.ID)
		committed := i < len(c.fly.entries)
		certain := committed == f.committed && (refused(f.err) || errors.Is(f.err, errFenced) || errors.Is(f.err, nats.ErrNoResponders))
		switch {
		case certain && refused(f.err):
			e.tries++
		case committed && !certain:
			e.adrift, e.after = true, c.known.last
		}
	}
	c.fly, c.open = flight{}, batch{}
	return all
}

// refused reports whether the server has said no, so that nothing is stored.
func refused(err error) bool {
	var refusal *refusal
	return errors.As(err, &refusal) || errors.Is(err, nats.ErrMaxPayload)
}

// settled answers a submission if its answer is certain: the command has come to stand on the log, or the server has refused it often enough and
// nothing of it is still on its way. Judged again, what is on the log would conflict with itself.
func (c *committer) settled(s *submission, landed map[string]domain.Recorded, err error) bool {
	if r, ok := landed[s.ID]; ok {
		c.answer(s, outcome{r.Position, s.Repeats(r)})
		return true
	}
	if s.adrift && c.known.last > s.after {
		s.adrift, s.after = false, 0 // its fence no longer holds
	}
	s.behind, s.fresh = false, true
	if s.tries < sendTries || s.adrift {
		return false
	}
	c.fail(s, err)
	return true
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
		again := breath
		if !errors.Is(err, errBehind) {
			again = pause
			c.log.cfg.Logger.Warn("the log cannot be read", "error", err)
		}
		if !wait(ctx, again) {
			return nil, fmt.Errorf("%w: %w", errClosed, err)
		}
	}
}

// wait waits, and reports false where ctx is done before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// readOn folds the events behind the last one known. It fails where the answering replica has not yet all that the leader has.
func (c *committer) readOn(ctx context.Context, landed map[string]domain.Recorded) error {
	var end domain.Position
	_, err := attempt(ctx, c.line.nc, func(ctx context.Context) (err error) { // what is asked over a line that breaks nobody answers any more
		end, err = c.log.Reaches(ctx, c.known.last)
		return err
	})
	if err != nil || end == c.known.last {
		return err
	}
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	var open []domain.Recorded // of a batch whose end is not there yet
	err = c.log.scan(ctx, "", c.known.last+1, func(m message) error {
		r := c.log.trust(m)
		if want := c.known.last + 1 + domain.Position(len(open)); r.Position != want {
			return missing(want, r.Position-1)
		}
		if open = append(open, r); insideBatch(m.header) {
			return nil
		}
		for _, r := range open {
			if _, seen := landed[r.CommandID]; !seen {
				landed[r.CommandID] = r
			}
			c.known.fold(r)
		}
		open = nil
		return nil
	})
	switch {
	case err == nil && c.known.last+domain.Position(len(open)) < end:
		return fmt.Errorf("%w: it ends at %d, the log at %d", errBehind, c.known.last, end)
	case err == nil && len(open) > 0:
		return unfinished(open[len(open)-1].Position)
	}
	return err
}

// unfinished says that a server has stored a part of a batch and then nothing more, for want of room as a rule. It stores the rest when it is
// started again; until then nobody can say that an append of the batch is on the log, or that it is not.
func unfinished(position domain.Position) error {
	return fmt.Errorf("eventlog: the log ends at %d, inside a batch; see whether its server has room on its disk, and start it again; if it ends there still, the rest is lost", position)
}

// missing says that the log has a hole.
func missing(from, to domain.Position) error {
	if from == to {
		return fmt.Errorf("eventlog: position %d is missing: %w", from, domain.ErrCorrupt)
	}
	return fmt.Errorf("eventlog: positions %d to %d are missing: %w", from, to, domain.ErrCorrupt)
}
