package signing_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain/signing"
)

func file(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func private(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(t testing.TB, key ed25519.PrivateKey) signing.PublicKey {
	t.Helper()
	k, err := signing.NewPublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// verify reads and verifies a signature.
func verify(text string, s signing.Statement, key signing.PublicKey) error {
	signature, err := signing.Parse(text)
	if err != nil {
		return err
	}
	return signature.Verify(s, key)
}

// refused asks for a refusal that a person can read.
func refused(t *testing.T, name string, err error) {
	t.Helper()
	fault, ok := errors.AsType[*signing.Fault](err)
	if !ok || fault.VI == "" || fault.EN == "" || fault.VI == fault.EN || strings.Contains(fault.VI+fault.EN, "%!") {
		t.Errorf("%s: %v, want a refusal in both languages", name, err)
	}
}

func pledge(t testing.TB) signing.Statement {
	return signing.Statement{Kind: signing.Pledge, Bytes: []byte(file(t, "pledge.json"))}
}

// keygen is a key that ssh-keygen made, as the testdata was: see the README there.
func keygen(t testing.TB) signing.PublicKey {
	t.Helper()
	key, err := signing.ParsePublicKey(strings.TrimSpace(file(t, "key.pub")))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What ssh-keygen signs is verified, and its fingerprints are ours.
func TestSSHKeygen(t *testing.T) {
	key := keygen(t)
	if got, want := key.ID(), strings.TrimSpace(file(t, "fingerprint")); got != want {
		t.Errorf("fingerprint %s, ssh-keygen prints %s", got, want)
	}
	if got := key.String() + "\n"; got != file(t, "key.pub") {
		t.Errorf("the key is written %s", got)
	}
	for _, name := range []string{"sha512.sig", "sha256.sig"} {
		if err := verify(file(t, name), pledge(t), key); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused(t, "another namespace", verify(file(t, "file.sig"), pledge(t), key))
	refused(t, "an RSA key", verify(file(t, "rsa.sig"), pledge(t), key))
	refused(t, "another key", verify(file(t, "sha512.sig"), pledge(t), public(t, private("another"))))
	refused(t, "another kind", verify(file(t, "sha512.sig"), signing.Statement{Kind: signing.Award, Bytes: pledge(t).Bytes}, key))
}

// The envelope is DSSE's: its signature is one over the pre-authentication encoding (DSSE v1.0.2, protocol.md), which is written out here.
func TestEnvelope(t *testing.T) {
	s := signing.Statement{Kind: signing.Award, Bytes: []byte(`{"award":"flag"}`)}
	key := private("alpha")
	sig := ed25519.Sign(key, []byte(`DSSEv1 33 application/vnd.thidua.award+json 16 {"award":"flag"}`))
	want := `{"payload":"eyJhd2FyZCI6ImZsYWcifQ==","payloadType":"application/vnd.thidua.award+json","signatures":[{"keyid":"` +
		public(t, key).ID() + `","sig":"` + base64.StdEncoding.EncodeToString(sig) + `"}]}`
	got, err := signing.Sign(s, key)
	if err != nil || got != want {
		t.Errorf("envelope\n%s, %v; want\n%s", got, err, want)
	}
	if err := verify(got, s, public(t, key)); err != nil {
		t.Error(err)
	}
	if got := signing.KindOf("application/vnd.thidua.award+json"); got != signing.Award {
		t.Errorf("kind %q", got)
	}
	if got := signing.KindOf("application/json"); got != "" {
		t.Errorf("kind %q of no statement", got)
	}
}

// A change of any one byte of a signature, a statement or a key is refused.
func TestEveryByteCounts(t *testing.T) {
	ours, err := signing.Sign(pledge(t), private("alpha"))
	if err != nil {
		t.Fatal(err)
	}
	type made struct {
		text string
		key  signing.PublicKey
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.SampledFrom([]made{
			{ours, public(t, private("alpha"))}, {file(t, "sha512.sig"), keygen(t)}, {file(t, "sha256.sig"), keygen(t)},
		}).Draw(rt, "signature")
		s, text, key := pledge(t), m.text, m.key.String()
		if err := verify(text, s, m.key); err != nil {
			rt.Fatal(err)
		}
		switch rapid.SampledFrom([]string{"signature", "statement", "key"}).Draw(rt, "what") {
		case "signature":
			text = changed(rt, text)
		case "statement":
			s.Bytes = []byte(changed(rt, string(s.Bytes)))
		case "key":
			key = changed(rt, key)
		}
		parsed, err := signing.ParsePublicKey(key)
		if err == nil {
			err = verify(text, s, parsed)
		}
		if err == nil {
			rt.Fatalf("taken: %q over %q by %q", text, s.Bytes, key)
		}
	})
}

// changed replaces, drops or adds one byte.
func changed(rt *rapid.T, text string) string {
	i := rapid.IntRange(0, len(text)-1).Draw(rt, "place")
	b := rapid.Byte().Draw(rt, "byte")
	switch rapid.SampledFrom([]string{"replace", "drop", "add"}).Draw(rt, "how") {
	case "replace":
		if text[i] == b {
			b ^= 1
		}
		return text[:i] + string([]byte{b}) + text[i+1:]
	case "drop":
		if dropped := text[:i] + text[i+1:]; dropped != text {
			return dropped
		}
	}
	return text[:i] + string([]byte{b}) + text[i:]
}

// A signature has one form only: what JSON or base64 would read the same is refused, and Tidy is for who takes files in.
func TestOneWriting(t *testing.T) {
	s, key := pledge(t), private("alpha")
	text, _ := signing.Sign(s, key)
	sig := text[strings.Index(text, `"sig":"`)+7 : len(text)-4]
	raw, _ := base64.StdEncoding.DecodeString(sig)
	for name, bad := range map[string]string{
		"space":           strings.Replace(text, ":", ": ", 1),
		"a line end":      text + "\n",
		"another order":   `{"payloadType":"` + s.Kind.MediaType() + `","payload":"` + base64.StdEncoding.EncodeToString(s.Bytes) + `"` + text[strings.Index(text, `,"signatures"`):],
		"one more member": text[:len(text)-1] + `,"more":1}`,
		"a member twice":  `{"payload":"",` + text[1:],
		"two signatures":  strings.Replace(text, `"signatures":[`, `"signatures":[{"keyid":"`+public(t, key).ID()+`","sig":"`+sig+`"},`, 1),
		"no signature":    text[:strings.Index(text, `[`)] + "[]}",
		"URL base64":      strings.Replace(text, sig, base64.URLEncoding.EncodeToString(raw), 1) + " ",
		"a short one":     strings.Replace(text, sig, base64.StdEncoding.EncodeToString(raw[:63]), 1),
		"no key":          strings.Replace(text, public(t, key).ID(), "alpha", 1),
		"too long":        "{" + strings.Repeat(" ", signing.SizeLimit) + text[1:],
		"nothing":         "",
		"paper":           "paper",
		"PEM":             "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"cut armour":      strings.TrimSuffix(file(t, "sha512.sig"), "-----END SSH SIGNATURE-----\n"),
	} {
		if bad == text || bad == file(t, "sha512.sig") {
			t.Errorf("%s: nothing is changed", name)
		}
		_, err := signing.Parse(bad)
		refused(t, name, err)
	}
	for name, handed := range map[string]string{
		"space":         "\n " + strings.ReplaceAll(text, ",", ",\n  ") + "\n",
		"another order": `{"payloadType":"` + s.Kind.MediaType() + `","payload":"` + base64.StdEncoding.EncodeToString(s.Bytes) + `"` + text[strings.Index(text, `,"signatures"`):],
	} {
		if got := signing.Tidy(handed); got != text {
			t.Errorf("%s: tidied %s, want %s", name, got, text)
		}
	}
	armour := file(t, "sha512.sig")
	if got := signing.Tidy("  " + strings.ReplaceAll(armour, "\n", "\r\n")); got != armour {
		t.Errorf("tidied %q", got)
	}
}

// A signature whose S is not reduced by the group's order verifies in loose programs, and would be a second signature over the same.
func TestSignatureIsNotMalleable(t *testing.T) {
	s, key := pledge(t), private("alpha")
	text, _ := signing.Sign(s, key)
	sig := text[strings.Index(text, `"sig":"`)+7 : len(text)-4]
	raw, _ := base64.StdEncoding.DecodeString(sig)
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	carry := 0
	for i := range 32 {
		sum := int(raw[32+i]) + int(order[i]) + carry
		raw[32+i], carry = byte(sum), sum>>8
	}
	refused(t, "S + L", verify(strings.Replace(text, sig, base64.StdEncoding.EncodeToString(raw), 1), s, public(t, key)))
}
