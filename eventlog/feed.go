package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// Feed reads the log for who hands its bytes on: in order, without a hole, what is wanted of it. It reads all of the log and chooses itself, for what a server
// leaves out can't be told from what it has lost. It is for one goroutine.
type Feed struct {
	log    *Log
	wanted domain.Wanted
	reader *Reader
	err    error // met behind what was given
}

// How much a feed has in memory: what one call gives, and twice as much that is on its way. So little stays in the processor's cache, which makes it a third
// faster than a reader that takes thousands at once.
const (
	feedEvents = 250
	feedBytes  = 1 << 20
)

// Feed returns a feed of the wanted events behind a position, 0 for all.
func (l *Log) Feed(after domain.Position, w domain.Wanted) *Feed {
	return &Feed{log: l, wanted: w, reader: l.feeder(after)}
}

// feeder is a reader that asks for little at a time. A limit in bytes is not set: it makes the server end each request with a message of its own, for which the
// client may have no room, and then it starts over.
func (l *Log) feeder(after domain.Position) *Reader {
	return &Reader{log: l, read: l.lined, buffer: jetstream.PullMaxMessages(2 * feedEvents), position: after}
}

// lined is trust, and proves that the bytes stand on one line. What is canonical always does; but who reads to hand on does not prove that.
func (l *Log) lined(m message) domain.Recorded {
	if bytes.IndexByte(m.data, '\n') >= 0 || bytes.IndexByte(m.data, '\r') >= 0 {
		return faulty(m, errLines)
	}
	return l.trust(m)
}

var errLines = errors.New("its bytes are not on one line")

// Close ends the reading. No Next may be under way.
func (f *Feed) Close() { f.reader.Close() }

// Next waits for more of the log, and returns what of it is wanted, perhaps nothing, and the position up to which the log was looked at.
// Where ctx is done nothing is lost: the next call goes on.
//
// What is no event is passed over where it was discarded; else it ends the feed with an error of kind ErrRefused, when all before it was given. ErrCorrupt
// says that events are missing, and which. Either comes again at each call.
func (f *Feed) Next(ctx context.Context) ([]domain.Recorded, domain.Position, error) {
	if f.err != nil {
		return nil, 0, f.err
	}
	all, err := f.reader.Next(ctx, Limit{Count: feedEvents, Bytes: feedBytes})
	if err != nil {
		return nil, 0, err
	}
	wanted, upTo := all[:0], all[len(all)-1].Position
	for _, r := range all {
		if r.Fault != nil {
			if err := f.passOver(ctx, r); err != nil {
				return f.end(wanted, r.Position-1, err)
			}
			continue
		}
		if f.wanted.Wants(r) {
			wanted = append(wanted, r)
		}
	}
	return wanted, upTo, nil
}

// end gives what lies before the place where a feed can't go on. Where that may be otherwise at the next try, it is tried again.
func (f *Feed) end(before []domain.Recorded, upTo domain.Position, err error) ([]domain.Recorded, domain.Position, error) {
	f.reader.Close()
	f.reader = f.log.feeder(upTo)
	if errors.Is(err, domain.ErrRefused) {
		f.err = err
	}
	if len(before) == 0 {
		return nil, 0, err
	}
	return before, upTo, nil
}

// passOver judges that what is no event was discarded.
func (f *Feed) passOver(ctx context.Context, r domain.Recorded) error {
	discarded := false
	err := f.log.scanAll(ctx, r.Stream.Subject("event.discarded"), 0, func(m message) error {
		discarded = discarded || domain.Discards(f.log.trust(m), r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("eventlog: position %d: %w", r.Position, err)
	}
	if !discarded {
		return domain.Unreadable(r.Position, r.Stream)
	}
	return nil
}
