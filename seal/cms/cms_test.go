package cms_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"thidua/domain/signing"
	"thidua/seal/cms"
)

// The files of testdata were made by openssl: see the README there.
func file(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func roots(t testing.TB, name string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(file(t, name)) {
		t.Fatalf("%s has no certificate", name)
	}
	return pool
}

func pledge(t testing.TB) signing.Statement {
	return signing.Statement{Kind: signing.Pledge, Bytes: file(t, "pledge.json")}
}

var at = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

func TestOpenSSL(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		roots      *x509.CertPool
		at         time.Time
		signed     bool
		chain      cms.Chain
		says       string
	}{
		{"no roots", "pledge.p7s", nil, at, true, cms.ChainUnchecked, "CMS, chain: not checked, no roots were given; signer CN=Test signer, issued by CN=Test root."},
		{"its root", "pledge.p7s", roots(t, "ca.pem"), at, true, cms.ChainTrusted, "CMS, chain: up to a root that was given"},
		{"another root", "pledge.p7s", roots(t, "other.pem"), at, true, cms.ChainUntrusted, "CMS, chain: to none of the roots that were given"},
		{"no root at all", "pledge.p7s", x509.NewCertPool(), at, true, cms.ChainUntrusted, "to none of the roots"},
		{"before the certificates", "pledge.p7s", roots(t, "ca.pem"), at.AddDate(-10, 0, 0), true, cms.ChainUntrusted, "to none of the roots"},
		{"the content in the file, as PEM", "attached.pem", roots(t, "ca.pem"), at, true, cms.ChainTrusted, "up to a root"},
		{"SHA-1", "sha1.p7s", roots(t, "ca.pem"), at, false, cms.ChainUnchecked, "no signature over this content"},
		{"a certificate", "ca.pem", roots(t, "ca.pem"), at, false, cms.ChainUnchecked, "no signature over this content"},
		{"the content itself", "pledge.json", roots(t, "ca.pem"), at, false, cms.ChainUnchecked, "no signature over this content"},
	} {
		r := cms.Check(file(t, tt.file), pledge(t), tt.roots, tt.at)
		if r.Signed != tt.signed || r.Chain != tt.chain || !strings.Contains(r.Text().EN, tt.says) || r.Text().VI == "" {
			t.Errorf("%s: %+v, %q", tt.name, r, r.Text().EN)
		}
		if tt.signed && (r.SignedAt.IsZero() || r.Subject != "CN=Test signer") {
			t.Errorf("%s: signed at %v by %s", tt.name, r.SignedAt, r.Subject)
		}
	}
	if r := cms.Check(make([]byte, cms.SizeLimit+1), pledge(t), nil, at); r.Signed {
		t.Error("a huge file is a signature")
	}
}

// Over no other statement is it a signature, and no file that was changed at random crashes the reader.
func TestChanges(t *testing.T) {
	whole, trusted := file(t, "pledge.p7s"), roots(t, "ca.pem")
	rapid.Check(t, func(rt *rapid.T) {
		s := pledge(t)
		i := rapid.IntRange(0, len(s.Bytes)-1).Draw(rt, "place")
		s.Bytes[i] ^= rapid.ByteMin(1).Draw(rt, "change")
		if r := cms.Check(whole, s, trusted, at); r.Signed {
			rt.Fatalf("it signs %s", s.Bytes)
		}
		changed := append([]byte(nil), whole...)
		for range rapid.IntRange(1, 8).Draw(rt, "changes") {
			changed[rapid.IntRange(0, len(changed)-1).Draw(rt, "in the file")] = rapid.Byte().Draw(rt, "byte")
		}
		cms.Check(changed, pledge(t), trusted, at)
		cms.Check(changed[:rapid.IntRange(0, len(changed)).Draw(rt, "cut")], pledge(t), trusted, at)
	})
}

// FuzzCheck looks for a file that crashes the reader or signs what was never signed.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"pledge.p7s", "attached.pem", "sha1.p7s", "ca.pem"} {
		f.Add(file(f, name))
	}
	never := signing.Statement{Kind: signing.Pledge, Bytes: []byte("{}")}
	f.Fuzz(func(t *testing.T, content []byte) {
		if r := cms.Check(content, never, nil, at); r.Signed {
			t.Errorf("signed by %s", r.Subject)
		}
	})
}
