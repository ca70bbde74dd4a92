package envelope

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"thidua/domain"
)

// The envelope is written and read by hand, attribute by attribute in the order that RFC 8785 sorts them in. What is read this way is
// canonical, or it is not read at all: no space, no other order, no attribute twice, none that the contract does not have.

const (
	specVersion = "1.0"
	contentType = "application/json"
	// recordedLayout is a recordedtime: UTC, always three digits of a second, so that the texts sort as the moments do.
	recordedLayout = "2006-01-02T15:04:05.000Z"
)

// envelope is what stands in an event beside the attributes that domain.Recorded has.
type envelope struct {
	data                               jsontext.Value
	contentType, schema, spec, subject string
	recorded, time                     string
}

// envelopeLead writes what all events of a command begin with.
func envelopeLead(r domain.Recorded) []byte {
	w := writer(make([]byte, 0, 384))
	w.text(`{"actor":`, r.Actor)
	w.optional(`,"causationid":`, r.CausationID)
	w.text(`,"commanddigest":`, r.CommandDigest)
	w.text(`,"commandid":`, r.CommandID)
	w.optional(`,"correlationid":`, r.CorrelationID)
	return append(w, `,"data":`...)
}

func envelopeHead(lead []byte, r domain.Recorded, k kind, data jsontext.Value) []byte {
	w := writer(make([]byte, 0, len(lead)+len(data)+256))
	w = append(append(w, lead...), data...)
	w.text(`,"datacontenttype":`, contentType)
	w.text(`,"dataschema":`, k.schema)
	w.text(`,"id":`, r.ID)
	return append(w, `,"recordedtime":"`...)
}

func envelopeMiddle(r domain.Recorded) []byte {
	w := writer(make([]byte, 0, 96))
	w.text(`,"source":`, r.Source)
	w.text(`,"specversion":`, specVersion)
	return w
}

func envelopeTail(r domain.Recorded, k kind) []byte {
	w := writer(make([]byte, 0, 256))
	w.text(`,"subject":`, r.Stream.String())
	w.optional(`,"time":`, r.Time.String())
	w.optional(`,"traceparent":`, r.TraceParent)
	w.text(`,"type":`, k.name)
	return append(w, '}')
}

// readEnvelope reads what writeEnvelope wrote.
func readEnvelope(payload []byte) (r domain.Recorded, e envelope, err error) {
	p := parser{rest: string(payload), payload: payload}
	r.Actor = p.text(`{"actor":`)
	r.CausationID = p.optional(`,"causationid":`)
	r.CommandDigest = p.text(`,"commanddigest":`)
	r.CommandID = p.text(`,"commandid":`)
	r.CorrelationID = p.optional(`,"correlationid":`)
	e.data = p.value(`,"data":`)
	e.contentType = p.text(`,"datacontenttype":`)
	e.schema = p.text(`,"dataschema":`)
	r.ID = p.text(`,"id":`)
	e.recorded = p.text(`,"recordedtime":`)
	if p.has(`,"seasonversion":`) {
		r.SeasonVersion = p.number(`,"seasonversion":`)
	}
	r.Source = p.text(`,"source":`)
	e.spec = p.text(`,"specversion":`)
	r.StreamVersion = p.number(`,"streamversion":`)
	e.subject = p.text(`,"subject":`)
	e.time = p.optional(`,"time":`)
	r.TraceParent = p.optional(`,"traceparent":`)
	r.Type = p.text(`,"type":`)
	p.literal(`}`)
	if p.err == nil && p.rest != "" {
		p.err = errors.New("something follows the event")
	}
	return r, e, p.err
}

// Skim reads the attributes of an event that are plain texts and numbers, and its subject. Neither their forms nor the data are looked at: it is
// for who searches many events for a command.
func Skim(payload []byte) (r domain.Recorded, subject string, err error) {
	r, e, err := readEnvelope(payload)
	return r, e.subject, err
}

