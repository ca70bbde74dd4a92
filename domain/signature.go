package domain

import (
	"time"

	"thidua/domain/signing"
)

// A pledge carries its leader's signature. What is decided later, a final ranking and each award, is signed after it stands on the record, by
// as many as sign it; a paper that was signed elsewhere, such as a CMS file of an agency's token, can be laid beside any of them and beside a
// pledge. Rules: what is signed is named by its position and by the digest of its statement, and both fit; an Ed25519 signature counts by the
// rules of signature_rules.go; a file is evidence, of which the record says only that it is there.

// SignatureAdded is a signature under something that stands on the record already.
type SignatureAdded struct {
	// Position is that of the event that is signed: a pledge, a final ranking or a decision.
	Position        Position     `json:"position"`
	StatementSHA256 string       `json:"statement_sha256"` // SHA-256, in hex, of the statement that is signed
	Signer          string       `json:"signer"`           // who signed, a ref
	Role            *Disclosable `json:"role,omitempty"`   // the office in which
	// Signature is a DSSE envelope or an OpenSSH signature; not given where the signature is a file.
	Signature string `json:"signature,omitempty"`
	// Evidence is the file of a detached CMS signature.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Words is the type's name on the log.
func (*SignatureAdded) Words() string { return "signature.added" }

// FormOf is the form of a pledge's signature: PaperSignature, signing.DSSE, signing.SSH, or "unknown".
func FormOf(signature string) string {
	if signature == PaperSignature {
		return PaperSignature
	}
	s, err := signing.Parse(signature)
	if err != nil {
		return "unknown"
	}
	return s.Format
}

// AddedSignature is a signature under something of the season.
type AddedSignature struct {
	SignatureAdded
	At    Instant
	Taken time.Time
	// Own is the position of the signature itself.
	Own Position
}

// AddSignature signs a pledge, a final ranking or a decision that stands on the record.
type AddSignature struct {
	Season string
	At     Instant
	SignatureAdded
	// Chain are the fingerprints of the key and of those before it.
	Chain []string
}

// Streams are the season's own and those of the keys.
func (c AddSignature) Streams() []Stream {
	return keyStreams([]Stream{SeasonStream(c.Season)}, c.Chain)
}

// wholeSeason says that anything of the season can be signed.
func (AddSignature) wholeSeason() {}

// Changes adds the signature, with the digest of the statement that the record gives.
func (c AddSignature) Changes(w *World) []Change {
	added := c.SignatureAdded
	if s, found := w.Statement(c.Position); found {
		added.StatementSHA256 = s.SHA256()
	}
	return []Change{{Stream: SeasonStream(c.Season), Time: c.At, Event: &added}}
}
