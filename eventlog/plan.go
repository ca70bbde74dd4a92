package eventlog

import (
	"errors"
	"fmt"
	"time"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// entry is a submission as it was judged: its events ready to be sent, or the outcome that it has without them.
type entry struct {
	*submission
	outcome
	events int // that it has on their way
	before past
}

// payload is one event ready to be sent.
type payload struct {
	subject string
	data    []byte
}

// write takes a submission in: its events follow the last that is known, and are recorded at a moment or, where that would be earlier, with
// the last. Where one cannot be written nothing is taken in.
func (c *committer) write(s *submission, now time.Time) (e entry, payloads []payload, err error) {
	e = entry{submission: s, events: len(s.parts), before: c.known.remember()}
	payloads = make([]payload, 0, len(s.parts))
	if now.After(c.known.recorded) {
		c.known.recorded = now
	}
	e.position = c.known.last + 1
	recorded, text := envelope.RecordedText(c.known.recorded), make([]byte, 0, s.size)
	for parts := s.parts; len(parts) > 0 && err == nil; {
		run := 1
		for run < len(parts) && parts[run].Stream == parts[0].Stream {
			run++
		}
		version, season := c.known.enter(&e.before, parts[0].Stream, run)
		for _, part := range parts[:run] {
			version++
			if part.Stream.Season != "" {
				season++
			}
			begins := len(text)
			text = part.draft.Complete(text, recorded, version, season)
			payloads = append(payloads, payload{part.subject, text[begins:len(text):len(text)]})
			if len(text)-begins > envelope.SizeLimit {
				err = envelope.TooLarge(len(text) - begins)
			}
			if d, ok := part.Event.(*domain.EventDiscarded); ok {
				c.known.discard(&e.before, d.Position)
			}
		}
		if max(version, season) >= envelope.ExactLimit {
			err = fmt.Errorf("eventlog: stream %s: it is at version %d: %w", parts[0].Stream, version, domain.ErrInvalid)
		}
		parts = parts[run:]
	}
	if err != nil {
		c.known.takeBack(e.before)
		e.events = 0
	}
	return e, payloads, err
}

// expected checks an append's expectations. The error is of kind ErrConflict and names every stream and season that is not as expected. ahead
// says that one expects more than is known.
func (k *knowledge) expected(a domain.Append) (ahead bool, err error) {
	var errs []error
	for stream, want := range a.Expect {
		if have := k.versions[stream]; have != want {
			errs = append(errs, fmt.Errorf("eventlog: stream %s is at version %d, expected %d: %w", stream, have, want, domain.ErrConflict))
			ahead = ahead || want > have
		}
	}
	for season, want := range a.ExpectSeasons {
		if have := k.seasons[season]; have != want {
			errs = append(errs, fmt.Errorf("eventlog: season %s has %d events, expected %d: %w", season, have, want, domain.ErrConflict))
			ahead = ahead || want > have
		}
	}
	return ahead, errors.Join(errs...)
}
