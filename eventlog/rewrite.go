package eventlog

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

// A server that is killed while it forgets can leave the bytes in its files for ever: it notes first that a message is gone, and then overwrites it. When it
// is up again the message is gone, and no request reaches its bytes any more. So where forgetting was cut off the stores are written anew: padding is stored
// that fills a whole file of the stream, then everything once more that is to be kept, and last all before that is purged, for which the server removes
// whole files. Whoever reads meanwhile finds everything; cut off anywhere, it can be done again.

// The padding is longer than a file of a stream (8 MiB at most), in messages that every server takes.
const (
	paddingKey   = "padding"
	paddingSize  = 512 << 10
	paddingCount = 17
)

// RewriteStores writes anew the stores that hold what an erasure names, after Forget, so that nothing is left in the files of the server of what
// forgetting has left there that was cut off. The error is of kind ErrConflict where files of evidence are being stored at the moment.
func (l *Log) RewriteStores(ctx context.Context, e *domain.DisclosureErased) error {
	known, err := l.Erasures(ctx)
	if err == nil {
		err = l.rewrite(ctx, disclosuresStream, disclosuresPrefix+paddingKey, func(before uint64) error { return l.keepAnew(ctx, known, before) })
	}
	if err == nil && len(e.Evidence) > 0 {
		err = l.rewrite(ctx, evidenceStream, evidenceChunks+paddingKey, func(uint64) error { return l.putAnew(ctx, known) })
	}
	if err == nil {
		err = l.forgetSince(ctx, known)
	}
	if err != nil {
		return fmt.Errorf("eventlog: rewrite stores: %w", err)
	}
	return nil
}

// rewrite stores what is to be kept of a stream again, behind padding, and purges what lies before.
func (l *Log) rewrite(ctx context.Context, stream, padding string, again func(before uint64) error) error {
	var before uint64
	for range paddingCount {
		stored, err := l.js.Publish(ctx, padding, make([]byte, paddingSize))
		if err != nil {
			return err
		}
		before = stored.Sequence + 1
	}
	if err := again(before); err != nil {
		return err
	}
	s, err := l.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSequence(before))
}

// keepAnew stores again what the bucket of disclosures holds before a sequence, of which the message right before it, the last of the padding, must be seen:
// a server that is behind must not decide what there is.
func (l *Log) keepAnew(ctx context.Context, known *domain.Erasures, before uint64) error {
	var keep []Kept
	err := l.eachKept(ctx, before, func(k Kept) error {
		if k.Erased(known) { // whose erasure is still under way
			return nil
		}
		if keep = append(keep, k); len(keep) < batchLimit {
			return nil
		}
		err := l.PutKept(ctx, keep)
		keep = keep[:0]
		return err
	})
	if err != nil {
		return err
	}
	return l.PutKept(ctx, keep)
}

// putAnew stores every file of evidence again.
func (l *Log) putAnew(ctx context.Context, known *domain.Erasures) error {
	files, loose, err := l.loosePieces(ctx)
	if err != nil {
		return err
	}
	if len(loose) > 0 {
		return fmt.Errorf("%d files are being stored, or were cut off lately: %w", len(loose), domain.ErrConflict)
	}
	for _, file := range files {
		if known.Evidence[file.Name] > 0 {
			continue
		}
		content, err := l.Evidence(ctx, file.Name)
		if err == nil {
			_, err = l.evidence.Put(ctx, jetstream.ObjectMeta{Name: file.Name}, content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetSince forgets once more what others have erased since, for it may have been stored again right after they had forgotten it.
func (l *Log) forgetSince(ctx context.Context, known *domain.Erasures) error {
	now, err := l.Erasures(ctx)
	if err != nil {
		return err
	}
	for digest := range now.Texts {
		if known.Texts[digest] > 0 {
			continue
		}
		if err := l.overwrite(ctx, disclosuresStream, disclosuresPrefix+digest); err != nil {
			return err
		}
	}
	for person := range now.Persons {
		if known.Persons[person] > 0 {
			continue
		}
		if err := l.forgetIndex(ctx, person, []string{domain.PurposeIdentity}); err != nil {
			return err
		}
	}
	for file := range now.Evidence {
		if known.Evidence[file] > 0 {
			continue
		}
		if err := l.ForgetEvidence(ctx, file); err != nil {
			return err
		}
	}
	return nil
}
