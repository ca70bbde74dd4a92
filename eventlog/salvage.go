package eventlog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Entry is one event as a second record of the log has it.
type Entry struct {
	Position domain.Position
	ID       string
	Stream   domain.Stream
	Payload  []byte
	SHA256   []byte // of the payload, as it was when the entry was made
}

// Copy is a second full record of the log, such as the audit trail.
type Copy interface {
	// Entries returns the entries of a run of positions, in order. One that is missing is left out.
	Entries(ctx context.Context, from, to domain.Position) ([]Entry, error)
}

// Salvage puts a whole log together from what is left of it and from a copy. At each position stands what can be proved: bytes that the stream still
// holds, whose checksum the server has proved, or bytes of the copy that have the digest which the copy wrote down beside them.
type Salvage struct {
	Remains *Remains
	Copy    Copy
	// End is the last position that the log is known to have had.
	End domain.Position
	// Sealed is what was signed of the log; nil where nothing was.
	Sealed Sealed
	// Reason is what the gaps say, for positions that nobody has.
	Reason string
	// Tell, where it is given, is told how far the work has come.
	Tell func(done, total domain.Position)
}

// Findings says what a salvage is made of.
type Findings struct {
	Origin string
	Last   domain.Position
	// Both counts the positions that the stream and the copy have with the same bytes; FromLog and FromCopy those that only one of them has, and
	// FromSeal those that only the sealed log has.
	Both, FromLog, FromCopy, FromSeal uint64
	// Lost are the positions that nobody has: each becomes a gap.
	Lost []Span
	// Unsound are the positions at which the copy does not have what it says, and Unreadable those whose bytes are no event and were none before.
	Unsound, Unreadable []Span
	// Disclosures open the gaps' reasons.
	Disclosures []domain.Disclosure
}

// salvageRun is how many positions are worked on at a time.
const salvageRun = 1000

// Run puts the log together and gives it line by line. It can be run twice, first only to see: the gaps are others then, and all else is the
// same.
//
// The error is of kind ErrCorrupt where what there is contradicts itself, and then nothing may be made of it: the stream and the copy have different
// bytes at a position, or not those that a claim vouches for; an event is not canonical, is of another log, or does not follow those before it.
func (s *Salvage) Run(ctx context.Context, emit func(Line) error) (Findings, error) {
	w := &salvaging{Salvage: s, log: s.Remains.log, emit: emit}
	w.checking = newChecking(w.log, w.at)
	for from := domain.Position(1); from <= s.End; from += salvageRun {
		span := Span{from, min(from+salvageRun-1, s.End)}
		if err := w.run(ctx, span); err != nil {
			return w.found, err
		}
		if s.Tell != nil {
			s.Tell(span.To, s.End)
		}
	}
	if err := w.bridge(ctx, s.End+1, w.checking.recorded); err != nil {
		return w.found, err
	}
	w.found.Origin, w.found.Last = w.log.origin, w.checking.report.Last
	return w.found, w.verdict()
}

// salvaging is a salvage under way.
type salvaging struct {
	*Salvage
	log      *Log
	checking *checking
	emit     func(Line) error
	found    Findings
	last     domain.Position // the last that was emitted
	differ   []Span          // where bytes contradict each other
}

