package eventlog

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/text/unicode/norm"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// The keys of the bucket that are not digests. A digest has 43 characters and no point.
const (
	secretKey   = "secret"
	personIndex = "person."
)

const secretSize = 32

// openSecret finds the installation's secret or makes it. The first of several processes wins.
func (l *Log) openSecret(ctx context.Context) error {
	fresh, err := l.random(secretSize)
	if err != nil {
		return err
	}
	text, _, err := l.first(ctx, secretKey, base64url.EncodeToString(fresh))
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	if l.secret, err = base64url.DecodeString(text); err != nil || len(l.secret) != secretSize {
		return fmt.Errorf("secret: it is not %d bytes in base64url: %w", secretSize, domain.ErrCorrupt)
	}
	return nil
}

// first stores a value under a key that has none, and returns what stands there then: this value or that of somebody who was first.
func (l *Log) first(ctx context.Context, key, value string) (text string, known bool, err error) {
	text, known, err = l.value(ctx, key)
	if known || err != nil {
		return text, known, err
	}
	_, err = l.disclosures.Create(ctx, key, []byte(value))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return l.value(ctx, key)
	}
	return value, false, err
}

// value returns what stands under a key of the bucket.
func (l *Log) value(ctx context.Context, key string) (text string, found bool, err error) {
	m, found, err := l.last(ctx, disclosuresStream, disclosuresPrefix+key)
	return string(m.data), found && len(m.data) > 0, err
}

// Person returns the ref of the person with an account, and makes a random one where the account has none; known tells which. The ref is
// found again by an index that only the holder of the installation's secret can use, and that can be erased; the log holds the ref alone.
func (l *Log) Person(ctx context.Context, account string) (ref string, known bool, err error) {
	fresh, err := l.NewRef()
	if err != nil {
		return "", false, err
	}
	ref, known, err = l.first(ctx, l.personKey(account), fresh)
	if err != nil {
		return "", false, fmt.Errorf("eventlog: person: %w", err)
	}
	return ref, known, nil
}

// NewRef draws a ref that nobody has.
func (l *Log) NewRef() (string, error) {
	id, err := l.randomHex()
	return envelope.PersonPrefix + id, err
}

// LookUpPerson returns the ref of the person with an account, and writes nothing where the account has none.
func (l *Log) LookUpPerson(ctx context.Context, account string) (ref string, known bool, err error) {
	ref, known, err = l.value(ctx, l.personKey(account))
	if err != nil {
		return "", false, fmt.Errorf("eventlog: person: %w", err)
	}
	return ref, known, nil
}

func (l *Log) personKey(account string) string {
	return personIndex + base64url.EncodeToString(l.keyed("person", norm.NFC.String(account)))
}

// CommandID makes a command's id from what the command is made of, such as the cells of a row of papers: the same parts give the same id
// in this installation, so that the same row sent again is known. The id is a UUID of version 8 (RFC 9562, 5.8).
//
// It is keyed with the installation's secret. Ids stand on the log, where everybody may read them: from a plain hash of a row that holds a
// name, the name could be found by trying names until the hash fits, although the event itself holds only its salted digest.
func (l *Log) CommandID(parts ...string) string {
	id := l.keyed("command", parts...)[:16]
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return uuidOf(hex.EncodeToString(id))
}

// uuidOf writes 32 hexadecimal digits in the form of a UUID.
func uuidOf(text string) string {
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// keyed is HMAC-SHA-256 under the secret over the purpose and the parts, each with its length before it, so that no two lists of parts are
// the same bytes.
func (l *Log) keyed(purpose string, parts ...string) []byte {
	mac := hmac.New(sha256.New, l.secret)
	for _, part := range append([]string{purpose}, parts...) {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
