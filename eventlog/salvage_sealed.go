package eventlog

import (
	"crypto/sha256"
	"errors"

	"thidua/domain"
)

// Sealed is what was signed of the log. It has the last word on what stands at a position, and may have the event itself.
type Sealed interface {
	// Vouches reports whether bytes can stand at a position: not where others were signed there.
	Vouches(position domain.Position, payload []byte) bool
	// Payload returns the bytes that were signed at a position, nil where they are not at hand.
	Payload(position domain.Position) []byte
}

// denied reports whether others were signed at a position than these bytes.
func (w *salvaging) denied(position domain.Position, payload []byte) bool {
	return w.Sealed != nil && !w.Sealed.Vouches(position, payload)
}

// sealedAt gives the event that was signed at a position. One that can't be read is left out: its subject can't be told from its bytes.
func (w *salvaging) sealedAt(position domain.Position) (e Entry, known bool) {
	if w.Sealed == nil {
		return e, false
	}
	payload := w.Sealed.Payload(position)
	if payload == nil || w.denied(position, payload) {
		return e, false
	}
	r, err := w.log.codec.Decode(payload)
	sum := sha256.Sum256(payload)
	e = Entry{Position: position, ID: r.ID, Stream: r.Stream, Payload: payload, SHA256: sum[:]}
	return e, (err == nil || errors.Is(err, domain.ErrUnknownEvent)) && w.sound(e)
}
