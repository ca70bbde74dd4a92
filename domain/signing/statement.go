package signing

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Kind is what a statement is about. It stands in what is signed, so that the signature under one kind is none under another.
type Kind string

// The kinds of statements.
const (
	Pledge  Kind = "pledge"
	Ranking Kind = "ranking"
	Award   Kind = "award"
	Key     Kind = "key" // by the key before it
)

// MediaType is the kind's media type: the payloadType of a DSSE envelope, and the statement's own member "type".
func (k Kind) MediaType() string { return "application/vnd.thidua." + string(k) + "+json" }

// Namespace is the kind's namespace for `ssh-keygen -Y sign -n`.
func (k Kind) Namespace() string { return string(k) + "@thidua.vn" }

// KindOf returns the kind with a media type, "" where there is none.
func KindOf(mediaType string) Kind {
	for _, k := range []Kind{Pledge, Ranking, Award, Key} {
		if k.MediaType() == mediaType {
			return k
		}
	}
	return ""
}

// Statement is what a signature is made over: canonical JSON (RFC 8785).
type Statement struct {
	Kind  Kind
	Bytes []byte
}

// SHA256 is the digest of the statement's bytes, in hex.
func (s Statement) SHA256() string {
	sum := sha256.Sum256(s.Bytes)
	return hex.EncodeToString(sum[:])
}

// pae is DSSE's pre-authentication encoding (DSSE v1.0.2, protocol.md).
func (s Statement) pae() []byte {
	kind := s.Kind.MediaType()
	b := append([]byte("DSSEv1 "), strconv.Itoa(len(kind))...)
	b = append(append(b, ' '), kind...)
	b = strconv.AppendInt(append(b, ' '), int64(len(s.Bytes)), 10)
	return append(append(b, ' '), s.Bytes...)
}
