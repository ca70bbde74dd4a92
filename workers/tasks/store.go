package tasks

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// The store of results is a JetStream object store, in the layout of its clients (NATS ADR-20), so that whoever runs it can look with theirs. It is written
// and read message by message here: their own way sends what the server can't take in at once, and reads by what a user of another account may not.
const (
	// StoreName is the stream of the store of results.
	StoreName   = "OBJ_" + storeBucket
	storeBucket = "RESULTS"
	piecePrefix = "$O." + storeBucket + ".C."
	metaPrefix  = "$O." + storeBucket + ".M."
	pieceSize   = 128 << 10
)

// The limits of the store: of one file, and of all. A result that does not fit makes its task wait until others have expired.
const (
	fileLimit  = 4 << 30
	storeLimit = 16 << 30
)

// store keeps files for a while, each under its digest and the task that it is of.
type store struct {
	js     jetstream.JetStream
	stream jetstream.Stream
	newID  func() (string, error)
}

func storeConfig(cfg Config) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:         StoreName,
		Description:  "Results of tasks, and what tasks are to work on, by their SHA-256; for a while.",
		Subjects:     []string{piecePrefix + ">", metaPrefix + ">"},
		Storage:      jetstream.FileStorage,
		Replicas:     cfg.Replicas,
		MaxAge:       cfg.Keep,
		MaxBytes:     storeLimit,
		MaxMsgs:      -1,
		MaxMsgSize:   -1,
		MaxConsumers: -1,
		Discard:      jetstream.DiscardNew,
		AllowRollup:  true,
	}
}

// put stores a file under a name, which no other has. What it has stored of one that fails it removes.
func (s *store) put(ctx context.Context, name string, r io.Reader) (err error) {
	id, err := s.newID()
	if err != nil {
		return err
	}
	info := jetstream.ObjectInfo{Bucket: storeBucket, NUID: id, ObjectMeta: jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: pieceSize}}}
	if err = s.putPieces(ctx, &info, r); err == nil {
		var content []byte
		if content, err = json.Marshal(info); err == nil {
			m := &nats.Msg{Subject: metaOf(name), Data: content, Header: nats.Header{jetstream.MsgRollup: {jetstream.MsgRollupSubject}}}
			_, err = s.js.PublishMsg(ctx, m)
		}
	}
	if err != nil {
		if left := s.overwrite(context.WithoutCancel(ctx), piecePrefix+id); left != nil {
			err = errors.Join(err, left) // the tidying finds it
		}
		return fmt.Errorf("tasks: store %s: %w", name, err)
	}
	return nil
}

// putPieces stores a file's bytes and notes in info what they are.
func (s *store) putPieces(ctx context.Context, info *jetstream.ObjectInfo, r io.Reader) error {
	hash, piece := sha256.New(), make([]byte, pieceSize)
	for {
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			hash.Write(piece[:n])
			if _, err := s.js.Publish(ctx, piecePrefix+info.NUID, piece[:n]); err != nil {
				return err
			}
			info.Size, info.Chunks = info.Size+uint64(n), info.Chunks+1
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			info.Digest = "SHA-256=" + base64.URLEncoding.EncodeToString(hash.Sum(nil))
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func metaOf(name string) string { return metaPrefix + base64.URLEncoding.EncodeToString([]byte(name)) }

// info finds a file by its name. The error is of kind domain.ErrNotFound where it is not there.
func (s *store) info(ctx context.Context, name string) (info jetstream.ObjectInfo, err error) {
	m, err := s.stream.GetLastMsgForSubject(ctx, metaOf(name))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = domain.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(m.Data, &info)
	}
	if err != nil {
		return info, fmt.Errorf("tasks: file %s: %w", name, err)
	}
	return info, nil
}

// open reads a file by its name, and fails at its end with domain.ErrCorrupt where the bytes have not the digest.
func (s *store) open(ctx context.Context, name, sha256hex string) (io.Reader, error) {
	info, err := s.info(ctx, name)
	if err != nil {
		return nil, err
	}
	return &pieces{ctx: ctx, stream: s.stream, subject: piecePrefix + info.NUID, next: 1, left: info.Size, hash: sha256.New(), digest: sha256hex}, nil
}

// remove removes a file and has the server overwrite its bytes: its pieces first, and last what leads to them.
func (s *store) remove(ctx context.Context, name string) error {
	info, err := s.info(ctx, name)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = s.overwrite(ctx, piecePrefix+info.NUID)
	}
	if err == nil {
		err = s.overwrite(ctx, metaOf(name))
	}
	return err
}

// overwrite removes every message under a subject, and has the server overwrite their bytes.
func (s *store) overwrite(ctx context.Context, subject string) error {
	for next := uint64(1); ; {
		m, err := s.stream.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err == nil {
			err = s.delete(ctx, m.Sequence)
		}
		if err != nil {
			return fmt.Errorf("tasks: remove from %s: %w", StoreName, err)
		}
		next = m.Sequence + 1
	}
}

// delete removes a message and has the server overwrite its bytes. One that is not there is removed.
func (s *store) delete(ctx context.Context, sequence uint64) error {
	err := s.stream.SecureDeleteMsg(ctx, sequence)
	if err == nil {
		return nil
	}
	if _, lookErr := s.stream.GetMsg(ctx, sequence); errors.Is(lookErr, jetstream.ErrMsgNotFound) {
		return nil
	}
	return err
}

// empty removes all that is there now, and has the server overwrite it.
func (s *store) empty(ctx context.Context) error {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("tasks: empty %s: %w", StoreName, err)
	}
	if info.State.Msgs == 0 {
		return nil
	}
	for sequence := info.State.FirstSeq; sequence <= info.State.LastSeq; sequence++ {
		if err := s.delete(ctx, sequence); err != nil {
			return fmt.Errorf("tasks: empty %s: %w", StoreName, err)
		}
	}
	return nil
}

// hexSum is a digest as it stands in names and rows.
func hexSum(sum []byte) string { return hex.EncodeToString(sum) }
