package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"thidua/domain"
	"thidua/projections"
)

// Check is one thing that was verified. Detail says what was found, or the first thing that differs.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Verdict is what a verification found.
type Verdict struct {
	Position domain.Position
	Events   uint64
	Checks   []Check
}

// OK reports whether everything that was checked is right.
func (v *Verdict) OK() bool {
	return !slices.ContainsFunc(v.Checks, func(c Check) bool { return !c.OK })
}

func (v *Verdict) add(name, difference, found string) {
	if difference != "" {
		v.Checks = append(v.Checks, Check{Name: name, Detail: difference})
		return
	}
	v.Checks = append(v.Checks, Check{Name: name, OK: true, Detail: found})
}

// Verify checks the log event by event, recomputes every final ranking from it (of one season, if one is named), and compares every read
// model with a fresh replay. It changes nothing that anybody reads. An error means that it could not check; what is wrong is in the verdict.
func Verify(ctx context.Context, cfg Config, season string, tell Progress) (*Verdict, error) {
	v := &Verdict{}
	finals, err := v.checkLog(ctx, cfg)
	if err != nil || !v.OK() {
		return v, err
	}
	for _, final := range finals {
		if season != "" && final.Stream.Season != season {
			continue
		}
		if err := v.checkFinal(ctx, cfg, final); err != nil {
			return v, err
		}
	}
	for _, p := range cfg.Projections {
		difference, found, err := compare(ctx, cfg, p, tell)
		if err != nil {
			return v, err
		}
		v.add("read model "+p.Name, difference, found)
	}
	return v, nil
}

// checkLog reads the whole log once, and collects the final rankings on the way.
func (v *Verdict) checkLog(ctx context.Context, cfg Config) ([]domain.Recorded, error) {
	var finals []domain.Recorded
	report, err := cfg.Log.Check(ctx, func(r domain.Recorded) error {
		if _, ok := r.Event.(*domain.RankingFinalised); ok {
			finals = append(finals, r)
		}
		return nil
	})
	if err != nil && !errors.Is(err, domain.ErrCorrupt) {
		return nil, err
	}
	v.Position, v.Events = report.Last, report.Events
	difference := ""
	if err != nil {
		difference = err.Error()
	}
	v.add("log", difference, fmt.Sprintf("%d events, sequence, versions and times without a hole, every payload canonical", report.Events))
	return finals, nil
}

// checkFinal ranks a season again from the events that its final ranking names.
func (v *Verdict) checkFinal(ctx context.Context, cfg Config, r domain.Recorded) error {
	final := r.Event.(*domain.RankingFinalised)
	events, err := cfg.Log.Season(ctx, r.Stream.Season, final.Position)
	if err != nil {
		return err
	}
	w := domain.NewWorld(r.Stream.Season, r.RecordedTime)
	for _, e := range events {
		w.Evolve(e)
	}
	v.add("final ranking "+r.Stream.Season, domain.DifferentFinal(w, final), "recomputed, result "+final.ResultSHA256)
	return nil
}

// compare replays a projection into a schema of its own and compares every table with the live one, both as of one position: the live
// projection is held there for the moment that it takes to replay the last events.
func compare(ctx context.Context, cfg Config, p projections.Projection, tell Progress) (difference, found string, err error) {
	r, err := newReplica(ctx, cfg, p, "_verify")
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, r.drop(context.WithoutCancel(ctx))) }()
	live, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
	if err != nil {
		return "", "", err
	}
	if err := r.replay(ctx, live.Position, tell); err != nil {
		return "", "", err
	}
	err = projections.Hold(ctx, cfg.DB, p, func(ctx context.Context, position domain.Position) error {
		return r.replay(ctx, position, tell)
	}, func(ctx context.Context, q projections.Querier) error {
		difference, err = projections.Differ(ctx, q, p, r.schema)
		return err
	})
	return difference, fmt.Sprintf("equals a fresh replay up to position %d", r.checkpoint.Position), err
}
