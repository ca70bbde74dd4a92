package signing

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// algorithm is the one kind of key that is taken (RFC 8709).
const algorithm = "ssh-ed25519"

// PublicKey is an Ed25519 key that signatures are verified with.
type PublicKey struct{ point [ed25519.PublicKeySize]byte }

// NewPublicKey takes a key. One of small order, under which a signature can be made over anything by anybody, is refused, as is one that is
// not written in the one canonical way (RFC 8032, 5.1.2).
func NewPublicKey(key ed25519.PublicKey) (PublicKey, error) {
	if len(key) != ed25519.PublicKeySize || !canonicalPoint(key) {
		return PublicKey{}, fault("không phải là khóa công khai Ed25519", "it is not an Ed25519 public key")
	}
	if smallOrder(key) {
		return PublicKey{}, fault("khóa công khai này yếu: ai cũng ký thay được", "the public key is weak: anybody could sign in its place")
	}
	return PublicKey{[ed25519.PublicKeySize]byte(key)}, nil
}

// ParsePublicKey reads "ssh-ed25519 AAAA…", as ssh-keygen writes it, without a comment.
func ParsePublicKey(text string) (PublicKey, error) {
	encoded, ok := strings.CutPrefix(text, algorithm+" ")
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || strings.ContainsAny(encoded, "\r\n") {
		return PublicKey{}, fault("khóa công khai phải viết dạng “ssh-ed25519 AAAA…”", "a public key is written “ssh-ed25519 AAAA…”")
	}
	return publicKeyOf(blob)
}

// publicKeyOf reads a key as OpenSSH packs it.
func publicKeyOf(blob []byte) (PublicKey, error) {
	u := unpacker{rest: blob}
	name, point := u.text(), u.take()
	if u.bad || len(u.rest) > 0 || name != algorithm {
		return PublicKey{}, fault("khóa công khai phải là khóa Ed25519", "the public key must be an Ed25519 key")
	}
	return NewPublicKey(point)
}

// blob packs the key as OpenSSH does.
func (k PublicKey) blob() []byte { return pack(pack(nil, []byte(algorithm)), k.point[:]) }

// String writes the key as "ssh-ed25519 AAAA…".
func (k PublicKey) String() string {
	return algorithm + " " + base64.StdEncoding.EncodeToString(k.blob())
}

// ID is the key's fingerprint as `ssh-keygen -l` prints it: "SHA256:" and the digest of the packed key in base64.
func (k PublicKey) ID() string {
	sum := sha256.Sum256(k.blob())
	return idPrefix + base64.RawStdEncoding.EncodeToString(sum[:])
}

const idPrefix = "SHA256:"

// Hex is the digest of a key's fingerprint in hex, the key's name where it must be letters and digits. It is "" for what is no fingerprint.
func Hex(id string) string {
	encoded, ok := strings.CutPrefix(id, idPrefix)
	sum, err := base64.RawStdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil || len(sum) != sha256.Size {
		return ""
	}
	return hex.EncodeToString(sum)
}

// Grouped is a fingerprint for paper: the digest in hex, in sixteen groups of four, without letters that look alike.
func Grouped(id string) string {
	digits := Hex(id)
	var groups []string
	for i := 0; i+4 <= len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}

// IDOf reads a fingerprint in either writing: "SHA256:…", or 64 hexadecimal digits with or without spaces. It is "" for what is none.
func IDOf(text string) string {
	text = strings.TrimSpace(text)
	if Hex(text) != "" {
		return text
	}
	sum, err := hex.DecodeString(strings.ToLower(strings.Join(strings.Fields(text), "")))
	if err != nil || len(sum) != sha256.Size {
		return ""
	}
	return idPrefix + base64.RawStdEncoding.EncodeToString(sum)
}

// canonicalPoint reports whether the y coordinate is below the field's prime 2^255 − 19.
func canonicalPoint(key []byte) bool {
	if key[31]&0x7f != 0x7f || key[0] < 0xed {
		return true
	}
	return !bytes.Equal(key[1:31], bytes.Repeat([]byte{0xff}, 30))
}

// smallOrders are the y coordinates, little-endian, of the points whose order divides 8: of order 4, 1, 8, 8 and 2.
var smallOrders = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func smallOrder(key []byte) bool {
	y := bytes.Clone(key)
	y[31] &= 0x7f // without the sign of x
	for _, bad := range smallOrders {
		if hex.EncodeToString(y) == bad {
			return true
		}
	}
	return false
}

// pack appends a text with its length before it (RFC 4251, 5).
func pack(to, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(value))), value...)
}

// unpacker takes packed texts from the beginning. After the first that is cut off it gives nothing more.
type unpacker struct {
	rest []byte
	bad  bool
}

func (u *unpacker) take() []byte {
	if len(u.rest) < 4 || uint64(binary.BigEndian.Uint32(u.rest)) > uint64(len(u.rest)-4) {
		u.rest, u.bad = nil, true
		return nil
	}
	n := binary.BigEndian.Uint32(u.rest)
	value := u.rest[4 : 4+n]
	u.rest = u.rest[4+n:]
	return value
}

func (u *unpacker) text() string { return string(u.take()) }
