package workers

import (
	"context"
	"errors"
	"time"

	"thidua/domain"
	"thidua/projections"
)

// Rebuild builds the projections of cfg anew from the log beside the live ones and swaps each in, in a short transaction of its own. It reads
// the log once for all of them. Whoever reads or projects meanwhile goes on; what was live is kept for Undo. Killed at any point, it leaves
// the live tables as they were, and goes on where it was when it is run again. It returns the lowest position that one of
// them stands at then, and fails with
// ErrConflict where somebody else rebuilds one of them.
func Rebuild(ctx context.Context, cfg Config, tell Progress) (domain.Position, error) {
	lock, err := projections.Exclude(ctx, cfg.DB, cfg.Projections, projections.Rebuilding, cfg.Owner)
	if err != nil {
		return 0, err
	}
	defer lock.Release()
	replicas := make([]*replica, len(cfg.Projections))
	for i, p := range cfg.Projections {
		if replicas[i], err = newReplica(ctx, cfg, p, projections.Rebuilding); err != nil {
			return 0, err
		}
	}
	if err := bringIn(ctx, cfg, replicas, tell); err != nil {
		return 0, err
	}
	return lowest(ctx, cfg)
}

// Undo puts back what the last rebuild of the projections of cfg has taken out, after bringing it up to the position of the live tables; what it
// takes out can be put back in the same way. Where the views show another version of a projection, they show this one again, which must have
// caught up. It fails with ErrNotFound where there is nothing to put back, and then has changed nothing.
func Undo(ctx context.Context, cfg Config, tell Progress) (domain.Position, error) {
	lock, err := projections.Exclude(ctx, cfg.DB, cfg.Projections, projections.Rebuilding, cfg.Owner)
	if err != nil {
		return 0, err
	}
	defer lock.Release()
	var replicas []*replica
	var returning []projections.Projection
	for _, p := range cfg.Projections {
		own, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
		if err != nil {
			return 0, err
		}
		if !own.Live {
			returning = append(returning, p)
			continue
		}
		r, err := takeUp(ctx, cfg, p)
		if err != nil {
			return 0, err
		}
		replicas = append(replicas, r)
	}
	if err := bringIn(ctx, cfg, replicas, tell); err != nil {
		return 0, err
	}
	for _, p := range returning {
		if err := patiently(ctx, func() error { return projections.Return(ctx, cfg.DB, p) }); err != nil {
			return 0, err
		}
	}
	return lowest(ctx, cfg)
}

// lowest is the lowest position that a projection stands at.
func lowest(ctx context.Context, cfg Config) (at domain.Position, err error) {
	for i, p := range cfg.Projections {
		c, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
		if err != nil {
			return 0, err
		}
		if i == 0 || c.Position < at {
			at = c.Position
		}
	}
	return at, nil
}

// takeUp goes on with the tables that were taken out.
func takeUp(ctx context.Context, cfg Config, p projections.Projection) (*replica, error) {
	checkpoint, err := projections.TakeUp(ctx, cfg.DB, p, projections.Former, cfg.Log.Epoch(), cfg.Owner)
	if err != nil {
		return nil, err
	}
	if err := matches(ctx, cfg.Log, p.Name, checkpoint); err != nil {
		return nil, err
	}
	return &replica{cfg: cfg, projection: p, generation: projections.Former, applier: p.New(), checkpoint: checkpoint}, nil
}

// bringIn brings replicas up to the live tables, with their indexes, and swaps them in.
func bringIn(ctx context.Context, cfg Config, replicas []*replica, tell Progress) error {
	if err := follow(ctx, cfg, replicas, tell); err != nil {
		return err
	}
	err := each(ctx, replicas, func(ctx context.Context, _ int, r *replica) error {
		return projections.IndexIn(ctx, cfg.DB, r.projection, r.projection.Beside(r.generation), r.checkpoint)
	})
	if err != nil {
		return err
	}
	for _, r := range replicas {
		if err := r.swap(ctx); err != nil {
			return err
		}
	}
	return nil
}

// swap puts the replica in the place of the live tables.
func (r *replica) swap(ctx context.Context) error {
	return patiently(ctx, func() error {
		if err := follow(ctx, r.cfg, []*replica{r}, nothing); err != nil {
			return err
		}
		return projections.Swap(ctx, r.cfg.DB, r.projection, r.generation, r.reach)
	})
}

// swapTries is how often a swap is tried while somebody reads a view for longer than it waits: with the pauses about a minute.
const swapTries = 40

// patiently tries again what a reader, or a database that is away for a moment, keeps from being done.
func patiently(ctx context.Context, do func() error) error {
	for tries := 1; ; tries++ {
		err := do()
		if err == nil || tries == swapTries || !projections.Passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(swapPause):
		}
	}
}

// swapPause lets those through who queued behind a swap that gave up.
const swapPause = time.Second

// DropOld drops what was kept for an undo of the projections of cfg, and returns the names of the schemas.
func DropOld(ctx context.Context, cfg Config) (dropped []string, err error) {
	lock, err := projections.Exclude(ctx, cfg.DB, cfg.Projections, projections.Rebuilding, cfg.Owner)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	for _, p := range cfg.Projections {
		schemas, err := projections.DropFormer(ctx, cfg.DB, p)
		if err != nil {
			return nil, err
		}
		dropped = append(dropped, schemas...)
	}
	return dropped, nil
}

// renew builds tables of another definition anew beside the ones that are there, which serve meanwhile.
func (p *projector) renew(s projections.Session) error {
	outdated, err := projections.Outdated(p.soft, s, p.projection)
	if err != nil || !outdated {
		return err
	}
	p.cfg.Logger.Warn("a projection's tables are of another definition; they are built anew", "projection", p.projection.Name)
	alone := p.cfg
	alone.Projections = []projections.Projection{p.projection}
	if _, err := Rebuild(p.soft, alone, nothing); err != nil {
		return err
	}
	p.checkpoint, err = projections.Claim(p.soft, s, p.projection, p.cfg.Log.Epoch(), p.seat.lease)
	return err
}
