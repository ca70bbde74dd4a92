package workers

import (
	"cmp"
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"thidua/domain"
	"thidua/projections"
)

// tenure is the time that this process has the lease of a projection, and the supervisor of its work: what fails is noted in the lease and tried
// again, and nothing that happens here stops the work on any other projection, but for a log that is not what it must be.
type tenure struct {
	*projector
	lease  projections.Lease
	fail   context.CancelCauseFunc // stops the work of all projections
	limit  *time.Timer
	end    context.CancelFunc
	abort  context.CancelFunc // ends everything at once
	unable bool               // set at the end: only a newer version can go on
}

func newTenure(ctx context.Context, cfg Config, source *feed, p projections.Projection, lease projections.Lease, fail context.CancelCauseFunc) *tenure {
	hard, abort := context.WithCancel(ctx)
	soft, end := context.WithCancel(hard)
	return &tenure{
		projector: &projector{
			cfg: cfg, source: source, projection: p, seat: &seat{cfg: cfg, lease: lease}, soft: soft, hard: hard, noted: &noted{},
		},
		lease: lease, fail: fail, limit: time.AfterFunc(math.MaxInt64, abort), end: end, abort: abort,
	}
}

// stop asks for an end after the batch under way.
func (t *tenure) stop() {
	if t.soft.Err() == nil {
		t.end()
		t.limit.Reset(t.cfg.Grace)
	}
}

// The pauses between two tries. What is away for a while is asked for more often than what may need a person.
const (
	firstRest          = 250 * time.Millisecond
	longestRest        = 2 * time.Second
	longestRestOfFault = time.Minute
)

// run projects until it is stopped or the lease is lost, and gives the lease back.
func (t *tenure) run() {
	defer t.abort()
	defer t.limit.Stop()
	defer t.seat.leave()
	defer t.release()
	for tries := 1; t.soft.Err() == nil; tries++ {
		err := t.serve()
		if t.soft.Err() != nil {
			return
		}
		if t.noted.progress.Swap(false) {
			tries = 1
		}
		longest, over := t.judge(err, tries)
		if over {
			return
		}
		select {
		case <-t.soft.Done():
		case <-time.After(min(longest, firstRest<<min(tries-1, 10))):
		}
	}
}

// judge says what becomes of a failure: how long to rest at most before the next try, or that all is over.
func (t *tenure) judge(err error, tries int) (longest time.Duration, over bool) {
	err = cmp.Or(err, errIdle)
	name, logger := t.projection.Name, t.cfg.Logger
	if _, log := errors.AsType[*logFault](err); log && errors.Is(err, domain.ErrCorrupt) {
		t.pause(err)
		t.cfg.Log.Stop(err)
		t.fail(err)
		return 0, true
	}
	switch {
	case errors.Is(err, projections.ErrRewound) && tries == 1:
		logger.Warn("the database has lost what it took last; it is projected again", "projection", name, "error", err)
		return 0, false
	case errors.Is(err, domain.ErrConflict) && t.lost():
		logger.Warn("another worker has taken a projection over", "projection", name, "error", err)
		return 0, true
	case errors.Is(err, domain.ErrUnknownEvent):
		t.pause(err)
		t.unable = true
		logger.Error("a projection waits for a newer program", "projection", name, "error", err)
		return 0, true
	case away(err):
		if tries > 1 {
			t.pause(err)
		}
		logger.Warn("a projection waits for what it can't reach", "projection", name, "error", err)
		return longestRest, false
	}
	t.pause(err)
	logger.Error("a projection is paused; it is tried again", "projection", name, "error", err)
	return longestRestOfFault, false
}

// errIdle says that a projection has stopped without being asked to and without saying why.
var errIdle = errors.New("workers: it has stopped by itself")

// away reports whether an error may come from a log or a database that is away.
func away(err error) bool {
	_, log := errors.AsType[*logFault](err)
	return log || projections.Passing(err)
}

// lost asks whether the lease is another's.
func (t *tenure) lost() bool {
	return errors.Is(t.lease.Check(t.hard, t.cfg.Leases), domain.ErrConflict)
}

// pause notes in the lease why the projection can't go on.
func (t *tenure) pause(err error) {
	ctx, stop := context.WithTimeout(t.hard, farewell)
	defer stop()
	cause, reason := projections.WhyPaused(err)
	if away(err) && cause == projections.PauseFailed {
		cause = projections.PauseUnreachable
	}
	t.noted.paused.Store(true)
	if err := t.lease.Pause(ctx, t.cfg.Leases, cause, reason); err != nil {
		t.cfg.Logger.Warn("it could not be noted that a projection is paused", "projection", t.projection.Name, "error", err)
	}
}

func (t *tenure) release() {
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.hard), farewell)
	defer stop()
	if err := t.lease.Release(ctx, t.cfg.Leases); err != nil {
		t.cfg.Logger.Warn("a lease could not be given back; it runs out", "projection", t.projection.Name, "error", err)
	}
}

// noted is what the supervisor and the work tell each other.
type noted struct {
	progress atomic.Bool // a batch was projected
	paused   atomic.Bool // the lease says that the projection is paused
}
