package workers

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
)

// taker takes the log in order, a batch at a time. Batches are shared: nobody changes their events.
type taker interface {
	take(ctx context.Context, events []domain.Recorded) error
}

// convoy gives one reading of the log to several takers, each in a goroutine of its own. No more of them work at once than there are processors,
// so that whoever is live keeps his share; the slowest sets the pace, so that no more than a few batches are ever in memory.
type convoy struct {
	ctx   context.Context // of the takers; ends with the first failure
	group *errgroup.Group
	lanes []chan []domain.Recorded
}

// laneRoom is how many batches a taker may be behind the reading.
const laneRoom = 1

func newConvoy(ctx context.Context, takers []taker) *convoy {
	c := &convoy{}
	c.group, c.ctx = errgroup.WithContext(ctx)
	turns := make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))
	for _, t := range takers {
		lane := make(chan []domain.Recorded, laneRoom)
		c.lanes = append(c.lanes, lane)
		c.group.Go(func() error { return c.drive(t, lane, turns) })
	}
	return c
}

func (c *convoy) drive(t taker, lane <-chan []domain.Recorded, turns chan struct{}) error {
	for events := range lane {
		turns <- struct{}{}
		err := t.take(c.ctx, events)
		<-turns
		if err != nil {
			return err
		}
	}
	return nil
}

// send gives a batch to every taker. It fails once one of them has failed.
func (c *convoy) send(events []domain.Recorded) error {
	for _, lane := range c.lanes {
		select {
		case lane <- events:
		case <-c.ctx.Done():
			return context.Cause(c.ctx)
		}
	}
	return nil
}

// end waits for the takers, and returns what the first of them failed with.
func (c *convoy) end() error {
	for _, lane := range c.lanes {
		close(lane)
	}
	return c.group.Wait()
}
