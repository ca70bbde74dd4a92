package domain

import "time"

// Event is the data of one event. Its words name it on the log for ever.
type Event interface {
	// Words returns the type's words, such as "indicator.reported".
	Words() string
}

// Position is an event's place in the log, 1 for the first. It is the sequence of the JetStream stream.
type Position = uint64

// Change is an event that is to be appended to a stream. Time is when it happened, as written by who says so; not given where no
// paper says when.
type Change struct {
	Stream Stream
	Time   Instant
	Event  Event
}

// Recorded is an event as it stands on the log: the envelope's attributes of spec "events", the decoded data, and the exact bytes.
type Recorded struct {
	Change
	Position      Position
	ID            string
	Source        string
	Type          string
	RecordedTime  time.Time
	Actor         string
	CommandID     string
	CommandDigest string
	CausationID   string
	CorrelationID string
	TraceParent   string
	StreamVersion uint64
	SeasonVersion uint64 // 0 where the event belongs to no season
	Payload       []byte
	// Fault says why the message at the position is no event of the contract; else nil. Then there is no Event, Stream is the one that the
	// message's subject names, or the log's own, ID is "sha256:" and the digest of Payload in hex, and nothing else is known.
	Fault error
}

// Disclosable is a text that can name a person. Only its salted digest stands in the event (spec "events", People and free text); the
// text is known where it was just taken in or where its disclosure was looked up.
type Disclosable struct {
	Digest string `json:"sd"` // the salted digest of a text, in base64url; the text itself is kept apart from the log
	Text   string `json:"-"`
}

// Disclosure opens one Disclosable: the JSON [salt, field, text] in base64url, whose SHA-256 is the digest (RFC 9901, 4.2.3).
type Disclosure struct {
	Digest  string
	Encoded string
}

// Disclosable is absent as a nil pointer; said tells whether a text was given.
func said(d *Disclosable) bool { return d != nil }
