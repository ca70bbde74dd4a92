// Package envelope writes and reads the bytes of events as spec "events", Envelope, has them. It knows no broker, so that whoever holds
// nothing but the bytes can read them.
package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"

	"thidua/domain"
)

// SizeLimit is the most bytes that an event may have: the limit of a transparency log's leaf (spec "events", Envelope).
const SizeLimit = 65_535

// Codec writes and reads events as spec "events", Envelope, has them: CloudEvents 1.0 in canonical JSON (RFC 8785), text in NFC. It holds
// the catalogue and nothing that changes, so one Codec serves any number of goroutines.
type Codec struct {
	names map[string]kind       // by CloudEvents type
	types map[reflect.Type]kind // by the Go type of the data
}

// kind is a released event type with the texts that stand in its envelopes.
type kind struct {
	domain.Kind
	name, schema string
}

// New returns the codec of the catalogue.
func New() *Codec {
	c := &Codec{names: map[string]kind{}, types: map[reflect.Type]kind{}}
	for _, released := range domain.Catalogue() {
		k := kind{released, released.Type(), released.Schema()}
		c.names[k.name] = k
		c.types[reflect.TypeOf(k.New())] = k
	}
	return c
}

// Encode writes an event in full: the payload of its message. Position, Type and Payload are not looked at. The error is of kind ErrInvalid
// where an attribute is not of its form, and a *domain.Problem of rule RuleSize where the event is too large.
func (c *Codec) Encode(r domain.Recorded) ([]byte, error) {
	k, data, err := c.data(r.Event)
	if err != nil {
		return nil, err
	}
	return c.encode(r, k, data)
}

// data writes the type's own part of an event. It is most of the work of Encode and needs nothing that is only known at the moment of
// appending.
func (c *Codec) data(e domain.Event) (kind, jsontext.Value, error) {
	k, ok := c.types[reflect.TypeOf(e)]
	if !ok {
		return kind{}, nil, fmt.Errorf("envelope: encode %T: not in the catalogue: %w", e, domain.ErrInvalid)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return k, nil, fmt.Errorf("envelope: encode %s: %w: %w", k.Words, domain.ErrInvalid, err)
	}
	value := jsontext.Value(data)
	if err := value.Canonicalize(); err != nil {
		return k, nil, fmt.Errorf("envelope: encode %s: %w: %w", k.Words, domain.ErrInvalid, err)
	}
	if hasNull(value) {
		return k, nil, fmt.Errorf("envelope: encode %s: %w: %w", k.Words, domain.ErrInvalid, errNull)
	}
	return k, value, nil
}

var errNull = errors.New("a text that must be there is missing")

