package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
)

// SignNote signs a text of the log's owner that is no checkpoint, with each of the keys. A text that reads as a checkpoint is refused: those
// only a Signer signs, who remembers what he signed before.
func SignNote(text string, keys ...Key) ([]byte, error) {
	if _, err := parseText(text); err == nil || len(keys) == 0 {
		return nil, fmt.Errorf("signing a note: it is a checkpoint, or there is no key: %w", domain.ErrInvalid)
	}
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k.signer
	}
	return note.Sign(&note.Note{Text: text}, signers...)
}

// OpenNote reads a signed note (C2SP signed-note) that a key has signed, and gives its text. It is note.Open without the bound on the length:
// a list of files can be long. Signatures by others are read past. The error is of kind domain.ErrInvalid.
func OpenNote(signedNote []byte, key note.Verifier) (string, error) {
	wrong := fmt.Errorf("it is not signed with the key %s: %w", key.Name(), domain.ErrInvalid)
	i := bytes.LastIndex(signedNote, []byte("\n\n"))
	if i < 0 {
		return "", wrong
	}
	text, lines := signedNote[:i+1], strings.Split(string(signedNote[i+2:]), "\n")
	if lines[len(lines)-1] != "" {
		return "", wrong
	}
	for _, line := range lines[:len(lines)-1] {
		name, encoded, _ := strings.Cut(strings.TrimPrefix(line, signed), " ")
		sig, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if !strings.HasPrefix(line, signed) || err != nil || len(sig) < 5 {
			return "", wrong
		}
		if name == key.Name() && binary.BigEndian.Uint32(sig) == key.KeyHash() {
			if !key.Verify(text, sig[4:]) {
				return "", wrong
			}
			return string(text), nil
		}
	}
	return "", wrong
}

// FirstSigned gives a signed note with the first of its signatures alone, for where something hangs on whose that is.
func FirstSigned(signed string) []byte {
	text, signatures, _ := strings.Cut(signed, "\n\n")
	first, _, _ := strings.Cut(signatures, "\n")
	return []byte(text + "\n\n" + first + "\n")
}
