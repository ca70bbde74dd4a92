package eventlog

import (
	"fmt"
	"strconv"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// prepared is an append that is checked, and written but for what is known only when it is appended.
type prepared struct {
	domain.Append
	parts []part
	size  int // of the parts, in bytes, about
}

// part is one change with its event as far as it can be written beforehand.
type part struct {
	domain.Change
	subject string
	draft   envelope.Draft
}

// prepare checks an append and writes its events, which is the greater part of the work and needs no order: many do it at once.
func (l *Log) prepare(a domain.Append) (prepared, error) {
	p := prepared{Append: a}
	if len(a.Changes) == 0 {
		return p, fmt.Errorf("eventlog: append %s: it has no changes: %w", a.ID, domain.ErrInvalid)
	}
	for _, d := range a.Disclosures {
		if envelope.DisclosureDigest(d.Encoded) != d.Digest {
			return p, fmt.Errorf("eventlog: append %s: the disclosure %q does not have its digest: %w", a.ID, d.Digest, domain.ErrInvalid)
		}
	}
	p.parts = make([]part, 0, len(a.Changes))
	r := domain.Recorded{
		Source: l.origin, Actor: a.Actor, CommandID: a.ID, CommandDigest: a.Digest,
		CausationID: a.CausationID, CorrelationID: a.CorrelationID, TraceParent: a.TraceParent,
	}
	for i := range a.Changes {
		if err := l.preparePart(&p, i, r); err != nil {
			return p, err
		}
	}
	if len(p.parts) > roundEvents || p.size > roundBytes {
		return p, &domain.Problem{Rule: domain.RuleSize, Text: domain.Text{
			VI: fmt.Sprintf("lệnh %s ghi %d sự kiện (%d byte), mỗi lệnh nhiều nhất %d sự kiện và %d byte; hãy chia nhỏ", a.ID, len(p.parts), p.size, roundEvents, roundBytes),
			EN: fmt.Sprintf("command %s records %d events (%d bytes), at most %d events and %d bytes are taken; split it", a.ID, len(p.parts), p.size, roundEvents, roundBytes),
		}}
	}
	return p, nil
}

// preparePart writes the i-th change. Consecutive events of one stream share what they have in common.
func (l *Log) preparePart(p *prepared, i int, r domain.Recorded) (err error) {
	r.Change, r.ID = p.Changes[i], eventID(p.ID, i+1)
	if _, gap := r.Event.(*domain.LogGap); gap {
		return fmt.Errorf("eventlog: append %s: only a repair puts a gap on the log: %w", p.ID, domain.ErrInvalid)
	}
	next := part{Change: r.Change}
	var before *envelope.Draft
	if i > 0 {
		before = &p.parts[i-1].draft
	}
	if next.draft, err = l.codec.Draft(r, before); err != nil {
		return err
	}
	if i > 0 && p.parts[i-1].Stream == r.Stream && p.parts[i-1].Event.Words() == r.Event.Words() {
		next.subject = p.parts[i-1].subject
	} else {
		next.subject = r.Stream.Subject(r.Event.Words())
	}
	p.parts = append(p.parts, next)
	p.size += next.draft.Size()
	return nil
}

// eventID is the id of a command's n-th event, n = 1, 2, …
func eventID(command string, n int) string { return command + "." + strconv.Itoa(n) }
