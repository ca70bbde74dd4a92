package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Checkpoint says how many events a log has and which tree they make (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string    // the log's name
	Size   int64     // events, and so the position of the last
	Root   tlog.Hash // of the tree over them
	Note   []byte    // the signed note that says so, with every signature; nil where it is not signed yet
}

// EmptyRoot is the root of a tree without leaves: the SHA-256 of nothing (RFC 6962, section 2.1).
func EmptyRoot() tlog.Hash {
	root, _ := tlog.TreeHash(0, nil) // reads no hash
	return root
}

// ParseCheckpoint reads a signed note that one of a log's keys has signed. Signatures by others are kept and not looked at. The name of the key
// must be the origin that the note speaks of. The error is of kind domain.ErrInvalid.
func ParseCheckpoint(signed []byte, log ...note.Verifier) (Checkpoint, error) {
	opened, err := note.Open(signed, note.VerifierList(log...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %w", err, domain.ErrInvalid)
	}
	c, err := parseText(opened.Text)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %w", err, domain.ErrInvalid)
	}
	for _, s := range opened.Sigs {
		if s.Name != c.Origin {
			return Checkpoint{}, fmt.Errorf("checkpoint: it is of %q and signed by %q: %w", c.Origin, s.Name, domain.ErrInvalid)
		}
	}
	c.Note = bytes.Clone(signed)
	return c, nil
}

// ReadUnverified reads what a signed note says, whoever signed it.
func ReadUnverified(signed []byte) (Checkpoint, error) {
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	if !ok {
		return Checkpoint{}, fmt.Errorf("checkpoint: no signatures follow the text: %w", domain.ErrInvalid)
	}
	c, err := parseText(string(text) + "\n")
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %w", err, domain.ErrInvalid)
	}
	c.Note = bytes.Clone(signed)
	return c, nil
}

// parseText reads a checkpoint's three lines. Extension lines are not taken: this log writes none, and witnesses don't all sign them.
func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("its text is not the three lines origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%q is no size", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return Checkpoint{}, fmt.Errorf("%q is no root", lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// Text is what is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// Sign signs a checkpoint with each of the keys, whose name must be its origin.
func (c Checkpoint) Sign(keys ...Key) (Checkpoint, error) {
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		if k.Origin() != c.Origin {
			return Checkpoint{}, fmt.Errorf("checkpoint: a key of %q can't sign for %q: %w", k.Origin(), c.Origin, domain.ErrInvalid)
		}
		signers[i] = k.signer
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	c.Note = signed
	return c, nil
}

// With returns the checkpoint with signature lines of others added to its note, each ended by a newline. A line by a key that has signed already takes
// the place of the one before.
func (c Checkpoint) With(lines []byte) Checkpoint {
	fresh := map[string]bool{}
	for line := range bytes.Lines(lines) {
		fresh[signedBy(line)] = true
	}
	start := bytes.Index(c.Note, []byte("\n\n")) + 2
	note := bytes.Clone(c.Note[:start])
	for line := range bytes.Lines(c.Note[start:]) {
		if key := signedBy(line); key == "" || !fresh[key] {
			note = append(note, line...)
		}
	}
	c.Note = append(note, lines...)
	return c
}

// signedBy tells the key of a signature line by its name and id, "" for what is none.
func signedBy(line []byte) string {
	name, sig, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(line), signed)), " ")
	raw, err := base64.StdEncoding.DecodeString(sig)
	if err != nil || len(raw) < 4 {
		return ""
	}
	return name + " " + string(raw[:4])
}

// CheckConsistency checks that one checkpoint's tree is the beginning of another's. The error is of kind domain.ErrCorrupt where it is not.
func CheckConsistency(older, newer Checkpoint, proof tlog.TreeProof) error {
	wrong := fmt.Errorf("the tree of %d is not the beginning of that of %d: %w", older.Size, newer.Size, domain.ErrCorrupt)
	switch {
	case older.Origin != newer.Origin || older.Size > newer.Size:
		return wrong
	case older.Size == newer.Size:
		if older.Root != newer.Root {
			return wrong
		}
		return nil
	case older.Size == 0:
		if older.Root != EmptyRoot() {
			return wrong
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return wrong
	}
	return nil
}
