package signing

import (
	"crypto/ed25519"
	"strings"
)

// The forms of a signature.
const (
	DSSE = "dsse"
	SSH  = "sshsig"
)

// SizeLimit is the most bytes that a signature may have as a text. Statements are small, and so are their signatures.
const SizeLimit = 16 << 10

// Signature is a signature that was read, and not yet verified.
type Signature struct {
	// Format is DSSE or SSH.
	Format string
	// KeyID is the fingerprint of the key that it gives itself out to be made with.
	KeyID string

	sig    []byte
	signed func(Statement) ([]byte, error)
}

// Parse reads a signature: a DSSE envelope in canonical JSON, or an OpenSSH signature exactly as ssh-keygen writes it. Nothing is verified yet.
// The error is a *Fault.
func Parse(text string) (*Signature, error) {
	switch {
	case len(text) > SizeLimit:
		return nil, fault("chữ ký quá dài (%d byte, tối đa %d)", "the signature is too long (%d bytes, at most %d)", len(text), SizeLimit)
	case strings.HasPrefix(text, "{"):
		return parseEnvelope(text)
	case strings.HasPrefix(text, sshBegin):
		return parseSSH(text)
	}
	return nil, fault("không phải là phong bì DSSE và không phải là chữ ký OpenSSH", "it is neither a DSSE envelope nor an OpenSSH signature")
}

// Verify judges that a signature was made over a statement with a key, and returns nil or a *Fault. Ed25519 is that of crypto/ed25519: a
// signature whose S is not reduced is none (RFC 8032, 5.1.7).
func (s *Signature) Verify(st Statement, key PublicKey) error {
	if s.KeyID != key.ID() {
		return fault("chữ ký là của khóa %s, không phải của khóa %s", "the signature is of the key %s, not of the key %s", s.KeyID, key.ID())
	}
	signed, err := s.signed(st)
	if err != nil {
		return err
	}
	if !ed25519.Verify(key.point[:], signed, s.sig) {
		return errOtherStatement()
	}
	return nil
}

func errOtherStatement() *Fault {
	return fault("chữ ký không phải là của nội dung này: nó bị giả, bị sửa, hoặc ký nội dung khác", "the signature is not one over this content: it is forged, changed, or over something else")
}

// Tidy writes a signature that was handed in as a file in the one writing that Parse reads: without the space around it, with LF at line ends, and
// an envelope's JSON in canonical form. What it can't read it leaves as it is, for Parse to say why.
func Tidy(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if strings.HasPrefix(text, "-----BEGIN ") {
		return text + "\n"
	}
	if len(text) <= SizeLimit {
		if e, err := readEnvelope(text); err == nil {
			return e.text()
		}
	}
	return text
}
