package main

import (
	"context"
	"errors"
	"time"

	"thidua/analytics"
)

// analyticsEvery is how often a running process looks after the analytics views.
const analyticsEvery = 2 * time.Second

// tendAnalytics makes the analytics views as soon as what they stand on is there, and goes on looking after them until ctx ends.
func (a *app) tendAnalytics(ctx context.Context, p *place) error {
	a.regularly(ctx, analyticsEvery, "the analytics views are not looked after", func() error { return a.tendAnalyticsOnce(ctx, p) })
	return nil
}

func (a *app) tendAnalyticsOnce(ctx context.Context, p *place) error {
	if err := analytics.Install(ctx, p.db); !errors.Is(err, analytics.ErrNotYet) {
		return err
	}
	return nil
}
