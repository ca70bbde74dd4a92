package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"thidua/domain"
	"thidua/seal"
	"thidua/workers"
)

// dossierHead finds the checkpoint that a dossier is made as of, and the log's keys.
func (a *app) dossierHead(ctx context.Context, p *place, at string) (seal.Checkpoint, []seal.Key, error) {
	var head seal.Checkpoint
	err := a.sealAll(ctx, p)
	if err != nil {
		return head, nil, err
	}
	keys, err := seal.ReadKeys(a.keyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return head, nil, &failure{domain.Text{
			VI: "Ở đây không có khóa của sổ (" + a.keyFile() + "). Hồ sơ được lập trên thư mục dữ liệu của tiến trình niêm phong.",
			EN: "The log's key is not here (" + a.keyFile() + "). A dossier is made on the data directory of the process that seals.",
		}}
	}
	if err != nil {
		return head, nil, err
	}
	head, err = a.chosenHead(at)
	if err != nil {
		return head, nil, err
	}
	head, err = seal.ParseCheckpoint(head.Note, verifiersOf(keys)...)
	if err == nil && head.Origin != p.log.Origin() {
		err = fmt.Errorf("checkpoint: it is of the log %q, this one is %q: %w", head.Origin, p.log.Origin(), domain.ErrInvalid)
	}
	return head, keys, err
}

// chosenHead reads the checkpoint that was asked for: of a file, of a size, or the last; of two of the same size the witnessed one.
func (a *app) chosenHead(at string) (seal.Checkpoint, error) {
	files := os.DirFS(a.sealedDir())
	if at == "" {
		head, err := seal.ReadCheckpoint(files)
		if witnessed, errWitnessed := seal.ReadWitnessed(files); errWitnessed == nil && witnessed.Size >= head.Size {
			return witnessed, nil
		}
		return head, err
	}
	if size, err := strconv.ParseInt(at, 10, 64); err == nil {
		head, err := seal.CheckpointAt(files, size)
		if errors.Is(err, domain.ErrNotFound) {
			return head, &failure{domain.Text{
				VI: fmt.Sprintf("Chưa từng công bố mốc niêm phong nào ở %d sự kiện.", size), EN: fmt.Sprintf("No checkpoint was ever published at %d events.", size),
			}}
		}
		return head, err
	}
	content, err := readLimited(at)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	return seal.ReadUnverified(content)
}

// sealAll returns when all that the log holds now is sealed. In a private place where nobody seals this process does; elsewhere the one that
// seals always.
func (a *app) sealAll(ctx context.Context, p *place) error {
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	if !p.private || p.sealer != nil {
		wait, stop := context.WithTimeout(ctx, awaitPatience)
		defer stop()
		if err := a.sealedUpTo(wait, last); err == nil || ctx.Err() != nil {
			return err
		}
		return &failure{domain.Text{
			VI: "Sổ sự kiện chưa được niêm phong đến cuối trong thư mục dữ liệu này. Hãy xem “thidua up” hoặc “thidua seal” có đang chạy không (thidua status).",
			EN: "The log is not sealed to its end in this data directory. See whether “thidua up” or “thidua seal” is running (thidua status).",
		}}
	}
	cfg, err := a.sealing(p, "dossier")
	if err != nil {
		return err
	}
	work, stop := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		err := workers.Seal(work, *cfg)
		stop(err)
		done <- err
	}()
	err = a.sealedUpTo(work, last)
	if cause := context.Cause(work); cause != nil && err != nil {
		err = cause
	}
	stop(nil)
	return errors.Join(err, <-done)
}

// sealedUpTo returns when the published checkpoint has a position.
func (a *app) sealedUpTo(ctx context.Context, position domain.Position) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		head, err := seal.ReadCheckpoint(os.DirFS(a.sealedDir()))
		if err == nil && domain.Position(head.Size) >= position || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
