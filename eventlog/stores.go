package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// OpenStores opens the two stores beside the stream, and makes them where there are none, without looking at the stream. The log can be asked for
// disclosures and evidence only; it runs nothing and needs no Close. A server that is away is waited for until ctx ends.
func OpenStores(ctx context.Context, nc *nats.Conn, cfg Config) (*Log, error) {
	l, err := bare(nc, cfg)
	if err != nil {
		return nil, err
	}
	for _, prepare := range []func(context.Context) error{l.openDisclosures, l.openEvidence} {
		if err := Insist(ctx, nc, l.cfg.Logger, prepare); err != nil {
			return nil, fmt.Errorf("eventlog: open stores: %w", err)
		}
	}
	return l, nil
}

// Deposit stores disclosures durably, of events that come to stand on the log by another way than Append.
func (l *Log) Deposit(ctx context.Context, all []domain.Disclosure) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	return l.storeDisclosures(ctx, all)
}

// Kept is what stands under one key of the bucket of disclosures.
type Kept struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

// Secret reports whether it is the installation's secret, which everything keyed in the other entries and on the log hangs on.
func (k Kept) Secret() bool { return k.Key == secretKey }

// EachKept visits all that the bucket of disclosures holds: the disclosures, the index of persons, the secret. What was erased is not there.
func (l *Log) EachKept(ctx context.Context, visit func(Kept) error) error {
	return l.eachKept(ctx, 0, visit)
}

// eachKept visits what lies before a sequence, or all that there is where that is 0.
func (l *Log) eachKept(ctx context.Context, before uint64, visit func(Kept) error) error {
	next, all := uint64(1), disclosuresPrefix+">"
	counted := func(m message) error {
		if before > 0 && m.sequence >= before {
			next = before
			return errEnough
		}
		next = m.sequence + 1
		key := strings.TrimPrefix(m.subject, disclosuresPrefix)
		if len(m.data) == 0 || key == paddingKey { // what erasing leaves
			return nil
		}
		return visit(Kept{key, m.data})
	}
	err := l.scanStream(ctx, disclosuresStream, all, next, counted)
	if err == nil && next < before { // who answered is behind
		err = l.scanLeader(ctx, disclosuresStream, all, func() uint64 { return next }, counted)
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil && next < before {
		err = fmt.Errorf("%s ends before %d: %w", disclosuresStream, before, domain.ErrCorrupt)
	}
	return err
}

// PutKept puts back what EachKept visited, durably, in place of what is there.
func (l *Log) PutKept(ctx context.Context, all []Kept) error {
	for chunk := range slices.Chunk(all, batchLimit) {
		messages := make([]*nats.Msg, len(chunk))
		for i, k := range chunk {
			if k.Key == "" || strings.ContainsAny(k.Key, " *>\r\n\t") {
				return fmt.Errorf("eventlog: put back %q: %w", k.Key, domain.ErrInvalid)
			}
			messages[i] = &nats.Msg{Subject: disclosuresPrefix + k.Key, Data: k.Value}
		}
		if err := l.putBatch(ctx, messages); err != nil {
			return fmt.Errorf("eventlog: put back: %w", err)
		}
	}
	return nil
}

func (l *Log) putBatch(ctx context.Context, messages []*nats.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	return l.publish(ctx, messages)
}

// EvidenceFile is a stored file of evidence.
type EvidenceFile struct {
	SHA256 string // of its bytes, in hex
	Size   int64
}

// EvidenceFiles lists the stored files of evidence.
func (l *Log) EvidenceFiles(ctx context.Context) ([]EvidenceFile, error) {
	files, err := l.evidence.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, fmt.Errorf("eventlog: evidence: %w", err)
	}
	all := make([]EvidenceFile, len(files))
	for i, f := range files {
		all[i] = EvidenceFile{f.Name, int64(f.Size)}
	}
	return all, nil
}

// PutSecret puts the installation's secret back.
func (l *Log) PutSecret(ctx context.Context, secret string) error {
	if b, err := base64url.DecodeString(secret); err != nil || len(b) != secretSize {
		return fmt.Errorf("eventlog: put back the secret: it is not %d bytes in base64url: %w", secretSize, domain.ErrInvalid)
	}
	return l.PutKept(ctx, []Kept{{secretKey, []byte(secret)}})
}
