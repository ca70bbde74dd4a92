package main

import (
	"context"
	"time"
)

// watchEvery is how often a running process looks whether the log is still what it must be.
const watchEvery = 2 * time.Second

// watch looks at the log until ctx ends, and fails when the log is not what it must be any more: then nothing is appended or projected.
func (a *app) watch(ctx context.Context, p *place) error {
	return p.log.Watch(ctx, watchEvery, p.marks)
}

// watchOn looks at the log until ctx ends, and tells when it is not what it must be any more. Who only reads goes on.
func (a *app) watchOn(ctx context.Context, p *place) {
	if err := a.watch(ctx, p); err != nil {
		a.log.Error("the log is stopped", "error", err)
	}
}

// stayForReaders keeps the servers of a data directory up after the workers have stopped on a damaged log, so that others can read on, until it
// is told to stop.
func (a *app) stayForReaders(ctx context.Context, p *place, stopped error, announce func() (func(), error)) error {
	a.tellDamage(p, damaged(stopped))
	withdraw, err := announce()
	if err != nil {
		return err
	}
	defer withdraw()
	<-ctx.Done()
	return errTold
}
