package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// The types of a key, the first byte of the key material of a verifier key (C2SP signed-note, "Signature types").
const (
	keyLog     = 0x01 // Ed25519 signature of a log
	keyWitness = 0x04 // Ed25519 cosignature with a time
	keyMLDSA   = 0x06 // ML-DSA-44 cosignature, which is read past: Go's standard library does not verify it
)

const mldsaPublicKeySize = 1312

// vkey is a verifier key taken apart: name, key id, type and public key (C2SP signed-note, "Verifier keys").
type vkey struct {
	name   string
	id     uint32
	kind   byte
	public []byte
}

// parseVkey reads a verifier key and checks that its id is that of its name and key.
func parseVkey(text string) (vkey, error) {
	name, rest, _ := strings.Cut(text, "+")
	id16, key64, _ := strings.Cut(rest, "+")
	id, errID := strconv.ParseUint(id16, 16, 32)
	key, errKey := base64.StdEncoding.Strict().DecodeString(key64)
	if len(id16) != 8 || errID != nil || errKey != nil || len(key) == 0 || !validKeyName(name) {
		return vkey{}, errors.New("it is not of the form name+id+key")
	}
	if uint32(id) != keyID(name, key) {
		return vkey{}, errors.New("its id is not that of its name and key, so it was mistyped")
	}
	return vkey{name: name, id: uint32(id), kind: key[0], public: key[1:]}, nil
}

// validKeyName reports whether a key may have the name: not empty, and without spaces and pluses.
func validKeyName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+")
}

// keyID is the id of a key by its name and its typed public key.
func keyID(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// cosigner verifies the cosignatures of one Ed25519 key of a witness (C2SP tlog-cosignature, "Ed25519 signed message").
type cosigner struct{ vkey }

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }

// Verify reports whether sig is a time, eight bytes, and the signature of the note's text at that time.
func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(c.public, CosignedMessage(text, int64(at)), sig[8:])
}

// CosignedMessage is what a witness signs: the text of a checkpoint under a header with the time, in seconds since the epoch.
func CosignedMessage(text []byte, at int64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// cosignedAt reads the time of a verified cosignature.
func cosignedAt(sig note.Signature) (time.Time, error) {
	raw, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(raw) < 12 {
		return time.Time{}, fmt.Errorf("the cosignature of %s has no time", sig.Name)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:12])), 0).UTC(), nil
}
