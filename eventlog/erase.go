package eventlog

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// The stores forget securely or not at all. A message that a stream drops by itself, because a newer one came under its subject or somebody purged it,
// stays in the stream's files until the server happens to compact them. So the bucket of disclosures keeps every version of what it is given, and each is
// removed by a request that overwrites the bytes first.

// versionsKept is how many versions the bucket keeps under one key: the most that the client allows. There is more than one only where a restore or an
// append was cut off and came again.
const versionsKept = 64

// evidenceMetas begins the subject of what the object store knows of a file, its name in base64url behind.
const evidenceMetas = "$O." + evidenceBucket + ".M."

// Erasures reads from the log what was erased.
func (l *Log) Erasures(ctx context.Context) (*domain.Erasures, error) {
	erasures := domain.NewErasures()
	var events []domain.Recorded
	for _, e := range []domain.Event{&domain.DisclosureErased{}, &domain.DisclosurePurged{}} {
		err := l.scanAll(ctx, domain.PersonStream("*").Subject(e.Words()), 0, func(m message) error {
			events = append(events, l.trust(m))
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("eventlog: erasures: %w", err)
		}
	}
	for _, r := range events { // all that were erased come before all that were carried out
		erasures.Add(r)
	}
	return erasures, nil
}

// ErasuresIn reads from lines of a log what was erased.
func ErasuresIn(next func() (Line, error)) (*domain.Erasures, error) {
	erasures, codec := domain.NewErasures(), envelope.New()
	erased, purged := (&domain.DisclosureErased{}).Words(), (&domain.DisclosurePurged{}).Words()
	for {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return erasures, nil
		}
		if err != nil {
			return nil, err
		}
		if s := streamOf(line.Subject); line.Subject != s.Subject(erased) && line.Subject != s.Subject(purged) {
			continue
		}
		r, err := codec.Decode(line.Payload)
		if err != nil {
			return nil, fmt.Errorf("eventlog: position %d: %w", line.Position, err)
		}
		r.Position = line.Position
		erasures.Add(r)
	}
}

// Erased reports whether an entry is a disclosure that was erased, or leads to a person who was.
func (k Kept) Erased(erasures *domain.Erasures) bool {
	return erasures.Texts[k.Key] > 0 || strings.HasPrefix(k.Key, personIndex) && erasures.Persons[string(k.Value)] > 0
}

// Ties reads from the whole log what a person did on the record, in its order.
func (l *Log) Ties(ctx context.Context, person string) (ties []domain.Tie, err error) {
	err = l.scanAll(ctx, domain.SubjectRoot+".>", 0, func(m message) error {
		if bytes.Contains(m.data, []byte(person)) {
			ties = append(ties, domain.TiesOf(l.trust(m), person)...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("eventlog: ties of %s: %w", person, err)
	}
	return ties, nil
}

// ForgetUnnamed removes disclosures that no event names, as an append leaves them that was cut off before its events were stored: those stored before a
// moment whose text is wanted. named tells which of some digests events name.
func (l *Log) ForgetUnnamed(ctx context.Context, before time.Time, wanted func(text string) bool, named func(digests []string) (map[string]bool, error)) error {
	var found []string
	err := l.scanStream(ctx, disclosuresStream, disclosuresPrefix+"*", 1, func(m message) error {
		digest := m.subject[len(disclosuresPrefix):]
		stored, err := m.stored()
		if err != nil || !envelope.IsDigest(digest) || !stored.Before(before) {
			return err
		}
		if _, text, err := envelope.Disclose(digest, string(m.data)); err == nil && wanted(text) {
			found = append(found, digest)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("eventlog: forget what no event names: %w", err)
	}
	standing, err := named(found)
	for _, digest := range found {
		if err == nil && !standing[digest] {
			err = l.overwrite(ctx, disclosuresStream, disclosuresPrefix+digest)
		}
	}
	if err != nil {
		return fmt.Errorf("eventlog: forget what no event names: %w", err)
	}
	return nil
}

// Forget removes from the stores what an erasure of a person names: the disclosures, the entry of the index by which the person is found, and the files of
// evidence. Their bytes are overwritten in the files of the server. It can be broken off anywhere and called again; what is gone is no error.
func (l *Log) Forget(ctx context.Context, person string, e *domain.DisclosureErased) error {
	for _, digest := range e.Disclosures {
		if err := l.overwrite(ctx, disclosuresStream, disclosuresPrefix+digest); err != nil {
			return fmt.Errorf("eventlog: forget %s: %w", digest, err)
		}
	}
	if err := l.forgetIndex(ctx, person, e.Purposes); err != nil {
		return fmt.Errorf("eventlog: forget %s: %w", person, err)
	}
	for _, file := range e.Evidence {
		if err := l.ForgetEvidence(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// forgetIndex removes the entry that leads from an account to the person. It is found by what it says: the account may be forgotten already.
func (l *Log) forgetIndex(ctx context.Context, person string, purposes []string) error {
	var found []string
	for _, purpose := range purposes {
		if purpose != domain.PurposeIdentity {
			continue
		}
		err := l.scanStream(ctx, disclosuresStream, disclosuresPrefix+personIndex+"*", 1, func(m message) error {
			if string(m.data) == person {
				found = append(found, m.subject)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, subject := range found {
		if err := l.overwrite(ctx, disclosuresStream, subject); err != nil {
			return err
		}
	}
	return nil
}

// ForgetEvidence removes a file of evidence and overwrites its bytes: its pieces first, and last what leads to them.
func (l *Log) ForgetEvidence(ctx context.Context, sha256hex string) error {
	info, err := l.evidence.GetInfo(ctx, sha256hex)
	if err == nil {
		err = l.overwrite(ctx, evidenceStream, evidenceChunks+info.NUID)
	}
	if err == nil || errors.Is(err, jetstream.ErrObjectNotFound) {
		err = l.overwrite(ctx, evidenceStream, evidenceMetas+base64.URLEncoding.EncodeToString([]byte(sha256hex)))
	}
	if err != nil {
		return fmt.Errorf("eventlog: forget evidence %s: %w", sha256hex, err)
	}
	return nil
}

// overwrite removes every message under a subject, and has the server overwrite their bytes.
func (l *Log) overwrite(ctx context.Context, stream, subject string) error {
	var sequences []uint64
	err := l.scanStream(ctx, stream, subject, 1, func(m message) error {
		sequences = append(sequences, m.sequence)
		return nil
	})
	if err != nil || len(sequences) == 0 {
		return err
	}
	s, err := l.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	if s.CachedInfo().Config.DenyDelete {
		return &domain.Problem{Rule: domain.RuleErasure, Text: domain.Text{
			VI: fmt.Sprintf("kho %s do một phiên bản cũ tạo ra và không cho xoá gì; hãy sao lưu, khôi phục vào chỗ mới rồi xoá ở đó", stream),
			EN: fmt.Sprintf("the store %s was made by an older version and lets nothing be deleted; make a backup, restore it in a new place, and erase there", stream),
		}}
	}
	for _, sequence := range sequences {
		err := s.SecureDeleteMsg(ctx, sequence)
		if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) { // so says the server; where it does not answer, it may have left the bytes behind
			if _, left, lookErr := l.fetch(ctx, stream, map[string]any{"seq": sequence}); lookErr == nil && !left {
				err = nil // another who forgets the same was faster
			}
		}
		if err != nil {
			return fmt.Errorf("message %d of %s: %w", sequence, stream, err)
		}
	}
	return nil
}
