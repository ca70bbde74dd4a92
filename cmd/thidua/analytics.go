package main

import (
	"context"
	"errors"
	"time"

	"thidua/analytics"
)

const (
	// analyticsEvery is how often a running process looks after the analytics views and who reads them.
	analyticsEvery = 2 * time.Second
	// analystLimit is how long an analyst's transaction may last.
	analystLimit = 15 * time.Minute
)

// tendAnalytics makes the analytics views as soon as what they stand on is there, and ends what an analyst lets go on for too long, until ctx ends.
func (a *app) tendAnalytics(ctx context.Context, p *place) error {
	a.regularly(ctx, analyticsEvery, "the analytics views are not looked after", func() error { return a.tendAnalyticsOnce(ctx, p) })
	return nil
}

func (a *app) tendAnalyticsOnce(ctx context.Context, p *place) error {
	ended, overdue := analytics.EndOverdue(ctx, p.db, analystLimit) // first: one of them can be in the way of the views
	if ended > 0 {
		a.log.Warn("ended sessions of analysts whose transaction took too long", "sessions", ended, "limit", analystLimit)
	}
	err := analytics.Install(ctx, p.db)
	if errors.Is(err, analytics.ErrNotYet) {
		err = nil
	}
	return errors.Join(overdue, err)
}

// analysing opens the place with the analytics views in it, brought to the end of the log, and does something there.
func (a *app) analysing(ctx context.Context, cmd string, do func(*place) error) error {
	return a.reading(ctx, cmd, func(p *place) error {
		if err := analytics.Install(ctx, p.db); err != nil {
			return err
		}
		return do(p)
	})
}
