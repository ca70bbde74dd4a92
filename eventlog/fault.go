package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Who has raw access to the server can put a message on the stream that is no event: it stays there for ever. Readers give it with its
// fault and go on; its stream takes nothing more until somebody answerable has discarded it; all other streams are not concerned.

// event reads a message as the event at its position. What is no event of the contract, or lies where it does not belong, has a Fault; one
// of a type that the catalogue does not have has neither Event nor Fault.
func (l *Log) event(m message, read func([]byte) (domain.Recorded, error)) domain.Recorded {
	r, err := read(m.data)
	if err == nil || errors.Is(err, domain.ErrUnknownEvent) {
		err = l.belongs(r, m.subject)
	}
	if err != nil {
		return faulty(m, err)
	}
	r.Position = m.sequence
	return r
}

// decode reads a message of the log and proves its bytes.
func (l *Log) decode(m message) domain.Recorded { return l.event(m, l.codec.Decode) }

// trust is decode without the proof.
func (l *Log) trust(m message) domain.Recorded { return l.event(m, l.codec.Trust) }

// belongs judges that an event is of this log and lies under the subject that follows from it.
func (l *Log) belongs(r domain.Recorded, subject string) error {
	if r.Source != l.origin {
		return fmt.Errorf("its source is %s, this log is %s", r.Source, l.origin)
	}
	if !under(subject, r.Stream, r.Type) {
		words, _, _ := envelope.Words(r.Type)
		return fmt.Errorf("it is stored under %s, and belongs under %s", subject, r.Stream.Subject(words))
	}
	return nil
}

// faulty is what is known of a message that is no event.
func faulty(m message, err error) domain.Recorded {
	sum := sha256.Sum256(m.data)
	return domain.Recorded{
		Change: domain.Change{Stream: streamOf(m.subject)}, Position: m.sequence, ID: "sha256:" + hex.EncodeToString(sum[:]), Payload: m.data,
		Fault: fmt.Errorf("eventlog: position %d: %w: %w", m.sequence, domain.ErrCorrupt, err),
	}
}

// streamOf is the stream that a subject names, the log's own where it names none.
func streamOf(subject string) domain.Stream {
	tokens := strings.Split(subject, ".")
	if len(tokens) != 6 || tokens[0] != domain.SubjectRoot {
		return domain.LogStream()
	}
	s, err := domain.ParseStream(strings.Join([]string{tokens[3], tokens[1], tokens[2], tokens[4]}, "/"))
	if err != nil || !envelope.Possible(s) {
		return domain.LogStream()
	}
	return s
}

// under reports whether a subject is that of an event, without writing the event's subject: it is asked of every event that is read.
func under(subject string, s domain.Stream, name string) bool {
	for _, want := range [...]string{domain.SubjectRoot, s.Season, s.Unit, string(s.Aggregate), s.Key} {
		have, rest, _ := strings.Cut(subject, ".")
		if have != want && (want != "" || have != "_") {
			return false
		}
		subject = rest
	}
	name = strings.TrimPrefix(name, domain.TypePrefix)
	name = name[:max(strings.LastIndex(name, ".v"), 0)]
	if len(subject) != len(name) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c != subject[i] && (c != '.' || subject[i] != '-') {
			return false
		}
	}
	return true
}

// readable judges that every event could be read: that none is faulty, and none of a type that this version does not know.
func readable(events []domain.Recorded) error {
	for _, r := range events {
		if r.Fault != nil {
			return domain.Unreadable(r.Position, r.Stream)
		}
		if r.Event == nil {
			return fmt.Errorf("eventlog: position %d: %q was written by a newer version: %w", r.Position, r.Type, domain.ErrUnknownEvent)
		}
	}
	return nil
}
