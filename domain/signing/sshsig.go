package signing

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// An OpenSSH signature (PROTOCOL.sshsig): the magic, a version, the public key, the namespace, something reserved, the name of a hash, and
// the signature over the magic, the namespace, the reserved, the hash's name and the hash of the message.
const (
	sshBegin = "-----BEGIN SSH SIGNATURE-----\n"
	sshEnd   = "-----END SSH SIGNATURE-----\n"
	sshMagic = "SSHSIG"
	sshWidth = 70
)

func parseSSH(text string) (*Signature, error) {
	body, begins := strings.CutPrefix(text, sshBegin)
	body, ends := strings.CutSuffix(body, sshEnd)
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(body, "\n", ""))
	if !begins || !ends || err != nil || armour(blob) != text {
		return nil, fault("chữ ký OpenSSH không đúng dạng mà ssh-keygen viết ra", "the OpenSSH signature is not as ssh-keygen writes it")
	}
	rest, ok := strings.CutPrefix(string(blob), sshMagic)
	if !ok || len(rest) < 4 || binary.BigEndian.Uint32([]byte(rest)) != 1 {
		return nil, fault("chữ ký OpenSSH phải là SSHSIG phiên bản 1", "the OpenSSH signature must be SSHSIG version 1")
	}
	u := unpacker{rest: []byte(rest[4:])}
	key, namespace, reserved, hash, packed := u.take(), u.text(), u.text(), u.text(), u.take()
	inner := unpacker{rest: packed}
	name, sig := inner.text(), inner.take()
	if u.bad || inner.bad || len(u.rest)+len(inner.rest) > 0 || reserved != "" || name != algorithm || len(sig) != ed25519.SignatureSize {
		return nil, fault("chữ ký OpenSSH hỏng hoặc không phải của khóa Ed25519", "the OpenSSH signature is damaged or not of an Ed25519 key")
	}
	public, err := publicKeyOf(key)
	if err != nil {
		return nil, err
	}
	return &Signature{Format: SSH, KeyID: public.ID(), sig: sig, signed: func(s Statement) ([]byte, error) {
		return sshSigned(s, namespace, hash)
	}}, nil
}

// sshSigned is what the key signs.
func sshSigned(s Statement, namespace, hash string) ([]byte, error) {
	if namespace != s.Kind.Namespace() {
		return nil, fault("chữ ký dùng không gian tên %q; phải ký với -n %s", "the signature is for the namespace %q; it must be made with -n %s", namespace, s.Kind.Namespace())
	}
	var sum []byte
	switch hash {
	case "sha512":
		full := sha512.Sum512(s.Bytes)
		sum = full[:]
	case "sha256":
		short := sha256.Sum256(s.Bytes)
		sum = short[:]
	default:
		return nil, fault("chữ ký dùng hàm băm lạ", "the signature is made with an unknown hash")
	}
	b := pack([]byte(sshMagic), []byte(namespace))
	return pack(pack(pack(b, nil), []byte(hash)), sum), nil
}

// armour writes a signature as ssh-keygen does.
func armour(blob []byte) string {
	var b strings.Builder
	b.WriteString(sshBegin)
	encoded := base64.StdEncoding.EncodeToString(blob)
	for len(encoded) > 0 {
		n := min(len(encoded), sshWidth)
		b.WriteString(encoded[:n])
		b.WriteByte('\n')
		encoded = encoded[n:]
	}
	b.WriteString(sshEnd)
	return b.String()
}
