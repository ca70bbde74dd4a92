package dossier

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Entry is one message of the log in full.
type Entry struct {
	Position domain.Position
	Payload  []byte
	// Stream is given for what is no event of the contract: the stream in which it lies, which its bytes don't say.
	Stream string
}

const (
	entryBegins = `{"position":`
	entryEvent  = `,"event":`
	entryStream = `,"stream":"`
	entryBytes  = `","bytes":"`
)

// appendEntry writes a line: JSON around the event's own bytes, which stand in it as they are on the log, or in base64 where they are no event.
func appendEntry(to []byte, e Entry) []byte {
	to = strconv.AppendUint(append(to, entryBegins...), e.Position, 10)
	if e.Stream == "" {
		to = append(append(to, entryEvent...), e.Payload...)
		return append(to, '}', '\n')
	}
	to = append(append(append(to, entryStream...), e.Stream...), entryBytes...)
	return append(base64.StdEncoding.AppendEncode(to, e.Payload), '"', '}', '\n')
}

// writeEntries writes entries, which are in the order of the log.
func writeEntries(entries []Entry) []byte {
	var b []byte
	for _, e := range entries {
		b = appendEntry(b, e)
	}
	return b
}

// readEntries reads what writeEntries wrote.
func readEntries(content []byte) ([]Entry, error) {
	var entries []Entry
	last := domain.Position(0)
	for line := range bytes.Lines(content) {
		e, ok := parseEntry(string(line))
		if !ok || e.Position <= last || !bytes.Equal(appendEntry(nil, e), line) {
			return nil, refuse(eventsName, "dòng %d không đúng dạng hoặc không đúng thứ tự", "line %d is not of the form, or out of order", len(entries)+1)
		}
		entries, last = append(entries, e), e.Position
	}
	return entries, nil
}

func parseEntry(line string) (e Entry, ok bool) {
	rest, ok := strings.CutPrefix(line, entryBegins)
	number, rest, comma := strings.Cut(rest, ",")
	position, err := strconv.ParseUint(number, 10, 53)
	rest, ends := strings.CutSuffix(rest, "}\n")
	if !ok || !comma || err != nil || !ends {
		return e, false
	}
	e.Position, rest = position, ","+rest
	if payload, event := strings.CutPrefix(rest, entryEvent); event {
		e.Payload = []byte(payload)
		return e, len(payload) > 0
	}
	rest, stream := strings.CutPrefix(rest, entryStream)
	name, encoded, both := strings.Cut(rest, entryBytes)
	encoded, quoted := strings.CutSuffix(encoded, `"`)
	if e.Payload, err = base64.StdEncoding.Strict().DecodeString(encoded); err != nil || !stream || !both || !quoted {
		return e, false
	}
	_, err = domain.ParseStream(name)
	e.Stream = name
	return e, err == nil
}

// decode reads the entries as the events of a log, as they lie: what is no event has a fault. Each such one must have been discarded.
func decode(origin string, entries []Entry) ([]domain.Recorded, error) {
	codec := envelope.New()
	events := make([]domain.Recorded, len(entries))
	for i, e := range entries {
		r, err := decodeEntry(codec, origin, e)
		if err != nil {
			return nil, err
		}
		events[i] = r
	}
	for _, r := range domain.Void(events) {
		if r.Fault != nil {
			return nil, refuse(eventsName, "vị trí %d không phải là sự kiện và chưa ai bỏ nó", "what lies at position %d is no event, and nobody has discarded it", r.Position)
		}
	}
	return events, nil
}

func decodeEntry(codec *envelope.Codec, origin string, e Entry) (domain.Recorded, error) {
	if e.Stream != "" {
		stream, err := domain.ParseStream(e.Stream)
		fault := fmt.Errorf("position %d: %w", e.Position, domain.ErrCorrupt)
		return domain.Recorded{Change: domain.Change{Stream: stream}, Position: e.Position, Payload: e.Payload, Fault: fault}, err
	}
	r, err := codec.Decode(e.Payload)
	switch {
	case errors.Is(err, domain.ErrUnknownEvent):
		return r, refuse(eventsName, "sự kiện ở vị trí %d do một phiên bản mới hơn ghi (%s); hãy dùng bản kiểm tra mới hơn",
			"the event at position %d was written by a newer version (%s); verify with a newer program", e.Position, r.Type)
	case err != nil:
		return r, refuse(eventsName, "vị trí %d: %v", "position %d: %v", e.Position, err)
	case r.Source != origin:
		return r, refuse(eventsName, "sự kiện ở vị trí %d là của sổ %q, không phải của %q", "the event at position %d is of the log %q, not of %q", e.Position, r.Source, origin)
	}
	r.Position = e.Position
	return r, nil
}
