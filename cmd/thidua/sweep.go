package main

import (
	"context"
	"time"

	"thidua/projections"
)

// orphanAge is how old a file of evidence must be that no event names, to be removed: far older than any import that could still be under way.
// sweepEvery is how often they are looked for.
const (
	orphanAge  = 48 * time.Hour
	sweepEvery = 24 * time.Hour
)

// sweep removes the evidence of imports that never came about, now and then, until ctx ends. A sweep that fails is told and tried again the next
// time: orphans cost room and nothing else.
func (a *app) sweep(ctx context.Context, p *place) error {
	a.regularly(ctx, sweepEvery, "orphaned evidence was not removed", func() error { return a.sweepOnce(ctx, p) })
	return nil
}

// regularly does something at once and then now and then, until ctx ends. Where it fails that is told, and it is tried again the next time.
func (a *app) regularly(ctx context.Context, every time.Duration, failed string, do func() error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := do(); err != nil && ctx.Err() == nil {
			a.log.Warn(failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepOnce asks the read models only when they hold all that was on the log, so that nothing named is taken for an orphan.
func (a *app) sweepOnce(ctx context.Context, p *place) error {
	before := a.now().Add(-orphanAge)
	last, err := p.log.Last(ctx)
	if err != nil {
		return err
	}
	if err := projections.Await(ctx, p.db, p.projections(), last); err != nil {
		return err
	}
	named, err := projections.NamedEvidence(ctx, p.db)
	if err != nil {
		return err
	}
	removed, err := p.log.SweepEvidence(ctx, func(sha256 string) bool { return named[sha256] }, before)
	if removed > 0 {
		a.log.Info("removed orphaned evidence", "files", removed)
	}
	return err
}
