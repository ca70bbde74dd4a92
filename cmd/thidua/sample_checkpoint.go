package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/seal"
	"thidua/workers"
)

// awaitCheckpoint waits for the first witnessed checkpoint that has the commitment in it. Where nobody else seals the log, this process does meanwhile.
func (a *app) awaitCheckpoint(ctx context.Context, p *place, policy *seal.Policy, committed domain.Position, limit time.Duration) (*seal.Attestation, error) {
	waiting, stop := context.WithTimeout(ctx, limit)
	defer stop()
	group, work := errgroup.WithContext(waiting)
	if p.private {
		cfg, err := a.sealing(p, "sample")
		if err != nil {
			return nil, err
		}
		group.Go(func() error { return workers.Seal(work, *cfg) })
	}
	var head *seal.Attestation
	group.Go(func() (err error) {
		defer stop()
		head, err = a.lookFor(work, policy, committed)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if head == nil && ctx.Err() == nil {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("Sau %v vẫn chưa có mốc niêm phong nào chứa cam kết ở vị trí %d và đủ người làm chứng ký. Hãy chạy lại chính lệnh này sau; xem: thidua status", limit, committed),
			EN: fmt.Sprintf("After %v no witnessed checkpoint has the commitment at position %d in it yet. Give the same command again later; see: thidua status", limit, committed),
		}}
	}
	return head, ctx.Err()
}

// lookFor looks for the checkpoint until it is there or ctx ends; then it is nil.
func (a *app) lookFor(ctx context.Context, policy *seal.Policy, committed domain.Position) (*seal.Attestation, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		head, _, err := firstWitnessed(os.DirFS(a.sealedDir()), policy, committed)
		if head != nil || err != nil {
			return head, err
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-tick.C:
		}
	}
}

// firstWitnessed finds the smallest checkpoint that counts by the policy and has a position in it, nil where none does yet, and how many smaller ones with the
// position in them were published that do not count.
func firstWitnessed(files fs.FS, policy *seal.Policy, committed domain.Position) (head *seal.Attestation, passed int, err error) {
	last := int64(-1)
	for c, err := range seal.CheckpointsFrom(files, int64(committed)) {
		if err != nil {
			return nil, 0, err
		}
		if c.Size != last && last >= 0 {
			passed++
		}
		last = c.Size
		if head, err := policy.Check(c.Note); err == nil {
			return head, passed, nil
		}
	}
	late, err := seal.ReadWitnessed(files) // one that was cosigned when a larger one was published already
	if errors.Is(err, fs.ErrNotExist) || err == nil && late.Size < int64(committed) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if head, err = policy.Check(late.Note); err != nil {
		return nil, 0, nil
	}
	return head, passed, nil
}
