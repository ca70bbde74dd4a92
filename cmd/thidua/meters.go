package main

import (
	"context"
	"runtime/debug"
	"time"

	"thidua/domain"
	"thidua/projections"
	"thidua/web"
)

// build tells which program this is, as far as the toolchain has noted it.
func build() web.Build {
	b := web.Build{Version: "unknown", Revision: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}

// observe measures a batch of a projection.
func (a *app) observe(projection string, events int) (ended func(error)) {
	begun := a.now()
	return func(err error) { a.meters.Projected(projection, events, a.now().Sub(begun), err) }
}

// Figures implements web.Record.
func (s *served) Figures(ctx context.Context) (web.Figures, error) {
	status, err := s.look(ctx)
	if err != nil {
		return web.Figures{}, err
	}
	now := web.Figures{Position: status.Position, Ready: len(s.reasons(status)) == 0, Stopped: status.Stopped != nil, Workers: status.Workers}
	if status.Seal != nil {
		now.Seal = &web.SealFigures{Size: status.Seal.Size, Lag: status.Seal.Lag, Age: s.app.now().Sub(status.Seal.Published)}
		if w := status.Seal.Witnessed; w != nil {
			now.Seal.Witnessed = &w.Size
		}
	}
	for _, p := range status.Projections {
		switch {
		case p.Live:
			now.Projections = append(now.Projections, web.ProjectionFigures{
				Name: p.Name, Lag: p.Lag, Age: p.age, Parked: p.Parked, Paused: p.Paused != nil,
			})
		case p.State == stateBuilding:
			now.Rebuilds = append(now.Rebuilds, web.RebuildFigures{Name: p.Name, Version: p.Version, Position: p.Position})
		}
	}
	if now.Webhooks, err = s.app.webhookFigures(ctx, s.place); err != nil {
		return web.Figures{}, err
	}
	if now.Tasks, err = s.place.taskFigures(ctx); err != nil {
		return web.Figures{}, err
	}
	rebuilds, err := projections.Rebuilds(ctx, s.place.db)
	for _, c := range rebuilds {
		now.Rebuilds = append(now.Rebuilds, web.RebuildFigures{Name: c.Name, Version: c.Version, Position: c.Position})
	}
	return now, err
}

// look asks how the record stands, and how old the oldest event is that each live projection does not have yet.
func (s *served) look(ctx context.Context) (*statusAnswer, error) {
	status, err := s.app.look(ctx, s.place)
	if err != nil {
		return nil, err
	}
	ages := map[domain.Position]time.Duration{}
	for i, p := range status.Projections {
		if !p.Live || p.Lag == 0 {
			continue
		}
		next := p.Position + 1
		if _, known := ages[next]; !known {
			event, err := s.place.log.At(ctx, next)
			if err != nil {
				return nil, err
			}
			if event.Fault == nil { // what is no event does not say when it came
				ages[next] = max(0, s.app.now().Sub(event.RecordedTime))
			}
		}
		status.Projections[i].age = ages[next]
	}
	return status, nil
}
