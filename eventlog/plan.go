package eventlog

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"thidua/domain"
)

// plan is what one round would put on the log, judged against what is known and what the plan itself does before.
type plan struct {
	tally
	last     domain.Position
	recorded time.Time

	payloads  []payload
	discarded []domain.Position
	accepted  []answer
	refused   []answer // refused, or found to be on the log already
	behind    bool     // an append expects more than is known, or is refused for what may be known no more
}

// payload is one event ready to be sent.
type payload struct {
	subject string
	data    []byte
}

type answer struct {
	*submission
	outcome
}

// newPlan begins a plan at a moment: all its events are recorded then, and never before the last on the log.
func newPlan(known *knowledge, now time.Time) *plan {
	now = now.UTC().Truncate(time.Millisecond)
	if now.Before(known.recorded) {
		now = known.recorded
	}
	return &plan{tally: newTally(&known.tally), last: known.last, recorded: now}
}

// expected checks an append's expectations. The error is of kind ErrConflict and names every stream and season that is not as expected.
func (p *plan) expected(a domain.Append) error {
	var errs []error
	for stream, want := range a.Expect {
		if have := p.version(stream); have != want {
			errs = append(errs, fmt.Errorf("eventlog: stream %s is at version %d, expected %d: %w", stream, have, want, domain.ErrConflict))
			p.behind = p.behind || want > have
		}
	}
	for season, want := range a.ExpectSeasons {
		if have := p.season(season); have != want {
			errs = append(errs, fmt.Errorf("eventlog: season %s has %d events, expected %d: %w", season, have, want, domain.ErrConflict))
			p.behind = p.behind || want > have
		}
	}
	return errors.Join(errs...)
}

// add writes an append's events behind those that are planned. Where one cannot be written nothing of the append is planned.
func (p *plan) add(l *Log, s *submission) error {
	counted := newTally(&p.tally)
	written := make([]payload, 0, len(s.parts))
	for i, part := range s.parts {
		r := domain.Recorded{
			Change: part.Change, ID: eventID(s.ID, i+1), Source: l.origin, RecordedTime: p.recorded,
			Actor: s.Actor, CommandID: s.ID, CommandDigest: s.Digest,
			CausationID: s.CausationID, CorrelationID: s.CorrelationID, TraceParent: s.TraceParent,
		}
		r.StreamVersion, r.SeasonVersion = counted.next(part.Stream)
		data, err := l.codec.encode(r, part.kind, part.data)
		if err != nil {
			return err
		}
		written = append(written, payload{part.Stream.Subject(part.kind.Words), data})
		if e, ok := part.Event.(*domain.EventDiscarded); ok {
			p.discarded = append(p.discarded, e.Position)
		}
	}
	counted.merge()
	p.payloads = append(p.payloads, written...)
	p.accepted = append(p.accepted, answer{s, outcome{position: p.last + 1}})
	p.last += domain.Position(len(written))
	return nil
}

// eventID is the id of a command's n-th event, n = 1, 2, …
func eventID(command string, n int) string { return command + "." + strconv.Itoa(n) }
