package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/seal"
	"thidua/workers"
)

// heldAgainst is what verify holds the log against: what this data directory has sealed, and checkpoints in files that somebody kept. It is nil where
// there is neither.
func (a *app) heldAgainst(ctx context.Context, p *place, since []string) (*workers.Sealed, error) {
	keys, err := a.logVerifiers(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		if len(since) == 0 {
			return nil, nil
		}
		return nil, &failure{domain.Text{
			VI: "Chưa có khóa của sổ (" + a.keyFile() + ") để đọc mốc niêm phong. Hãy chỉ ra khóa bằng --log-key.",
			EN: "There is no key of the log (" + a.keyFile() + ") to read a checkpoint with. Name it by --log-key.",
		}}
	}
	held := &workers.Sealed{Files: os.DirFS(a.sealedDir()), Keys: keys}
	for _, path := range since {
		c, err := keptCheckpoint(path, keys)
		if err != nil {
			return nil, err
		}
		held.Since = append(held.Since, workers.KeptCheckpoint{Name: path, Checkpoint: c})
	}
	return held, nil
}

// logVerifiers tell the signatures of the log's keys and of those that they took over from, none where nothing was sealed yet.
func (a *app) logVerifiers(ctx context.Context, p *place) ([]note.Verifier, error) {
	keys, err := seal.ReadKeys(a.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return p.allVerifiers(ctx, keys), err
}

func keptCheckpoint(path string, keys []note.Verifier) (seal.Checkpoint, error) {
	content, err := readLimited(path)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	c, err := seal.ParseCheckpoint(content, keys...)
	if err != nil {
		return c, &failure{domain.Text{
			VI: fmt.Sprintf("%s không phải là mốc niêm phong do khóa của sổ này ký: %v", path, err),
			EN: fmt.Sprintf("%s is no checkpoint that a key of this log has signed: %v", path, err),
		}}
	}
	return c, nil
}
