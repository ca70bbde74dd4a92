package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
)

// Key signs a log's checkpoints: an Ed25519 key of signed notes (C2SP signed-note, type 0x01) whose name is the log's origin.
type Key struct {
	secret   string
	public   string
	signer   note.Signer
	verifier note.Verifier
}

// NewKey makes a key from 32 bytes of chance.
func NewKey(chance io.Reader, origin string) (Key, error) {
	secret, _, err := note.GenerateKey(chance, origin)
	if err != nil {
		return Key{}, fmt.Errorf("key of the log: %w", err)
	}
	return parseKey(secret)
}

// ReadKeys reads a file of keys, one a line. More than one sign together while one takes over from another. It refuses a file that
// others than its owner can read. The error says nothing of what is in it.
func ReadKeys(path string) ([]Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keys of the log: %s can be read by others; make it readable for its owner alone (chmod 600): %w", path, domain.ErrInvalid)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	var keys []Key
	for line := range bytes.Lines(content) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		k, err := parseKey(string(line))
		if err != nil {
			return nil, fmt.Errorf("keys of the log: %s, line %d: %w", path, len(keys)+1, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("keys of the log: %s has none: %w", path, domain.ErrInvalid)
	}
	return keys, nil
}

// WriteKeys puts keys into a file that only its owner reads, in the place of what it held.
func WriteKeys(path string, keys ...Key) error {
	var content strings.Builder
	for _, k := range keys {
		content.WriteString(k.secret + "\n")
	}
	if err := replaceFile(path, []byte(content.String())); err != nil {
		return fmt.Errorf("keys of the log: %w", err)
	}
	return nil
}

// parseKey reads PRIVATE+KEY+<name>+<hash>+<base64 of 0x01 and 32 bytes>. No error repeats it.
func parseKey(secret string) (Key, error) {
	bad := fmt.Errorf("it is no Ed25519 key of signed notes: %w", domain.ErrInvalid)
	signer, err := note.NewSigner(secret)
	if err != nil {
		return Key{}, bad
	}
	parts := strings.SplitN(secret, "+", 5) // the base64 may have a '+' of its own
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return Key{}, bad
	}
	seeded, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return Key{}, bad
	}
	public, errPublic := note.NewEd25519VerifierKey(signer.Name(), seeded)
	verifier, errVerifier := note.NewVerifier(public)
	if err := errors.Join(errPublic, errVerifier); err != nil {
		return Key{}, bad
	}
	return Key{secret: secret, public: public, signer: signer, verifier: verifier}, nil
}

// Origin is the name of the log that the key is for.
func (k Key) Origin() string { return k.signer.Name() }

// Public is the key that everyone may have, as signed notes write it: name+hash+key. It is what minutes print.
func (k Key) Public() string { return k.public }

// Verifier tells signatures of the key from others.
func (k Key) Verifier() note.Verifier { return k.verifier }
