package domain

import (
	"time"

	"thidua/domain/signing"
)

// A key is an Ed25519 public key with which one person signs for one unit. The private half never comes here. Rules (spec "events", key.*): a key is registered
// once, for one unit and one person on the register, for a time that has an end; it counts from where it is confirmed: by the signature of a
// key of the same unit that counts there, or because its fingerprint stands in the minutes of a conference, on the word of who says so;
// from its revocation on it counts no more, whatever moment a signature claims. The name of a key is the fingerprint that `ssh-keygen -l` prints.
//
// Nothing here makes a key trusted by who reads the record elsewhere: that is up to the minutes that he holds (see World.Signatures).

// Key is the state of one key.
type Key struct {
	KeyRegistered
	Position      Position // 0 where nobody registered it
	Confirmations []Confirmation
	Revocations   []Revocation
}

// Confirmation says that a key is its unit's.
type Confirmation struct {
	KeyConfirmed
	At       Instant
	Taken    time.Time
	Position Position
}

// Revocation ends a key.
type Revocation struct {
	KeyRevoked
	Position Position
}

// KeyRegistered binds a key to a unit and a person, for a time.
type KeyRegistered struct {
	// Key is the public key as OpenSSH writes it, "ssh-ed25519 AAAA…".
	Key       string  `json:"key"`
	Unit      string  `json:"unit"`       // the unit it signs for
	Person    string  `json:"person"`     // who holds it, a ref
	NotBefore Instant `json:"not_before"` // from when it may sign
	NotAfter  Instant `json:"not_after"`  // until when it may sign
}

// KeyConfirmed says whose word there is for a key: the signature of the key before it, or the minutes in which its fingerprint stands.
type KeyConfirmed struct {
	// Predecessor is the fingerprint of the key that signed, Signature its signature over the statement of this key.
	Predecessor string `json:"predecessor,omitempty"` // the fingerprint of the key that signed
	Signature   string `json:"signature,omitempty"`   // its signature over the statement of this key
	// Minutes say which paper has the fingerprint, Evidence is a scan of it.
	Minutes  *Disclosable `json:"minutes,omitempty"`  // which paper has the fingerprint
	Evidence []Evidence   `json:"evidence,omitempty"` // a scan of that paper
	By       string       `json:"by"`                 // who recorded it, a ref
}

// KeyRevoked ends a key, from a moment on.
type KeyRevoked struct {
	From   Instant      `json:"from"`   // the moment from which it no longer signs
	By     string       `json:"by"`     // who ended it, a ref
	Reason *Disclosable `json:"reason"` // why
}

// Words is the type's name on the log.
func (*KeyRegistered) Words() string { return "key.registered" }

// Words is the type's name on the log.
func (*KeyConfirmed) Words() string { return "key.confirmed" }

// Words is the type's name on the log.
func (*KeyRevoked) Words() string { return "key.revoked" }

// KeyStream is the stream of a key, by its fingerprint in either writing.
func KeyStream(id string) Stream {
	return Stream{Aggregate: AggregateKey, Key: signing.Hex(signing.IDOf(id))}
}

// ID is the key's fingerprint, "" where the key is none.
func (k *KeyRegistered) ID() string {
	key, err := signing.ParsePublicKey(k.Key)
	if err != nil {
		return ""
	}
	return key.ID()
}

func (k *Key) evolve(r Recorded) {
	switch e := r.Event.(type) {
	case *KeyRegistered:
		if k.Position == 0 { // a second one changes nothing
			k.KeyRegistered, k.Position = *e, r.Position
		}
	case *KeyConfirmed:
		k.Confirmations = append(k.Confirmations, Confirmation{KeyConfirmed: *e, At: r.Time, Taken: r.RecordedTime, Position: r.Position})
	case *KeyRevoked:
		k.Revocations = append(k.Revocations, Revocation{KeyRevoked: *e, Position: r.Position})
	}
}

// KeysNamed lists the fingerprints of the keys that an event's signatures give themselves out to be made with. Whoever judges the signatures
// must have folded in the streams of these keys, and of those that their events name in turn.
func KeysNamed(e Event) []string {
	switch e := e.(type) {
	case *PledgeSigned:
		return keyOf(e.Signature)
	case *SignatureAdded:
		return keyOf(e.Signature)
	case *KeyConfirmed:
		if signing.Hex(e.Predecessor) != "" {
			return []string{e.Predecessor}
		}
	}
	return nil
}

func keyOf(signature string) []string {
	s, err := signing.Parse(signature)
	if err != nil {
		return nil
	}
	return []string{s.KeyID}
}

// RegisterKey puts a key on the register.
type RegisterKey struct {
	At Instant
	KeyRegistered
}

// Streams are the key's own, its unit's and its person's.
func (c RegisterKey) Streams() []Stream {
	return []Stream{KeyStream(c.ID()), UnitStream(c.Unit), PersonStream(c.Person)}
}

// Changes registers the key.
func (c RegisterKey) Changes(*World) []Change {
	return []Change{{Stream: KeyStream(c.ID()), Time: c.At, Event: &c.KeyRegistered}}
}

// ConfirmKey says whose word there is for a key.
type ConfirmKey struct {
	ID string
	At Instant
	KeyConfirmed
	// Chain are the fingerprints of the predecessor and of the keys before it, whose streams tell whether it counts.
	Chain []string
}

// Streams are the key's own and those of the keys before it.
func (c ConfirmKey) Streams() []Stream { return keyStreams([]Stream{KeyStream(c.ID)}, c.Chain) }

// Changes confirms the key.
func (c ConfirmKey) Changes(*World) []Change {
	return []Change{{Stream: KeyStream(c.ID), Time: c.At, Event: &c.KeyConfirmed}}
}

// RevokeKey ends a key.
type RevokeKey struct {
	ID string
	At Instant
	KeyRevoked
}

// Streams is the key's own.
func (c RevokeKey) Streams() []Stream { return []Stream{KeyStream(c.ID)} }

// Changes revokes the key.
func (c RevokeKey) Changes(*World) []Change {
	return []Change{{Stream: KeyStream(c.ID), Time: c.At, Event: &c.KeyRevoked}}
}

// keyStreams adds the streams of keys, each once.
func keyStreams(streams []Stream, ids []string) []Stream {
	seen := map[Stream]bool{}
	for _, s := range streams {
		seen[s] = true
	}
	for _, id := range ids {
		if s := KeyStream(id); s.Key != "" && !seen[s] {
			seen[s] = true
			streams = append(streams, s)
		}
	}
	return streams
}