// hasNull reports whether a member of canonical data is null, which none ever is: what can be absent is left out. A quote within a text stands behind a
// backslash, and no member's name ends in one.
func hasNull(data []byte) bool {
	null := []byte(`":null`)
	for i := bytes.Index(data, null); i >= 0; {
		if data[i-1] != '\\' {
			return true
		}
		next := bytes.Index(data[i+1:], null)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

func (c *Codec) encode(r domain.Recorded, k kind, data jsontext.Value) ([]byte, error) {
	err := attributes(r)
	if err == nil {
		err = fits(r.Stream, k.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("envelope: encode %s: %w", k.Words, err)
	}
	payload := writeEnvelope(r, k, data)
	switch {
	case !Normal(payload):
		return nil, notNormal(k)
	case len(payload) > SizeLimit:
		return nil, TooLarge(len(payload))
	}
	return payload, nil
}

// Normal reports whether a payload's texts are UTF-8 in NFC. Looking at the whole is the same as looking at each: what stands between
// them composes with nothing.
func Normal(payload []byte) bool { return utf8.Valid(payload) && norm.NFC.IsNormal(payload) }

func notNormal(k kind) error {
	return fmt.Errorf("envelope: encode %s: a text is not UTF-8 in Unicode's form NFC: %w", k.Words, domain.ErrInvalid)
}

// TooLarge says that an event has too many bytes.
func TooLarge(size int) error {
	return &domain.Problem{Rule: domain.RuleSize, Text: domain.Text{
		VI: fmt.Sprintf("một sự kiện dài %d byte, nhiều nhất được %d; hãy rút ngắn hoặc chia nhỏ", size, SizeLimit),
		EN: fmt.Sprintf("an event has %d bytes, at most %d are taken; shorten or split it", size, SizeLimit),
	}}
}

// Decode reads the payload of one message. It accepts only what Encode writes: an attribute or member that the contract does not have, an
// absent one, a name that stands twice, and bytes that are not canonical are errors of kind ErrCorrupt. An event of a type that the
// catalogue does not have is given with all its attributes, a nil Event, and an error of kind ErrUnknownEvent. Position is for the caller
// to fill in; Payload is the payload itself, not a copy.
func (c *Codec) Decode(payload []byte) (domain.Recorded, error) { return c.read(payload, true) }

// Trust is Decode for who carries the log on: it does not prove again, by writing the event anew, what was proven before the bytes were stored.
// eventlog.Log.Check proves it whenever somebody asks.
func (c *Codec) Trust(payload []byte) (domain.Recorded, error) { return c.read(payload, false) }

func (c *Codec) read(payload []byte, prove bool) (domain.Recorded, error) {
	if len(payload) > SizeLimit {
		return domain.Recorded{}, corrupt("decode", TooLarge(len(payload)))
	}
	r, e, err := readEnvelope(payload)
	if err == nil {
		err = e.parse(&r)
	}
	if err == nil && prove && !Normal(payload) {
		err = errNotCanonical
	}
	if err != nil {
		return r, corrupt("decode "+r.ID, err)
	}
	r.Payload = payload
	return r, c.open(&r, e, prove)
}

// open decodes the type's own part of an event.
func (c *Codec) open(r *domain.Recorded, e envelope, prove bool) (err error) {
	k, known := c.names[r.Type]
	if known {
		r.Event, err = k.decode(e.data, prove)
		err = errors.Join(err, fits(r.Stream, k.Kind))
	} else {
		k, err = unknown(r.Type, e.data)
	}
	switch {
	case err != nil:
		return corrupt("decode "+r.ID, err)
	case e.schema != k.schema:
		return corrupt("decode "+r.ID, fmt.Errorf("dataschema %q of type %q", e.schema, r.Type))
	case !known:
		return fmt.Errorf("envelope: decode %s: %q was written by a newer version: %w", r.ID, r.Type, domain.ErrUnknownEvent)
	}
	return nil
}

// decode reads the type's own part. To prove it, what was read is written again and must give the same bytes.
func (k kind) decode(data jsontext.Value, prove bool) (domain.Event, error) {
	event := k.New()
	if err := json.Unmarshal(data, event, json.RejectUnknownMembers(true)); err != nil || !prove {
		return event, err
	}
	written, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	again := jsontext.Value(written)
	if err := again.Canonicalize(); err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, errNotCanonical
	}
	if hasNull(data) {
		return nil, errNull
	}
	return event, nil
}

// unknown gives a type that the catalogue does not have the texts that its envelope must carry.
func unknown(name string, data jsontext.Value) (kind, error) {
	words, version, ok := Words(name)
	if !ok {
		return kind{}, fmt.Errorf("type %q is not of the form %s<words>.v<number>", name, domain.TypePrefix)
	}
	again := data.Clone()
	if err := again.Canonicalize(); err != nil {
		return kind{}, err
	}
	if !bytes.Equal(again, data) {
		return kind{}, errNotCanonical
	}
	return kind{name: name, schema: "urn:thidua:schema:" + words + ":" + version}, nil
}

var errNotCanonical = errors.New("the bytes are not the canonical ones of what they say")

// corrupt says that something on the log is not what it must be.
func corrupt(what string, err error) error {
	return fmt.Errorf("envelope: %s: %w: %w", what, domain.ErrCorrupt, err)
}
