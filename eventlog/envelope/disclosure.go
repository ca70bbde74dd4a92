package envelope

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"

	"thidua/domain"
)

var base64url = base64.RawURLEncoding

// DisclosureDigest is the digest of a disclosure as it is written: base64url of SHA-256 (spec "events", People and free text).
func DisclosureDigest(encoded string) string {
	sum := sha256.Sum256([]byte(encoded))
	return base64url.EncodeToString(sum[:])
}

// IsDigest reports whether a text has a disclosure's digest's form, and so can stand in a subject or be a file's name.
func IsDigest(text string) bool {
	sum, err := base64url.DecodeString(text)
	return err == nil && len(sum) == sha256.Size && len(text) == base64url.EncodedLen(sha256.Size)
}

// Disclose opens a disclosure: the text of a field whose salted digest stands in an event. The error is of kind ErrCorrupt where it does not have
// its digest.
func Disclose(digest, encoded string) (field, text string, err error) {
	var parts []string
	opening, err := base64url.DecodeString(encoded)
	if err == nil {
		err = json.Unmarshal(opening, &parts)
	}
	if err != nil || len(parts) != 3 || DisclosureDigest(encoded) != digest {
		return "", "", fmt.Errorf("envelope: disclosure %s is not what its digest says: %w", digest, domain.ErrCorrupt)
	}
	return parts[1], parts[2], nil
}
