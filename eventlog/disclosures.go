package eventlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// disclosuresBucket is the JetStream key-value bucket of what can be forgotten: disclosures under their digests, the index of persons, and
// the secret that keys it.
const disclosuresBucket = "DISCLOSURES"

const (
	disclosuresStream = "KV_" + disclosuresBucket
	disclosuresPrefix = "$KV." + disclosuresBucket + "."
)

// lookUpLimit is the most subjects that one request asks for; the server takes 1,024.
const lookUpLimit = 1000

var base64url = base64.RawURLEncoding

// openDisclosures finds the bucket or makes it.
func (l *Log) openDisclosures(ctx context.Context) error {
	stream, err := l.js.Stream(ctx, disclosuresStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = l.js.CreateStream(ctx, disclosuresConfig(l.cfg.Replicas))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			stream, err = l.js.Stream(ctx, disclosuresStream)
		}
	}
	if err == nil && stream.CachedInfo().Config.MaxMsgsPerSubject < versionsKept { // it was made by an older program
		config := stream.CachedInfo().Config
		config.AllowAtomicPublish, config.MaxMsgsPerSubject = true, versionsKept
		_, err = l.js.UpdateStream(ctx, config)
	}
	if err == nil {
		l.disclosures, err = l.js.KeyValue(ctx, disclosuresBucket)
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", disclosuresBucket, err)
	}
	return l.openSecret(ctx)
}

// disclosuresConfig is the configuration of the bucket. The client's own bucket API would neither let it take atomic batches nor allow a message to be deleted.
func disclosuresConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               disclosuresStream,
		Description:        "Texts that can name a person, by their digests on the log; erasable.",
		Subjects:           []string{disclosuresPrefix + ">"},
		MaxMsgsPerSubject:  versionsKept,
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgSize:         -1,
		MaxConsumers:       -1,
		Storage:            jetstream.FileStorage,
		Discard:            jetstream.DiscardNew,
		Replicas:           max(replicas, 1),
		AllowRollup:        true,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	}
}

// Seal makes a text disclosable: its digest is for the event, its disclosure for the append that carries the event (spec "events", People
// and free text; the digest form of RFC 9901, 4.2). The text must be in NFC, as domain.ParseText leaves it, or the error is ErrInvalid.
func (l *Log) Seal(field, text string) (*domain.Disclosable, domain.Disclosure, error) {
	if !envelope.Normal([]byte(text)) {
		return nil, domain.Disclosure{}, fmt.Errorf("eventlog: seal %s: the text is not UTF-8 in Unicode's form NFC: %w", field, domain.ErrInvalid)
	}
	salt, err := l.random(envelope.SaltSize)
	if err != nil {
		return nil, domain.Disclosure{}, err
	}
	opening, err := json.Marshal([]string{base64url.EncodeToString(salt), field, text})
	if err != nil {
		return nil, domain.Disclosure{}, fmt.Errorf("eventlog: seal %s: %w: %w", field, domain.ErrInvalid, err)
	}
	encoded := base64url.EncodeToString(opening)
	digest := envelope.DisclosureDigest(encoded)
	return &domain.Disclosable{Digest: digest, Text: text}, domain.Disclosure{Digest: digest, Encoded: encoded}, nil
}

// storeDisclosures stores disclosures durably, in as few atomic batches as they fit into.
func (l *Log) storeDisclosures(ctx context.Context, all []domain.Disclosure) error {
	for chunk := range slices.Chunk(all, batchLimit) {
		messages := make([]*nats.Msg, len(chunk))
		for i, d := range chunk {
			messages[i] = &nats.Msg{Subject: disclosuresPrefix + d.Digest, Data: []byte(d.Encoded)}
		}
		if err := l.publish(ctx, messages); err != nil {
			return fmt.Errorf("eventlog: store disclosures: %w", err)
		}
	}
	return nil
}

// Disclose returns the texts of digests. One whose disclosure was erased, or never stored, is not in the answer; one whose disclosure does
// not have its digest is an error of kind ErrCorrupt.
func (l *Log) Disclose(ctx context.Context, digests []string) (map[string]string, error) {
	opened, err := l.open(ctx, digests)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(opened))
	for digest, o := range opened {
		texts[digest] = o.text
	}
	return texts, nil
}

// Openings returns the disclosures of digests as they are written, salt and all, for who proves a text to somebody else. The rest is as in
// Disclose.
func (l *Log) Openings(ctx context.Context, digests []string) (map[string]string, error) {
	opened, err := l.open(ctx, digests)
	if err != nil {
		return nil, err
	}
	encoded := make(map[string]string, len(opened))
	for digest, o := range opened {
		encoded[digest] = o.encoded
	}
	return encoded, nil
}

// opening is a disclosure as it is written, and the text in it.
type opening struct{ encoded, text string }

func (l *Log) open(ctx context.Context, digests []string) (map[string]opening, error) {
	opened := make(map[string]opening, len(digests))
	digests = slices.DeleteFunc(slices.Clone(digests), func(d string) bool { return !envelope.IsDigest(d) }) // what is none opens nothing
	for chunk := range slices.Chunk(digests, lookUpLimit) {
		subjects := make([]string, len(chunk))
		for i, digest := range chunk {
			subjects[i] = disclosuresPrefix + digest
		}
		if err := l.discloseChunk(ctx, subjects, opened); err != nil {
			return nil, err
		}
	}
	return opened, l.discloseRest(ctx, digests, opened)
}

// discloseChunk asks for many disclosures at once, of any replica.
func (l *Log) discloseChunk(ctx context.Context, subjects []string, opened map[string]opening) error {
	for len(subjects) > 0 {
		found := map[string]bool{}
		end, err := l.directGet(ctx, disclosuresStream, directGet{Last: subjects, MaxBytes: getBytes}, func(m message) error {
			found[m.subject] = true
			return disclose(m, opened)
		})
		if unanswered(ctx, err) {
			return nil // the leader is asked for the rest
		}
		if err != nil {
			return fmt.Errorf("eventlog: disclose: %w", err)
		}
		if end.pending == 0 {
			return nil
		}
		subjects = slices.DeleteFunc(subjects, func(s string) bool { return found[s] })
	}
	return nil
}

// discloseRest asks the leader for what a replica did not have: it may only have been behind.
func (l *Log) discloseRest(ctx context.Context, digests []string, opened map[string]opening) error {
	for _, digest := range digests {
		if _, found := opened[digest]; found {
			continue
		}
		m, found, err := l.last(ctx, disclosuresStream, disclosuresPrefix+digest)
		if err != nil {
			return fmt.Errorf("eventlog: disclose: %w", err)
		}
		if found {
			if err := disclose(m, opened); err != nil {
				return err
			}
		}
	}
	return nil
}

// disclose takes in one disclosure and checks it. An erased one has left an empty message.
func disclose(m message, opened map[string]opening) error {
	if len(m.data) == 0 {
		return nil
	}
	digest, encoded := m.subject[len(disclosuresPrefix):], string(m.data)
	_, text, err := envelope.Disclose(digest, encoded)
	if err != nil {
		return err
	}
	opened[digest] = opening{encoded, text}
	return nil
}
