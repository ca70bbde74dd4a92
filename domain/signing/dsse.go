package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
)

// envelope is a DSSE envelope (DSSE v1.0.2, envelope.md), with its members in the order of RFC 8785.
type envelope struct {
	Payload     string              `json:"payload"`
	PayloadType string              `json:"payloadType"`
	Signatures  []envelopeSignature `json:"signatures"`
}

type envelopeSignature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// Sign signs a statement and returns the DSSE envelope, as it is handed in.
func Sign(s Statement, key ed25519.PrivateKey) (string, error) {
	public, err := NewPublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	sig := ed25519.Sign(key, s.pae())
	return envelope{
		Payload: base64.StdEncoding.EncodeToString(s.Bytes), PayloadType: s.Kind.MediaType(),
		Signatures: []envelopeSignature{{KeyID: public.ID(), Sig: base64.StdEncoding.EncodeToString(sig)}},
	}.text(), nil
}

// text writes the envelope in its one writing. Base64 and ids have nothing that JSON would escape.
func (e envelope) text() string {
	text, err := json.Marshal(e)
	if err != nil {
		return ""
	}
	return string(text)
}

// readEnvelope reads an envelope in any writing of JSON.
func readEnvelope(text string) (envelope, error) {
	var e envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return e, fault("phong bì DSSE không đọc được", "the DSSE envelope can't be read")
	}
	if len(e.Signatures) != 1 {
		return e, fault("phong bì DSSE phải có đúng một chữ ký, không phải %d; mỗi người ký một phong bì", "a DSSE envelope has exactly one signature, not %d; each signer makes one", len(e.Signatures))
	}
	return e, nil
}

func parseEnvelope(text string) (*Signature, error) {
	e, err := readEnvelope(text)
	if err != nil {
		return nil, err
	}
	if e.text() != text {
		return nil, fault("phong bì DSSE không đúng dạng chuẩn", "the DSSE envelope is not in its canonical form")
	}
	payload, errPayload := base64.StdEncoding.Strict().DecodeString(e.Payload)
	sig, errSig := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig)
	if errPayload != nil || errSig != nil || len(sig) != ed25519.SignatureSize || Hex(e.Signatures[0].KeyID) == "" {
		return nil, fault("phong bì DSSE hỏng: nội dung, mã khóa hoặc chữ ký không đúng dạng", "the DSSE envelope is damaged: its payload, key id or signature is not of the form")
	}
	return &Signature{
		Format: DSSE, KeyID: e.Signatures[0].KeyID, sig: sig,
		signed: func(s Statement) ([]byte, error) {
			if e.PayloadType != s.Kind.MediaType() || string(payload) != string(s.Bytes) {
				return nil, errOtherStatement()
			}
			return s.pae(), nil
		},
	}, nil
}
