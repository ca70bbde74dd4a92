package workers

import (
	"context"
	"sync"

	"thidua/domain"
	"thidua/eventlog"
)

// feed reads the log once for every projection of a process. A batch that one projection asked for is kept for a while for the others; who
// has fallen so far behind that his next batch is gone reads it anew, without holding back anybody.
//
// Batches end where an atomic batch of the log ends, so a projection's position always does too.
type feed struct {
	log   *eventlog.Log
	limit eventlog.Limit
	ctx   context.Context // of all reading; ends with stop
	stop  context.CancelFunc
	reads sync.WaitGroup

	mu      sync.Mutex                           // guards what follows
	kept    []*batch                             // oldest first
	flights map[domain.Position]*flight          // reads under way, by the position they read after
	readers map[domain.Position]*eventlog.Reader // at rest, by the position they go on after
}

// batch is a run of the log. Its events are shared: nobody changes them.
type batch struct {
	events []domain.Recorded
}

func (b *batch) first() domain.Position { return b.events[0].Position }
func (b *batch) last() domain.Position  { return b.events[len(b.events)-1].Position }

// flight is one read that several projections may wait for.
type flight struct {
	done  chan struct{}
	batch *batch
	err   error
}

// keptBatches and restingReaders bound what the feed holds in memory: a few batches for the projections that are a little behind, a reader
// for the head and one for each of the few that are far behind.
const (
	keptBatches    = 6
	restingReaders = 4
)

func newFeed(ctx context.Context, log *eventlog.Log, limit eventlog.Limit) *feed {
	ctx, stop := context.WithCancel(ctx)
	return &feed{
		log: log, limit: limit, ctx: ctx, stop: stop,
		flights: map[domain.Position]*flight{}, readers: map[domain.Position]*eventlog.Reader{},
	}
}

// close ends all reading and waits for it.
func (f *feed) close() {
	f.stop()
	f.reads.Wait()
	for _, r := range f.readers {
		r.Close()
	}
}

// next returns the events after a position, at least one; it waits for them. The next batch is read ahead meanwhile.
func (f *feed) next(ctx context.Context, after domain.Position) (*batch, error) {
	f.mu.Lock()
	if b := f.keptAfter(after); b != nil {
		f.readAhead(b)
		f.mu.Unlock()
		return b, nil
	}
	reading := f.read(after)
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-reading.done:
	}
	if reading.err == nil {
		f.mu.Lock()
		f.readAhead(reading.batch)
		f.mu.Unlock()
	}
	return reading.batch, reading.err
}

// keptAfter finds the kept batch that goes on after a position, without the events up to it.
func (f *feed) keptAfter(after domain.Position) *batch {
	for _, b := range f.kept {
		if b.first() <= after+1 && after < b.last() {
			return &batch{events: b.events[after+1-b.first():]}
		}
	}
	return nil
}

// readAhead begins to read what follows the newest kept batch, once somebody has come as far as that.
func (f *feed) readAhead(b *batch) {
	if newest := f.kept[len(f.kept)-1]; newest.last() == b.last() {
		f.read(b.last())
	}
}

// read joins the read under way after a position, or begins one.
func (f *feed) read(after domain.Position) *flight {
	if reading := f.flights[after]; reading != nil {
		return reading
	}
	reading := &flight{done: make(chan struct{})}
	f.flights[after] = reading
	f.reads.Go(func() { f.fly(reading, after) })
	return reading
}

func (f *feed) fly(reading *flight, after domain.Position) {
	defer close(reading.done)
	reader := f.reader(after)
	events, err := reader.Next(f.ctx, f.limit)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.flights, after)
	if err != nil {
		reading.err = err
		reader.Close()
		return
	}
	reading.batch = &batch{events: events}
	f.keep(reading.batch)
	f.rest(reading.batch.last(), reader)
}

// reader takes the resting reader that goes on after a position, or opens one.
func (f *feed) reader(after domain.Position) *eventlog.Reader {
	f.mu.Lock()
	reader := f.readers[after]
	delete(f.readers, after)
	f.mu.Unlock()
	if reader != nil {
		return reader
	}
	return f.log.Reader(after)
}

func (f *feed) keep(b *batch) {
	f.kept = append(f.kept, b)
	if len(f.kept) > keptBatches {
		f.kept = append([]*batch(nil), f.kept[1:]...)
	}
}

// rest keeps a reader for who goes on where it stopped. Of too many the one furthest behind goes: it is the least likely to be asked for.
func (f *feed) rest(at domain.Position, reader *eventlog.Reader) {
	if old := f.readers[at]; old != nil {
		old.Close()
	}
	f.readers[at] = reader
	if len(f.readers) <= restingReaders {
		return
	}
	lowest := at
	for position := range f.readers {
		lowest = min(lowest, position)
	}
	f.readers[lowest].Close()
	delete(f.readers, lowest)
}
