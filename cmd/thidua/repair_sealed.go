package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/seal"
)

// sealedLog is what was sealed of the log that is repaired: the hash of every event up to the last checkpoint, which nobody can change without the
// log's key, and the events themselves as far as their files are whole.
type sealedLog struct {
	tree   *seal.Tree
	leaves []tlog.Hash // by position, from 1 on
}

// readSealed reads what was sealed in this data directory. It is nil where nothing was.
func (r *repairing) readSealed(ctx context.Context) (*sealedLog, error) {
	files := os.DirFS(r.app.sealedDir())
	published, err := seal.ReadCheckpoint(files)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := seal.ReadKeys(r.app.keyFile())
	if err != nil {
		return nil, err
	}
	tree := seal.NewTree(files, published.Size)
	leaves, err := tree.Leaves(published.Root)
	if err == nil {
		_, err = seal.ParseCheckpoint(published.Note, verifiersOf(keys)...)
	}
	if err != nil {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Bản niêm phong trong %s không dùng được: %v. Hãy khôi phục thư mục ấy từ một bản sao (mọi bản sao của /log/ đều được) rồi chạy lại.", r.app.sealedDir(), err),
			EN: fmt.Sprintf("The sealed log in %s is of no use: %v. Put the folder back from a copy (any mirror of /log/ serves), and run this again.", r.app.sealedDir(), err),
		}}
	}
	return &sealedLog{tree, leaves}, ctx.Err()
}

// Vouches implements eventlog.Sealed.
func (s *sealedLog) Vouches(position domain.Position, payload []byte) bool {
	return position > domain.Position(len(s.leaves)) || s.leaves[position-1] == tlog.RecordHash(payload)
}

// Payload implements eventlog.Sealed.
func (s *sealedLog) Payload(position domain.Position) []byte {
	payload, err := s.tree.Entry(int64(position) - 1)
	if err != nil {
		return nil // it is one place among others where the event may be
	}
	return payload
}
