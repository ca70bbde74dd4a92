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