// parse reads the attributes that are more than text into the event, and checks the form of them all.
func (e envelope) parse(r *domain.Recorded) (err error) {
	if e.spec != specVersion || e.contentType != contentType {
		return fmt.Errorf("specversion %q, datacontenttype %q: %w", e.spec, e.contentType, domain.ErrInvalid)
	}
	if r.Stream, err = domain.ParseStream(e.subject); err != nil {
		return err
	}
	r.RecordedTime, err = time.Parse(time.RFC3339, e.recorded)
	if err != nil || !recordedForm(e.recorded) {
		return fmt.Errorf("recordedtime %q: %w", e.recorded, domain.ErrInvalid)
	}
	if e.time != "" {
		if r.Time, err = domain.ParseInstant(e.time); err != nil {
			return err
		}
	}
	return attributes(*r)
}

// recordedForm reports whether a moment has the form of recordedLayout, of which package time takes some others too.
func recordedForm(text string) bool {
	if len(text) != len(recordedLayout) {
		return false
	}
	for i := range len(text) {
		digit, isDigit := recordedLayout[i] >= '0' && recordedLayout[i] <= '9', text[i] >= '0' && text[i] <= '9'
		if digit != isDigit || !digit && text[i] != recordedLayout[i] {
			return false
		}
	}
	return true
}

// writer appends attributes to a payload.
type writer []byte

func (w *writer) text(name, value string) {
	// Quoting fails on what is not UTF-8 alone, and the attributes are ASCII (see func attributes).
	*w, _ = jsontext.AppendQuote(append(*w, name...), value)
}

func (w *writer) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *writer) number(name string, value uint64) {
	*w = strconv.AppendUint(append(*w, name...), value, 10)
}

// parser takes a payload apart from its beginning. After the first error it gives nothing more.
type parser struct {
	rest    string // of the payload as a text
	payload []byte
	err     error
}

func (p *parser) has(name string) bool { return p.err == nil && strings.HasPrefix(p.rest, name) }

func (p *parser) literal(name string) {
	if p.err == nil && !p.has(name) {
		p.err = fmt.Errorf("%s is missing where it belongs, before %.40q", name, p.rest)
	}
	if p.err == nil {
		p.rest = p.rest[len(name):]
	}
}

// text takes an attribute whose value is a text.
func (p *parser) text(name string) string {
	p.literal(name)
	n := stringEnd(p.rest)
	if p.err != nil || n == 0 {
		p.err = errors.Join(p.err, fmt.Errorf("%s is not followed by a text", name))
		return ""
	}
	quoted := p.rest[:n]
	p.rest = p.rest[n:]
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : n-1]
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	again, _ := jsontext.AppendQuote(nil, text)
	if err != nil || string(again) != quoted {
		p.err = fmt.Errorf("%s: %w", name, errNotCanonical)
	}
	return string(text)
}

// optional takes an attribute that may be absent, but not empty.
func (p *parser) optional(name string) string {
	if !p.has(name) {
		return ""
	}
	value := p.text(name)
	if p.err == nil && value == "" {
		p.err = fmt.Errorf("%s is empty; it is left out where there is none", name)
	}
	return value
}

func (p *parser) number(name string) uint64 {
	p.literal(name)
	n := 0
	for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		n++
	}
	value, err := strconv.ParseUint(p.rest[:n], 10, 64)
	if p.err == nil && (err != nil || p.rest[0] == '0') {
		p.err = fmt.Errorf("%s is not followed by a number from 1 on", name)
	}
	p.rest = p.rest[n:]
	return value
}

// value takes an attribute whose value is an object, as it lies in the payload. Only its end is looked for here.
func (p *parser) value(name string) jsontext.Value {
	p.literal(name)
	depth := 0
	for i := 0; p.err == nil && i < len(p.rest); i++ {
		switch p.rest[i] {
		case '"':
			i += max(stringEnd(p.rest[i:]), 1) - 1
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			begin := len(p.payload) - len(p.rest)
			p.rest = p.rest[i+1:]
			return jsontext.Value(p.payload[begin : begin+i+1 : begin+i+1])
		}
	}
	p.err = errors.Join(p.err, fmt.Errorf("%s is not followed by an object", name))
	return nil
}

// stringEnd returns the length of the JSON string that a text begins with, 0 where it begins with none.
func stringEnd(text string) int {
	if text == "" || text[0] != '"' {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
		case c < ' ':
			return 0
		}
	}
	return 0
}