func (w *salvaging) run(ctx context.Context, span Span) error {
	messages, err := w.Remains.between(ctx, span)
	if err != nil {
		return err
	}
	entries, err := w.Copy.Entries(ctx, span.From, span.To)
	if err != nil {
		return err
	}
	lying, copied := map[domain.Position]message{}, map[domain.Position]Entry{}
	for _, m := range messages {
		lying[m.sequence] = m
	}
	for _, e := range entries {
		copied[e.Position] = e
	}
	for p := span.From; p <= span.To; p++ {
		m, readable := lying[p]
		e, known := copied[p]
		if known && !w.sound(e) {
			w.found.Unsound, known = extend(w.found.Unsound, p), false
		}
		if readable && known && !bytes.Equal(m.data, e.Payload) || known && w.denied(p, e.Payload) || readable && w.denied(p, m.data) {
			w.differ = extend(w.differ, p)
		}
		switch {
		case readable && known:
			w.found.Both++
		case readable:
			w.found.FromLog++
		case known:
			w.found.FromCopy++
			m = w.message(e)
		default:
			if e, known = w.sealedAt(p); !known {
				continue // seen when the next one is taken
			}
			w.found.FromSeal++
			m = w.message(e)
		}
		if err := w.take(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// sound judges that an entry has the bytes which it was made with, and says of them what they say.
func (w *salvaging) sound(e Entry) bool {
	if sum := sha256.Sum256(e.Payload); !bytes.Equal(sum[:], e.SHA256) {
		return false
	}
	r, err := w.log.codec.Decode(e.Payload)
	if unreadable := strings.HasPrefix(e.ID, "sha256:"); unreadable {
		return e.ID == fmt.Sprintf("sha256:%x", e.SHA256)
	}
	return (err == nil || errors.Is(err, domain.ErrUnknownEvent)) && r.ID == e.ID && r.Stream == e.Stream
}

// message is an entry as it lay on the log. What was no event lay under some subject of its stream; which one says nothing.
func (w *salvaging) message(e Entry) message {
	name := "unreadable"
	if !strings.HasPrefix(e.ID, "sha256:") {
		r, _ := w.log.codec.Trust(e.Payload) // it is sound
		name, _, _ = envelope.Words(r.Type)
		if w.log.origin == "" {
			w.log.origin = r.Source
		}
	}
	return message{subject: e.Stream.Subject(name), sequence: e.Position, data: e.Payload}
}

// take puts a message behind those before it, and gaps between where some are lost.
func (w *salvaging) take(ctx context.Context, m message) error {
	recorded := w.checking.recorded
	if recorded.IsZero() {
		recorded = w.log.trust(m).RecordedTime
	}
	if err := w.bridge(ctx, m.sequence, recorded); err != nil {
		return err
	}
	return w.put(ctx, m)
}

func (w *salvaging) put(ctx context.Context, m message) error {
	r, err := w.checking.check(ctx, m)
	if err != nil {
		return err
	}
	if r.Fault != nil {
		w.found.Unreadable = extend(w.found.Unreadable, r.Position)
	}
	w.last = m.sequence
	return w.emit(Line{m.sequence, m.subject, m.data})
}

// bridge puts a gap at each position that is lost before another.
func (w *salvaging) bridge(ctx context.Context, before domain.Position, recorded time.Time) error {
	if w.last+1 >= before {
		return nil
	}
	span := Span{w.last + 1, before - 1}
	w.found.Lost = append(w.found.Lost, span)
	reason, opening, err := w.log.Seal("reason", w.Reason)
	if err != nil {
		return err
	}
	w.found.Disclosures = append(w.found.Disclosures, opening)
	gap := domain.LogGap{From: span.From, To: span.To, Reason: reason}
	for first := span.From; first <= span.To; first += roundEvents { // one command has at most so many events
		command, err := w.log.randomHex()
		if err != nil {
			return err
		}
		for p := first; p <= min(first+roundEvents-1, span.To); p++ {
			m, err := w.gap(p, recorded, uuidOf(command[:12]+"4"+command[13:16]+"8"+command[17:]), int(p-first)+1, gap)
			if err != nil {
				return err
			}
			if err := w.put(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// gap is the n-th gap of a command. It was recorded when the event before it was, so that the recorded times do not fall; when it was really made
// is its time.
func (w *salvaging) gap(position domain.Position, recorded time.Time, command string, n int, e domain.LogGap) (message, error) {
	happened, err := domain.ParseInstant(w.log.cfg.Now().UTC().Format("2006-01-02T15:04:05Z"))
	if err != nil {
		return message{}, err
	}
	r := domain.Recorded{
		Change: domain.Change{Stream: domain.GapStream(position), Time: happened, Event: &e}, Position: position,
		ID: eventID(command, n), CommandID: command, CommandDigest: domain.Digest(map[string]any{"gap": []domain.Position{e.From, e.To}, "reason": e.Reason.Digest}),
		Source: w.log.origin, Actor: "system:repair", RecordedTime: recorded, StreamVersion: 1,
	}
	payload, err := w.log.codec.Encode(r)
	return message{subject: r.Stream.Subject(gapWords), sequence: position, data: payload}, err
}

// at finds an event of the salvage again.
func (w *salvaging) at(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	r, err := w.Remains.At(ctx, position)
	if err == nil || !errors.Is(err, domain.ErrNotFound) {
		return r, err
	}
	entries, err := w.Copy.Entries(ctx, position, position)
	if err != nil {
		return domain.Recorded{}, err
	}
	if len(entries) > 0 && w.sound(entries[0]) {
		return w.log.trust(w.message(entries[0])), nil
	}
	if e, known := w.sealedAt(position); known {
		return w.log.trust(w.message(e)), nil
	}
	return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, domain.ErrNotFound)
}

// verdict is the error of a salvage that contradicts itself.
func (w *salvaging) verdict() error {
	if len(w.differ) > 0 {
		return fmt.Errorf("eventlog: the bytes at %s differ between those who have them: %w", naming(w.differ), domain.ErrCorrupt)
	}
	for _, position := range slices.Sorted(maps.Keys(w.checking.wrong)) {
		if !within(w.found.Unreadable, position) { // what was no event before is kept as it is
			return w.checking.wrong[position]
		}
	}
	return nil
}

func within(spans []Span, p domain.Position) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.From <= p && p <= s.To })
}

// NewSalvage looks for what is left of the log, to put it together with a copy.
func NewSalvage(ctx context.Context, nc *nats.Conn, cfg Config, c Copy) (*Salvage, error) {
	remains, err := FindRemains(ctx, nc, cfg)
	if err != nil {
		return nil, err
	}
	if remains.Last == 0 { // a stream without events says nothing, and may have been made in place of the one that was lost
		remains.log.origin = ""
	}
	return &Salvage{Remains: remains, Copy: c, End: remains.Last}, nil
}
