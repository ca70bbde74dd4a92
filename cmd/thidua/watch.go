package main

import (
	"context"
	"slices"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
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

// A round of reading the log again takes about a quarter of an hour for a million events, and little of the machine.
const (
	scrubRun   = 1000
	scrubPause = time.Second
	scrubRest  = 10 * time.Minute
)

// scrub reads the log again, round after round, and compares it with the audit trail, until ctx ends. It fails when the log has lost something.
func (a *app) scrub(ctx context.Context, p *place) error {
	return p.log.Scrub(ctx, eventlog.Scrubbing{Digests: p.digests, Run: scrubRun, Pause: scrubPause, Rest: scrubRest})
}

// digests is what the audit trail says of the log's bytes, nothing while there is none.
func (p *place) digests(ctx context.Context, from, to domain.Position) ([]eventlog.Digest, error) {
	marks, err := p.marks(ctx)
	if audited := slices.ContainsFunc(marks, func(m eventlog.Mark) bool { return m.By == readModel("audit") }); err != nil || !audited {
		return nil, err
	}
	rows, err := projections.AuditDigests(ctx, p.db, from, to)
	all := make([]eventlog.Digest, len(rows))
	for i, row := range rows {
		all[i] = eventlog.Digest(row)
	}
	return all, err
}
