package envelope

import (
	"fmt"
	"time"

	"thidua/domain"
)

// Draft is an event of which all is written but its recordedtime and its versions, which are known only at the moment of appending.
type Draft struct {
	stream domain.Stream
	name   string // of its type
	time   domain.Instant

	lead   []byte // what all events of a command begin with
	head   []byte // to the quote in which the recordedtime begins
	middle []byte // from there to the streamversion, without the seasonversion
	tail   []byte
}

// writtenLater is at most how many bytes an event's recordedtime and versions take, with their names.
const writtenLater = 96

// Draft writes an event as far as it can be written beforehand, which is the greater part of the work and needs no order. Position,
// RecordedTime, versions, Type and Payload of r are not looked at. before is the draft of the same command's event before this one, nil where
// there is none: consecutive events share what they have in common. The error is of kind ErrInvalid where an attribute is not of its form.
func (c *Codec) Draft(r domain.Recorded, before *Draft) (Draft, error) {
	k, data, err := c.data(r.Event)
	if err != nil {
		return Draft{}, err
	}
	if before == nil || before.stream != r.Stream { // from one event of a stream to the next no attribute changes its form
		err = c.draftable(r, k)
	} else {
		err = fits(r.Stream, k.Kind)
	}
	switch {
	case err != nil:
		return Draft{}, fmt.Errorf("envelope: encode %s: %w", k.Words, err)
	case !Normal(data):
		return Draft{}, notNormal(k)
	}
	d := Draft{stream: r.Stream, name: k.name, time: r.Time}
	if before == nil {
		d.lead, d.middle = envelopeLead(r), envelopeMiddle(r)
	} else {
		d.lead, d.middle = before.lead, before.middle
	}
	d.head = envelopeHead(d.lead, r, k, data)
	if before != nil && before.stream == d.stream && before.name == d.name && before.time == d.time {
		d.tail = before.tail
	} else {
		d.tail = envelopeTail(r, k)
	}
	return d, nil
}

// draftable checks an event's attributes but for the versions, of which the least possible ones stand for those that it will have.
func (c *Codec) draftable(r domain.Recorded, k kind) error {
	r.StreamVersion, r.SeasonVersion = 1, 0
	if r.Stream.Season != "" {
		r.SeasonVersion = 1
	}
	if err := attributes(r); err != nil {
		return err
	}
	return fits(r.Stream, k.Kind)
}

// Size is at most how many bytes the whole event has.
func (d *Draft) Size() int { return len(d.head) + len(d.middle) + len(d.tail) + writtenLater }

// Complete appends the whole event to a buffer. The season's version is 0 where the event is of no season. Whether the whole is within
// SizeLimit, and the versions below ExactLimit, is for the caller to check.
func (d *Draft) Complete(to []byte, recorded string, version, season uint64) []byte {
	w := writer(append(append(append(to, d.head...), recorded...), '"'))
	if season > 0 {
		w.number(`,"seasonversion":`, season)
	}
	w = append(w, d.middle...)
	w.number(`,"streamversion":`, version)
	return append(w, d.tail...)
}

// writeEnvelope writes an event around its data.
func writeEnvelope(r domain.Recorded, k kind, data []byte) []byte {
	d := Draft{head: envelopeHead(envelopeLead(r), r, k, data), middle: envelopeMiddle(r), tail: envelopeTail(r, k)}
	return d.Complete(make([]byte, 0, d.Size()), RecordedText(r.RecordedTime), r.StreamVersion, r.SeasonVersion)
}

// RecordedText writes a recordedtime.
func RecordedText(t time.Time) string { return t.UTC().Format(recordedLayout) }
