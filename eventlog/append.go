package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"thidua/domain"
)

// prepared is an append that is checked, with its data written.
type prepared struct {
	domain.Append
	parts []part
	size  int // of the parts' data, in bytes
}

// submission is a prepared append on its way through the committer.
type submission struct {
	prepared
	follows *submission // it is appended only if this one was
	outcome chan outcome
	begun   time.Time // when it was handed in, where somebody wants to know

	// The committer's own.
	failed bool // it has been answered with an error
	opened bool // its disclosures are stored
}

// part is one change with its data as it will stand in the event.
type part struct {
	domain.Change
	kind kind
	data jsontext.Value
}

// outcome answers a submission: the position of its first event, or why it is not on the log.
type outcome struct {
	position domain.Position
	err      error
}

// errFollows answers a submission whose predecessor was refused.
var errFollows = errors.New("eventlog: an append before it was refused")

// Append puts the changes on the log in one piece, durably where the server syncs always, and returns the position of the first. Where the
// command is on the log already, with the same digest, it returns that position.
//
// ErrConflict says that an expectation failed, and names it; a stream that is written but not expected is appended to at whatever version
// it has. ErrRefused says that the command id was used for another command, ErrInvalid that the append is not of its form or too large.
// ErrCorrupt ends the log: every later append gets it too. While the server cannot be reached the append waits for it. When ctx is done the
// caller is let go, but an append that was already taken may still come to stand on the log; the same command sent again tells.
func (l *Log) Append(ctx context.Context, a domain.Append) (domain.Position, error) {
	positions, err := l.AppendAll(ctx, []domain.Append{a})
	if err != nil {
		return 0, err
	}
	return positions[0], nil
}

// AppendAll does what Append does for each of several appends, in their order and without waiting for one before the next is sent. It
// stops at the first that fails: it returns the positions of those before, and the error; none behind it is on the log through this call.
func (l *Log) AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error) {
	all := make([]prepared, len(appends))
	for i, a := range appends {
		var err error
		if all[i], err = l.prepare(a); err != nil {
			return nil, err
		}
	}
	positions := make([]domain.Position, 0, len(appends))
	for {
		answered, err := l.submit(ctx, all[len(positions):])
		positions = append(positions, answered...)
		if err == nil || !errors.Is(err, domain.ErrConflict) {
			return positions, err
		}
		// What conflicts may be on the log already, and so may those behind it.
		done, lookErr := l.repeated(ctx, all[len(positions):])
		positions = append(positions, done...)
		if lookErr != nil || len(done) == 0 {
			return positions, cmp.Or(lookErr, err)
		}
	}
}

// prepare checks an append and writes its data, which is the greater part of the work and needs no order.
func (l *Log) prepare(a domain.Append) (prepared, error) {
	p := prepared{Append: a}
	if len(a.Changes) == 0 {
		return p, fmt.Errorf("eventlog: append %s: it has no changes: %w", a.ID, domain.ErrInvalid)
	}
	for _, d := range a.Disclosures {
		if digestOf(d.Encoded) != d.Digest {
			return p, fmt.Errorf("eventlog: append %s: the disclosure %q does not have its digest: %w", a.ID, d.Digest, domain.ErrInvalid)
		}
	}
	for _, change := range a.Changes {
		k, data, err := l.codec.data(change.Event)
		if err != nil {
			return p, err
		}
		p.parts = append(p.parts, part{change, k, data})
		p.size += len(data)
	}
	if len(p.parts) > roundEvents || p.size > roundBytes {
		return p, &domain.Problem{Rule: domain.RuleSize, Text: domain.Text{
			VI: fmt.Sprintf("lệnh %s ghi %d sự kiện (%d byte), mỗi lệnh nhiều nhất %d sự kiện và %d byte; hãy chia nhỏ", a.ID, len(p.parts), p.size, roundEvents, roundBytes),
			EN: fmt.Sprintf("command %s records %d events (%d bytes), at most %d events and %d bytes are taken; split it", a.ID, len(p.parts), p.size, roundEvents, roundBytes),
		}}
	}
	return p, nil
}

// submit hands appends to the committer, each following the one before, and waits for their outcomes up to the first error.
func (l *Log) submit(ctx context.Context, all []prepared) (positions []domain.Position, err error) {
	submissions := make([]*submission, len(all))
	for i, p := range all {
		submissions[i] = &submission{prepared: p, outcome: make(chan outcome, 1)}
		if l.cfg.Observe.Append != nil {
			submissions[i].begun = l.cfg.Now()
		}
		if i > 0 {
			submissions[i].follows = submissions[i-1]
		}
		select {
		case l.queue <- submissions[i]:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.done:
			return nil, errClosed
		}
	}
	for _, s := range submissions {
		position, err := l.await(ctx, s)
		if err != nil {
			return positions, err
		}
		positions = append(positions, position)
	}
	return positions, nil
}

func (l *Log) await(ctx context.Context, s *submission) (domain.Position, error) {
	select {
	case o := <-s.outcome:
		return o.position, o.err
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-l.done:
	}
	select { // the committer's last words
	case o := <-s.outcome:
		return o.position, o.err
	default:
		return 0, errClosed
	}
}

// commands are the commands that have written to one stream up to a version.
type commands struct {
	version uint64
	first   map[string]domain.Recorded // what each command put there first
}

// commands reads which commands have written to a stream. The events' data is not looked at.
func (l *Log) commands(ctx context.Context, s domain.Stream) (commands, error) {
	found := commands{first: map[string]domain.Recorded{}}
	err := l.scan(ctx, s.Filter(), 1, func(m message) error {
		r, e, err := readEnvelope(m.data)
		if foreign := err != nil || e.subject != s.String(); foreign {
			return nil // no event of the stream, so none of its commands
		}
		found.version = max(found.version, r.StreamVersion)
		if _, known := found.first[r.CommandID]; !known {
			r.Position = m.sequence
			found.first[r.CommandID] = r
		}
		return nil
	})
	return found, err
}

// repeated returns the positions of the appends whose commands are on the log already, up to the first that is not. A command is found in
// the stream of its first change.
func (l *Log) repeated(ctx context.Context, all []prepared) (positions []domain.Position, err error) {
	read := map[domain.Stream]commands{}
	for _, p := range all {
		stream := p.Changes[0].Stream
		if _, known := read[stream]; !known {
			if read[stream], err = l.commands(ctx, stream); err != nil {
				return positions, err
			}
		}
		r, found := read[stream].first[p.ID]
		if !found {
			return positions, nil
		}
		if err := p.Repeats(r); err != nil {
			return positions, err
		}
		positions = append(positions, r.Position)
	}
	return positions, nil
}
