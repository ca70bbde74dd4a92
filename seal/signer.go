package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Signer holds a log's keys and remembers, in a file of its own, the last tree head that it signed. It signs nothing that does not extend
// that one, whoever asks and whatever became of the log, its database or its files: a log that was put back must not sign another history.
type Signer struct {
	keys []Key
	path string
	head Checkpoint
}

// NewSigner signs with keys and remembers in a file, which is made with the head of the empty tree where there is none.
func NewSigner(path string, keys ...Key) (*Signer, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("signer of the log: it has no key: %w", domain.ErrInvalid)
	}
	s := &Signer{keys: keys, path: path}
	remembered, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, s.sign(Checkpoint{Origin: keys[0].Origin(), Root: EmptyRoot()})
	case err != nil:
		return nil, fmt.Errorf("signer of the log: its last head: %w", err)
	}
	if s.head, err = ParseCheckpoint(remembered, verifiers(keys)...); err != nil {
		return nil, fmt.Errorf("signer of the log: its last head in %s is not signed by its keys: %w", path, err)
	}
	return s, nil
}

func verifiers(keys []Key) []note.Verifier {
	all := make([]note.Verifier, len(keys))
	for i, k := range keys {
		all[i] = k.Verifier()
	}
	return all
}

// Head is the last that was signed.
func (s *Signer) Head() Checkpoint { return s.head }

// Verifiers tell its signatures from others.
func (s *Signer) Verifiers() []note.Verifier { return verifiers(s.keys) }

// Sign signs the head of a tree that, by the proof, begins with the one that was signed last. What it gives is remembered on disk. The error is of
// kind domain.ErrCorrupt where the tree is another.
func (s *Signer) Sign(size int64, root tlog.Hash, proof tlog.TreeProof) (Checkpoint, error) {
	next := Checkpoint{Origin: s.head.Origin, Size: size, Root: root}
	if err := CheckConsistency(s.head, next, proof); err != nil {
		return Checkpoint{}, fmt.Errorf("signer of the log: it won't sign a second history: %w", err)
	}
	if err := s.sign(next); err != nil {
		return Checkpoint{}, err
	}
	return s.head, nil
}

func (s *Signer) sign(next Checkpoint) error {
	signed, err := next.Sign(s.keys...)
	if err != nil {
		return err
	}
	if err := replaceFile(s.path, signed.Note); err != nil {
		return fmt.Errorf("signer of the log: remembering the head: %w", err)
	}
	s.head = signed
	return nil
}
