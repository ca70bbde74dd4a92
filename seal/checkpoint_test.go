package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/seal"
)

func TestCheckpointIsWhatTheSpecSays(t *testing.T) {
	k := newKey(t, 1)
	c, err := seal.Checkpoint{Origin: origin, Size: 7, Root: tlog.RecordHash([]byte("root"))}.Sign(k)
	if err != nil {
		t.Fatal(err)
	}
	text, signature, ok := strings.Cut(string(c.Note), "\n\n")
	if !ok || text != origin+"\n7\n"+c.Root.String() || !strings.HasPrefix(signature, "— "+origin+" ") {
		t.Errorf("the note is %q", c.Note)
	}
	got, err := seal.ParseCheckpoint(c.Note, k.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	verifier, err := note.NewVerifier(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ParseCheckpoint(c.Note, verifier); err != nil {
		t.Errorf("by the public key: %v", err)
	}
}

func TestCheckpointRefused(t *testing.T) {
	k := newKey(t, 1)
	signedBy := func(text string, keys ...note.Signer) []byte {
		signed, err := note.Sign(&note.Note{Text: text}, keys...)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	secret, _, err := note.GenerateKey(chance(1), origin)
	if err != nil {
		t.Fatal(err)
	}
	own, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	root := seal.EmptyRoot().String()
	good := signedBy(origin+"\n0\n"+root+"\n", own)
	if _, err := seal.ParseCheckpoint(good, k.Verifier()); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, signed := range map[string][]byte{
		"another origin":    signedBy("other.example.vn/log\n0\n"+root+"\n", own),
		"an extension":      signedBy(origin+"\n0\n"+root+"\nmore\n", own),
		"no root":           signedBy(origin+"\n0\n", own),
		"a short root":      signedBy(origin+"\n0\nAAAA\n", own),
		"a leading zero":    signedBy(origin+"\n00\n"+root+"\n", own),
		"a negative size":   signedBy(origin+"\n-1\n"+root+"\n", own),
		"changed":           bytes.Replace(good, []byte("\n0\n"), []byte("\n1\n"), 1),
		"carriage returns":  bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		"without signature": []byte(origin + "\n0\n" + root + "\n\n"),
		"empty":             nil,
	} {
		if c, err := seal.ParseCheckpoint(signed, k.Verifier()); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	if _, err := seal.ParseCheckpoint(good, newKey(t, 2).Verifier()); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("a foreign key: %v", err)
	}
}

// While one key takes over from another both sign, and either is enough for who knows only one.
func TestTwoKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := seal.WriteKeys(path, newKey(t, 1), newKey(t, 2)); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ReadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := seal.Checkpoint{Origin: origin, Root: seal.EmptyRoot()}.Sign(keys...)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if k.Public() != newKey(t, byte(i+1)).Public() {
			t.Errorf("key %d was not read as it was written", i)
		}
		if _, err := seal.ParseCheckpoint(c.Note, k.Verifier()); err != nil {
			t.Errorf("key %d: %v", i, err)
		}
	}
}

func TestKeysOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	if err := seal.WriteKeys(path, newKey(t, 1)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadKeys(path); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("a file that others can read: %v", err)
	}
	secret := "PRIVATE+KEY+" + origin + "+00000000+c2VjcmV0"
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.ReadKeys(path); !errors.Is(err, domain.ErrInvalid) || strings.Contains(fmt.Sprint(err), "c2VjcmV0") {
		t.Errorf("what is no key: %v", err)
	}
}
