package outside_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"thidua/domain/signing"
	"thidua/seal/cms"
)

func put(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What ssh-keygen signs is verified here, and the fingerprint that it prints is the key's.
func TestSSHKeygenSigns(t *testing.T) {
	dir := t.TempDir()
	s := signing.Statement{Kind: signing.Pledge, Bytes: []byte(`{"season":"north-2019","unit":"son-la"}`)}
	put(t, dir, "statement", s.Bytes)
	run(t, dir, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key")
	run(t, dir, "ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", s.Kind.Namespace(), "statement")
	public, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := signing.ParsePublicKey(strings.TrimSpace(string(public)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "statement.sig"))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signing.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Verify(s, key); err != nil {
		t.Error(err)
	}
	if printed := run(t, dir, "ssh-keygen", "-lf", "key.pub"); !strings.Contains(printed, key.ID()) {
		t.Errorf("ssh-keygen prints %s, want %s", printed, key.ID())
	}
}

// What is signed here, openssl verifies over the bytes of DSSE's pre-authentication encoding.
func TestOpenSSLVerifiesTheEnvelope(t *testing.T) {
	dir := t.TempDir()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signing.Sign(signing.Statement{Kind: signing.Award, Bytes: []byte(`{"award":"flag"}`)}, private)
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Signatures []struct{ Sig string } }
	if err := json.Unmarshal([]byte(text), &envelope); err != nil {
		t.Fatal(err)
	}
	sig, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	put(t, dir, "sig", sig)
	put(t, dir, "pae", []byte(`DSSEv1 33 application/vnd.thidua.award+json 16 {"award":"flag"}`))
	run(t, dir, "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "pae", "-sigfile", "sig")
}

// What openssl signs as CMS, with a certificate of a chain of its own, is checked here up to the root.
func TestOpenSSLSignsCMS(t *testing.T) {
	dir := t.TempDir()
	s := signing.Statement{Kind: signing.Ranking, Bytes: []byte(`{"season":"north-2019"}`)}
	put(t, dir, "statement", s.Bytes)
	run(t, dir, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "2", "-subj", "/CN=Root")
	run(t, dir, "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=Leaf")
	run(t, dir, "openssl", "x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "1", "-out", "leaf.pem")
	run(t, dir, "openssl", "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-in", "statement", "-signer", "leaf.pem", "-inkey", "leaf.key", "-outform", "DER", "-out", "p7s")
	file, err := os.ReadFile(filepath.Join(dir, "p7s"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	if r := cms.Check(file, s, pool, time.Now()); !r.Signed || r.Chain != cms.ChainTrusted {
		t.Errorf("%+v", r)
	}
}
