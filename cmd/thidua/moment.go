package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

// moment is when a ranking is asked for: what had happened by then, and what the log held by then.
type moment struct {
	at       string
	knownAt  string
	position uint64
}

func (m *moment) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&m.at, "at", "", "as of this time, such as 2019-10-31T23:59:59+07:00")
	cmd.Flags().StringVar(&m.knownAt, "known-at", "", "from what the log held at this time")
	cmd.Flags().Uint64Var(&m.position, "position", 0, "from the log up to this position")
	cmd.MarkFlagsMutuallyExclusive("known-at", "position")
}

// world folds a season's events up to the position that the moment names, and returns that position.
func (a *app) world(ctx context.Context, p *place, season string, m moment) (*domain.World, domain.Position, error) {
	upTo, err := a.upTo(ctx, p, m)
	if err != nil {
		return nil, 0, err
	}
	w := domain.NewWorld(season, a.now())
	if upTo > 0 {
		events, err := p.log.Season(ctx, season, upTo)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range events {
			w.Evolve(r)
		}
	}
	if w.Season.Draft == nil {
		return nil, 0, a.noSeason(domain.ErrNotFound, season)
	}
	return w, upTo, nil
}

// ranked is world, for a season that has a ranking at that moment; why it has none is told.
func (a *app) ranked(ctx context.Context, p *place, season string, m moment) (*domain.World, domain.Position, error) {
	ranking, err := a.ranking(ctx, p, season, m)
	if err != nil {
		return nil, 0, err
	}
	if err := a.incomplete(ranking); err != nil {
		return nil, 0, err
	}
	return a.world(ctx, p, season, m)
}

// time returns the moment that is asked for, the world's own where none is.
func (m moment) time(w *domain.World) (time.Time, error) {
	if m.at == "" {
		return w.Now, nil
	}
	return parseFlag("--at", m.at)
}

// parseFlag reads the time that a flag gives.
func parseFlag(flag, text string) (time.Time, error) {
	asked, err := domain.ParseInstant(text)
	if err != nil {
		return time.Time{}, &usageError{domain.Text{VI: flag + ": " + err.Error(), EN: flag + ": " + err.Error()}}
	}
	return asked.Time(), nil
}

// upTo is the last position of the log that the moment lets be seen.
func (a *app) upTo(ctx context.Context, p *place, m moment) (domain.Position, error) {
	last, err := p.log.Last(ctx)
	switch {
	case err != nil:
		return 0, err
	case m.position > last:
		return 0, &failure{domain.Text{
			VI: fmt.Sprintf("Sổ sự kiện mới đến vị trí %d.", last), EN: fmt.Sprintf("The log is only at position %d.", last),
		}}
	case m.position > 0:
		return m.position, nil
	case m.knownAt == "":
		return last, nil
	}
	known, err := parseFlag("--known-at", m.knownAt)
	if err != nil {
		return 0, err
	}
	return projections.PositionAt(ctx, p.db, known)
}
