package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
)

// fillTogether makes a log in a directory and takes in all bundles of a folder at the same time, in a process of its own: what hundreds of seasons at once
// leave of its memory is not to weigh on what is measured.
func fillTogether(ctx context.Context, dir, bundles string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return command(ctx, self, "-fill", dir, bundles)
}

// fill is what that process does.
func fill(ctx context.Context, dir, bundles string) error {
	debug.SetMemoryLimit(math.MaxInt64)
	debug.SetGCPercent(100)
	log, stop, err := openLog(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()
	return errors.Join(importTogether(ctx, log, bundles), log.Close())
}

// atWork is how many of the seasons that are taken in together do something of their own at once. Beyond what the processors can do, they would only keep the
// server, which is in this process, from being heard.
const atWork = 4

// importTogether takes in all bundles of a folder at the same time: each waits for its turn, writes some of its year and gives the turn on, so that the seasons
// advance side by side.
func importTogether(ctx context.Context, log *eventlog.Log, dir string) error {
	folders, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	turns := semaphore.NewWeighted(atWork)
	group, ctx := errgroup.WithContext(ctx)
	for _, folder := range folders {
		group.Go(func() error {
			if err := turns.Acquire(ctx, 1); err != nil {
				return err
			}
			defer turns.Release(1)
			return load(ctx, takingTurns{log, turns}, folder)
		})
	}
	return group.Wait()
}

// takingTurns is the log of an import that has a turn. While its events are being stored, another has it; those who wait are served in their order.
type takingTurns struct {
	*eventlog.Log
	turns *semaphore.Weighted
}

// AppendAll is that of the log. It returns with the turn, whatever has happened.
func (l takingTurns) AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error) {
	l.turns.Release(1)
	positions, err := l.Log.AppendAll(ctx, appends)
	return positions, errors.Join(err, l.turns.Acquire(context.WithoutCancel(ctx), 1))
}

// load takes in one bundle.
func load(ctx context.Context, log bundle.Record, papers string) error {
	in, err := bundle.Open(ctx, papers)
	if err != nil {
		return err
	}
	result, err := in.Import(ctx, log, bundle.Options{Now: time.Now, Actor: "system:bench"})
	if err == nil && len(result.Errors) > 0 {
		err = fmt.Errorf("%s is not valid: %+v", papers, result.Errors[0])
	}
	return errors.Join(err, in.Close())
}
