package eventlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// evidenceBucket is the JetStream object store of evidence files, each under the SHA-256 of its bytes in hex.
const evidenceBucket = "EVIDENCE"

const (
	evidenceStream = "OBJ_" + evidenceBucket
	evidenceChunks = "$O." + evidenceBucket + ".C."
)

func (l *Log) openEvidence(ctx context.Context) (err error) {
	l.evidence, err = l.js.ObjectStore(ctx, evidenceBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		l.evidence, err = l.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket:      evidenceBucket,
			Description: "Evidence files by their SHA-256.",
			Storage:     jetstream.FileStorage,
			Replicas:    max(l.cfg.Replicas, 1),
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			l.evidence, err = l.js.ObjectStore(ctx, evidenceBucket)
		}
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", evidenceBucket, err)
	}
	return nil
}

// orphanRest is how long a file that is stored already may have lain there to be taken as it is. One that has lain longer could be an orphan that
// is about to be swept, so what is known of it is written anew, as of now: SweepEvidence must be called for moments that lie further back than this.
// The file itself is never replaced, since the store would leave the bytes of the one before in its files.
const orphanRest = 12 * time.Hour

// PutEvidence stores a file durably under the SHA-256 of its bytes, in hex. A file that was stored lately is not read nor stored again. The
// error is of kind ErrInvalid where r does not give size bytes with that digest, and then nothing is stored. Several files can be stored
// at once.
func (l *Log) PutEvidence(ctx context.Context, sha256hex string, size int64, r io.Reader) error {
	if !envelope.Hex(sha256hex, 2*sha256.Size) {
		return fmt.Errorf("eventlog: evidence %q is not named by a SHA-256 in hex: %w", sha256hex, domain.ErrInvalid)
	}
	info, err := l.evidence.GetInfo(ctx, sha256hex)
	if err == nil && info.Size == uint64(size) {
		if l.cfg.Now().Sub(info.ModTime) >= orphanRest {
			err = l.evidence.UpdateMeta(ctx, sha256hex, info.ObjectMeta)
		}
		if err == nil {
			return nil
		}
	}
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("eventlog: evidence %s: %w", sha256hex, err)
	}
	checked := &checkedReader{source: r, hash: sha256.New(), digest: sha256hex, size: size, kind: domain.ErrInvalid}
	if _, err := l.evidence.Put(ctx, jetstream.ObjectMeta{Name: sha256hex}, checked); err != nil {
		return fmt.Errorf("eventlog: evidence %s: %w", sha256hex, err)
	}
	return nil
}

// Evidence returns a file by the SHA-256 of its bytes. Reading fails with ErrCorrupt at the end where the bytes do not have it. ErrNotFound
// says that there is no such file.
func (l *Log) Evidence(ctx context.Context, sha256hex string) (io.ReadCloser, error) {
	info, err := l.evidence.GetInfo(ctx, sha256hex)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("eventlog: evidence %s: %w", sha256hex, domain.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: evidence %s: %w", sha256hex, err)
	}
	source := &chunkReader{ctx: ctx, log: l, subject: evidenceChunks + info.NUID, next: 1, left: info.Size}
	return io.NopCloser(&checkedReader{source: source, hash: sha256.New(), digest: sha256hex, size: int64(info.Size), kind: domain.ErrCorrupt}), nil
}

// chunkReader reads the pieces of a file one after the other, from the store's leader, which is never behind. The client's own reader has them sent,
// which a user from another account can't (deploy/nats/accounts.conf).
type chunkReader struct {
	ctx     context.Context
	log     *Log
	subject string
	next    uint64 // sequence from which on the next piece lies
	left    uint64 // bytes that are still to come
	piece   []byte // what is read of them
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	for len(r.piece) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		m, found, err := r.log.fetch(r.ctx, evidenceStream, map[string]any{"seq": r.next, "next_by_subj": r.subject})
		if err != nil {
			return 0, err
		}
		if !found || uint64(len(m.data)) > r.left {
			return 0, fmt.Errorf("the pieces are not those of %s: %w", r.subject, domain.ErrCorrupt)
		}
		r.next, r.left, r.piece = m.sequence+1, r.left-uint64(len(m.data)), m.data
	}
	n := copy(p, r.piece)
	r.piece = r.piece[n:]
	return n, nil
}

// SweepEvidence removes the files that no event names and that were stored before a moment: the orphans of appends that never came about.
// It returns how many.
func (l *Log) SweepEvidence(ctx context.Context, named func(sha256hex string) bool, before time.Time) (removed int, err error) {
	files, err := l.evidence.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return 0, fmt.Errorf("eventlog: sweep evidence: %w", err)
	}
	for _, file := range files {
		if named(file.Name) || !file.ModTime.Before(before) {
			continue
		}
		// It may have been stored anew since it was listed.
		if now, err := l.evidence.GetInfo(ctx, file.Name); err != nil || !now.ModTime.Equal(file.ModTime) {
			continue
		}
		if err := l.ForgetEvidence(ctx, file.Name); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, l.SweepPieces(ctx, before)
}

// SweepPieces removes pieces of files that nothing leads to, as an upload leaves them that was cut off, stored before a moment: far enough back that
// none of them can belong to an upload that is still under way.
func (l *Log) SweepPieces(ctx context.Context, before time.Time) error {
	_, loose, err := l.loosePieces(ctx)
	if err != nil {
		return fmt.Errorf("eventlog: sweep pieces: %w", err)
	}
	for subject := range loose {
		if err := l.sweepPiece(ctx, subject, before); err != nil {
			return fmt.Errorf("eventlog: sweep pieces: %w", err)
		}
	}
	return nil
}

// loosePieces lists the files that are stored, and the subjects of pieces that nothing leads to: of uploads that are under way or were cut off.
func (l *Log) loosePieces(ctx context.Context) (files []*jetstream.ObjectInfo, loose map[string]uint64, err error) {
	stream, err := l.js.Stream(ctx, evidenceStream)
	if err != nil {
		return nil, nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(evidenceChunks+"*"))
	if err != nil {
		return nil, nil, err
	}
	files, err = l.evidence.List(ctx) // behind the pieces: what leads to a piece is stored after it
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, nil, err
	}
	loose = info.State.Subjects
	delete(loose, evidenceChunks+paddingKey)
	for _, file := range files {
		delete(loose, evidenceChunks+file.NUID)
	}
	return files, loose, nil
}

func (l *Log) sweepPiece(ctx context.Context, subject string, before time.Time) error {
	old := false
	_, err := l.directGet(ctx, evidenceStream, directGet{Last: []string{subject}}, func(m message) (err error) {
		stored, err := m.stored()
		old = err == nil && stored.Before(before)
		return err
	})
	if err != nil || !old {
		return err
	}
	return l.overwrite(ctx, evidenceStream, subject)
}

// checkedReader gives the bytes of a source and fails at their end where they are not those that the digest and the size say.
type checkedReader struct {
	source io.Reader
	hash   hash.Hash
	digest string
	size   int64
	read   int64
	kind   error
}

// Read implements io.Reader.
func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.source.Read(p)
	r.hash.Write(p[:n])
	r.read += int64(n)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if sum := hex.EncodeToString(r.hash.Sum(nil)); sum != r.digest || r.read != r.size {
		return n, fmt.Errorf("%d bytes with the digest %s, wanted %d: %w", r.read, sum, r.size, r.kind)
	}
	return n, io.EOF
}
