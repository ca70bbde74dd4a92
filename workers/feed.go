package workers

import (
	"context"
	"sync"
	"time"

	"thidua/domain"
	"thidua/eventlog"
)

// feed reads the log once for every projection of a process. A batch that one projection asked for is kept for the others, as far as there is
// room. Who is ahead of the others waits for them a little, since he would only make them read everything again; but never longer than
// that, so a projection that hangs holds back nobody. Who has fallen behind what is kept reads for himself.
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
	places  map[*subscriber]domain.Position      // how far each subscriber has come
	moved   chan struct{}                        // closed when one of them goes on
}

// batch is a run of the log. Its events are shared: nobody changes them.
type batch struct {
	events []domain.Recorded
	bytes  int // of the payloads
}

func (b *batch) first() domain.Position { return b.events[0].Position }
func (b *batch) last() domain.Position  { return b.events[len(b.events)-1].Position }

// flight is one read that several projections may wait for.
type flight struct {
	done  chan struct{}
	batch *batch
	err   error
}

// keptBytes bounds the payloads that are kept; decoded they take some three times as much. It is two or three batches: further ahead of the slowest, the others
// only take the processors from it, and leave it to end alone. restingReaders is one for the head and one for each of the few that are far behind. Patience is how
// long who is ahead waits for the others.
const (
	keptBytes      = 10 << 20
	restingReaders = 4
	patience       = time.Second
)

func newFeed(ctx context.Context, log *eventlog.Log, limit eventlog.Limit) *feed {
	ctx, stop := context.WithCancel(ctx)
	return &feed{
		log: log, limit: limit, ctx: ctx, stop: stop,
		flights: map[domain.Position]*flight{}, readers: map[domain.Position]*eventlog.Reader{},
		places: map[*subscriber]domain.Position{}, moved: make(chan struct{}),
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
func (f *feed) next(ctx context.Context, who *subscriber, after domain.Position) (*batch, error) {
	f.arrive(who, after)
	if b, err := f.waitForOthers(ctx, after); b != nil || err != nil {
		return b, err
	}
	f.mu.Lock()
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

// arrive notes how far a subscriber has come, and tells who waits for it.
func (f *feed) arrive(who *subscriber, after domain.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.places[who] = after
	close(f.moved)
	f.moved = make(chan struct{})
}

// leave forgets a subscriber, so that nobody waits for it.
func (f *feed) leave(who *subscriber) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.places, who)
}

// waitForOthers returns the batch after a position if it is kept. If it must be read it returns nil, after waiting, where there is no room, for
// those who still need what would have to go.
func (f *feed) waitForOthers(ctx context.Context, after domain.Position) (*batch, error) {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for {
		f.mu.Lock()
		b, moved, crowded := f.keptAfter(after), f.moved, f.crowded()
		if b != nil {
			f.readAhead(b)
		}
		f.mu.Unlock()
		if b != nil || !crowded {
			return b, nil
		}
		select {
		case <-moved:
		case <-enough.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// crowded reports whether there is no room for another batch while somebody still needs the oldest.
func (f *feed) crowded() bool {
	if f.keptTotal() < keptBytes {
		return false
	}
	oldest := f.kept[0]
	for _, place := range f.places {
		if oldest.first() <= place+1 && place < oldest.last() {
			return true
		}
	}
	return false
}

func (f *feed) keptTotal() (bytes int) {
	for _, b := range f.kept {
		bytes += b.bytes
	}
	return bytes
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

// readAhead begins to read what follows the newest kept batch, once somebody has come as far as that and there is room.
func (f *feed) readAhead(b *batch) {
	if newest := f.kept[len(f.kept)-1]; newest.last() == b.last() && !f.crowded() {
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

// keep makes room and keeps a batch. One that is older than what is kept serves only who asked for it.
func (f *feed) keep(b *batch) {
	for _, r := range b.events {
		b.bytes += len(r.Payload)
	}
	if len(f.kept) > 0 && b.first() != f.kept[len(f.kept)-1].last()+1 {
		if b.last() <= f.kept[len(f.kept)-1].last() {
			return
		}
		f.kept = nil
	}
	for len(f.kept) > 0 && f.keptTotal() >= keptBytes {
		f.kept = append([]*batch(nil), f.kept[1:]...)
	}
	f.kept = append(f.kept, b)
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
