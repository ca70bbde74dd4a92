package seal

import (
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
)

// announces is the second line of an announcement. No checkpoint can be taken for one: its second line is a number.
const announces = "next key"

// Announce makes the signed note by which a key names the one that takes over from it: origin, "next key" and the verifier key, a line each, signed by
// both, so that neither can be named against its holder's will.
func Announce(present, next Key) ([]byte, error) {
	if present.Origin() != next.Origin() || present.Public() == next.Public() {
		return nil, fmt.Errorf("announcement: two keys of one log are needed: %w", domain.ErrInvalid)
	}
	text := present.Origin() + "\n" + announces + "\n" + next.Public() + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, present.signer, next.signer)
	if err != nil {
		return nil, fmt.Errorf("announcement: %w", err)
	}
	return signed, nil
}

// ReadAnnouncement gives the verifier key of the key that takes over from a known one. The error is of kind domain.ErrInvalid where the known key or
// the next did not sign.
func ReadAnnouncement(announcement []byte, present note.Verifier) (string, error) {
	bad := fmt.Errorf("announcement: it does not name a next key of %s, signed by both: %w", present.Name(), domain.ErrInvalid)
	opened, err := note.Open(announcement, note.VerifierList(present))
	if err != nil {
		return "", bad
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != present.Name() || lines[1] != announces || lines[3] != "" {
		return "", bad
	}
	next, err := note.NewVerifier(lines[2])
	if err != nil || next.Name() != present.Name() {
		return "", bad
	}
	if _, err := note.Open(announcement, note.VerifierList(next)); err != nil {
		return "", bad
	}
	return lines[2], nil
}
