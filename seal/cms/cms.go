// Package cms looks into detached CMS signatures (RFC 5652), as the tokens of Vietnamese agencies make them (.p7s), over the statements of
// pledges, rankings and awards. They are evidence: what can be checked offline is checked, what can't be is said, and none ever counts as a
// signature with a registered key does.
package cms

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"

	"thidua/domain"
	"thidua/domain/signing"
)

// SizeLimit is the most bytes that a signature file may have.
const SizeLimit = 1 << 20

// Chain says how far the certificate of a signer was followed.
type Chain string

// The ends of a chain.
const (
	// ChainTrusted: to a root that the reader gave, as of the moment that the signature claims.
	ChainTrusted Chain = "trusted"
	// ChainUntrusted: not to any of the roots that the reader gave.
	ChainUntrusted Chain = "untrusted"
	// ChainUnchecked: the reader gave no roots.
	ChainUnchecked Chain = "unchecked"
)

// Report is what a signature file says, and what of it was checked.
type Report struct {
	// Signed says that the signature is one over the statement, by the key of the certificate in the file.
	Signed bool `json:"signed"`
	// Why says why it is not.
	Why   domain.Text `json:"why"`
	Chain Chain       `json:"chain"`
	// Subject and Issuer are the names in the signer's certificate. They can be a person's: they belong into no event.
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	// SignedAt is when the signature says that it was made; the zero time where it doesn't.
	SignedAt time.Time `json:"signed_at"`
}

// Text says in a sentence what the report says.
func (r Report) Text() domain.Text {
	if !r.Signed {
		return domain.Text{VI: "CMS: không phải chữ ký trên nội dung này: " + r.Why.VI, EN: "CMS: no signature over this content: " + r.Why.EN}
	}
	chain := map[Chain]domain.Text{
		ChainTrusted:   {VI: "đến chứng thư gốc đã cho", EN: "up to a root that was given"},
		ChainUntrusted: {VI: "không đến chứng thư gốc nào đã cho", EN: "to none of the roots that were given"},
		ChainUnchecked: {VI: "chưa kiểm tra, chưa cho chứng thư gốc", EN: "not checked, no roots were given"},
	}[r.Chain]
	return domain.Text{
		VI: fmt.Sprintf("CMS, chuỗi chứng thư: %s; người ký %s, cấp bởi %s. Không kiểm tra: chứng thư có bị thu hồi không, dấu thời gian.", chain.VI, r.Subject, r.Issuer),
		EN: fmt.Sprintf("CMS, chain: %s; signer %s, issued by %s. Not checked: whether the certificate was revoked, time stamps.", chain.EN, r.Subject, r.Issuer),
	}
}

// signingTime is the attribute of RFC 5652, 11.3.
var signingTime = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}

// weak are what SHA-1 and MD5 are called in algorithms of digests and signatures: anybody can make two contents of one such digest.
var weak = []string{
	"1.3.14.3.2.26", "1.2.840.113549.2.5", // SHA-1, MD5
	"1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3", // with RSA, ECDSA and DSA
}

// Check looks into a signature file, DER or PEM, over a statement. Roots are those that the reader trusts, nil where he gives none. At is the
// moment that the signature stands for on the record: the chain is followed as of it.
func Check(file []byte, s signing.Statement, roots *x509.CertPool, at time.Time) (r Report) {
	defer func() {
		if recover() != nil { // the parser of hostile files is not ours
			r = refused("tệp hỏng", "the file is damaged")
		}
	}()
	if len(file) > SizeLimit {
		return refused("tệp quá lớn", "the file is too large")
	}
	if block, _ := pem.Decode(file); block != nil {
		file = block.Bytes
	}
	p7, err := pkcs7.Parse(file)
	if err != nil {
		return refused("không đọc được tệp CMS", "the CMS file can't be read")
	}
	if len(p7.Content) > 0 && string(p7.Content) != string(s.Bytes) {
		return refused("tệp mang nội dung khác", "the file carries other content")
	}
	p7.Content = s.Bytes
	signer := p7.GetOnlySigner()
	if signer == nil {
		return refused("tệp phải có đúng một người ký, kèm chứng thư", "the file must have exactly one signer, with the certificate")
	}
	if info := p7.Signers[0]; slices.Contains(weak, info.DigestAlgorithm.Algorithm.String()) || slices.Contains(weak, info.DigestEncryptionAlgorithm.Algorithm.String()) {
		return refused("hàm băm SHA-1 hoặc MD5 không còn an toàn", "it is made with SHA-1 or MD5, which are not safe any more")
	}
	r = Report{Chain: ChainUnchecked, Subject: signer.Subject.String(), Issuer: signer.Issuer.String()}
	_ = p7.UnmarshalSignedAttribute(signingTime, &r.SignedAt) // it need not be there
	if err := p7.VerifyWithChainAtTime(nil, at); err != nil {
		r.Why = domain.Text{VI: "chữ ký sai, hoặc ký ngoài hạn chứng thư", EN: "it is wrong, or made outside of the certificate's validity"}
		return r
	}
	r.Signed = true
	if roots != nil {
		r.Chain = ChainTrusted
		if p7.VerifyWithChainAtTime(roots, at) != nil {
			r.Chain = ChainUntrusted
		}
	}
	return r
}

func refused(vi, en string) Report {
	return Report{Chain: ChainUnchecked, Why: domain.Text{VI: vi, EN: en}}
}
