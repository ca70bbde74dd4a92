package tasks

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

func openStore(ctx context.Context, js jetstream.JetStream, q *Queue) (*store, error) {
	stream, err := openStream(ctx, js, storeConfig(q.cfg))
	return &store{js: js, stream: stream, newID: q.newID}, err
}

// nameOf is what a task's result is called in the store.
func nameOf(sha256hex, id string) string { return sha256hex + "-" + id }

// inputID stands in the place of a task's id where a file is what tasks are to work on.
const inputID = "input"

// Result reads a task's result. The error is of kind domain.ErrNotFound where it has none, or none any more: results expire, and go where a person is
// erased. Reading fails at the end with domain.ErrCorrupt where the bytes are not those that were stored.
func (q *Queue) Result(ctx context.Context, t Task) (io.Reader, error) {
	if t.Result.Name == "" {
		return nil, fmt.Errorf("tasks: task %s has no result: %w", t.ID, domain.ErrNotFound)
	}
	return q.files.open(ctx, nameOf(t.Result.SHA256, t.ID), t.Result.SHA256)
}

// PutInput stores what a task is to work on, as long as results are kept, and returns what its args need of it.
func (q *Queue) PutInput(ctx context.Context, r io.ReadSeeker) (File, error) {
	hash := sha256.New()
	size, err := io.Copy(hash, r)
	if err == nil && size > fileLimit {
		err = fmt.Errorf("it has more than %d bytes: %w", int64(fileLimit), domain.ErrInvalid)
	}
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err != nil {
		return File{}, fmt.Errorf("tasks: store an input: %w", err)
	}
	f := File{SHA256: hexSum(hash.Sum(nil)), Size: size}
	return f, q.files.put(ctx, nameOf(f.SHA256, inputID), r)
}

// Input reads what PutInput stored. The error is of kind domain.ErrNotFound where it is gone.
func (q *Queue) Input(ctx context.Context, f File) (io.Reader, error) {
	return q.files.open(ctx, nameOf(f.SHA256, inputID), f.SHA256)
}

// DropInput removes what PutInput stored, once no task needs it.
func (q *Queue) DropInput(ctx context.Context, f File) error {
	return q.files.remove(ctx, nameOf(f.SHA256, inputID))
}

// Scratch is a file for what is under way. It has no name, so that nothing of it is left whatever becomes of the process.
func (q *Queue) Scratch() (*os.File, error) {
	f, err := os.CreateTemp(q.cfg.Dir, "thidua-task-")
	if err != nil {
		return nil, fmt.Errorf("tasks: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("tasks: %w", err), f.Close())
	}
	return f, nil
}

// draft is a result that is being made. It is stored when the task ends.
type draft struct {
	file   *os.File
	hash   hash.Hash
	size   int64
	name   string
	closed bool
}

// errTooLarge is what writes get beyond the limit of a file.
var errTooLarge = fmt.Errorf("tasks: a result may have %d bytes at most: %w", int64(fileLimit), domain.ErrInvalid)

// Write implements io.Writer.
func (d *draft) Write(p []byte) (int, error) {
	if d.size+int64(len(p)) > fileLimit {
		return 0, errTooLarge
	}
	n, err := d.file.Write(p)
	d.hash.Write(p[:n])
	d.size += int64(n)
	return n, err
}

// Close says that the result is whole.
func (d *draft) Close() error {
	d.closed = true
	return nil
}

// keep stores a draft as the result of a task.
func (q *Queue) keep(ctx context.Context, id string, d *draft) (File, error) {
	f := File{Name: d.name, SHA256: hexSum(d.hash.Sum(nil)), Size: d.size}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return f, err
	}
	return f, q.files.put(ctx, nameOf(f.SHA256, id), d.file)
}
