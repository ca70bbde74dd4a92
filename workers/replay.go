package workers

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/projections"
)

// Progress tells how far a long piece of work has come.
type Progress func(done, total domain.Position)

// replica is a projection in tables beside the live ones, which a replay of the log fills. Nothing but these tables is touched: what follows from
// an event outside of them follows from the live generation alone.
type replica struct {
	cfg        Config
	projection projections.Projection
	generation projections.Generation
	applier    projections.Applier
	checkpoint *projections.Checkpoint
	target     domain.Position // how far it is to go for now
}

// newReplica goes on with a generation that an earlier run left, where it was made from this log and stands no further than the live tables, and
// begins it anew else.
func newReplica(ctx context.Context, cfg Config, p projections.Projection, g projections.Generation) (*replica, error) {
	r := &replica{cfg: cfg, projection: p, generation: g, applier: p.New()}
	live, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
	if err != nil {
		return nil, err
	}
	if r.checkpoint, err = projections.Resume(ctx, cfg.DB, p, g, cfg.Log.Epoch(), cfg.Owner); err != nil {
		return nil, err
	}
	err = matches(ctx, cfg.Log, p.Name, r.checkpoint)
	switch {
	case errors.Is(err, domain.ErrCorrupt), r.checkpoint.Position > live.Position:
		if err := r.drop(ctx); err != nil {
			return nil, err
		}
		r.checkpoint, err = projections.Resume(ctx, cfg.DB, p, g, cfg.Log.Epoch(), cfg.Owner)
		return r, err
	}
	return r, err
}

// drop removes the replica.
func (r *replica) drop(ctx context.Context) error {
	return projections.Drop(ctx, r.cfg.DB, r.projection.Beside(r.generation))
}

// take implements taker, from where the replica stands up to its target.
func (r *replica) take(ctx context.Context, events []domain.Recorded) error {
	first, last := events[0].Position, min(events[len(events)-1].Position, r.target)
	if last <= r.checkpoint.Position {
		return nil
	}
	from := max(r.checkpoint.Position+1, first)
	due := events[from-first : last+1-first]
	if err := projections.ProjectIn(ctx, r.cfg.DB, r.projection, r.projection.Beside(r.generation), r.applier, r.checkpoint, due); err != nil {
		return fmt.Errorf("workers: replay of %s: %w", r.projection.Name, err)
	}
	return nil
}

// reach carries the replica on to a position.
func (r *replica) reach(ctx context.Context, to domain.Position) error {
	r.target = to
	return carry(ctx, r.cfg, []*replica{r}, nothing)
}

func nothing(_, _ domain.Position) {}

// carry brings every replica to its target by one reading of the log.
func carry(ctx context.Context, cfg Config, replicas []*replica, tell Progress) error {
	from, to := replicas[0].checkpoint.Position, domain.Position(0)
	takers := make([]taker, len(replicas))
	for i, r := range replicas {
		takers[i] = r
		from, to = min(from, r.checkpoint.Position), max(to, r.target)
	}
	if from >= to {
		return nil
	}
	convoy := newConvoy(ctx, takers)
	err := read(ctx, cfg, from, to, func(events []domain.Recorded) error {
		tell(min(to, events[0].Position-1), to)
		return convoy.send(events)
	})
	if failed := convoy.end(); failed != nil {
		return failed
	}
	if err == nil {
		tell(to, to)
	}
	return err
}

// read visits the batches of the log behind a position, until one holds another.
func read(ctx context.Context, cfg Config, from, to domain.Position, visit func([]domain.Recorded) error) error {
	reader := cfg.Log.Reader(from)
	defer reader.Close()
	for from < to {
		events, err := reader.Next(ctx, cfg.filled().Limit)
		if err == nil {
			err = visit(events)
		}
		if err != nil {
			return err
		}
		from = events[len(events)-1].Position
	}
	return nil
}

// near is how far a replica may be from the live tables when these are held for it: some hundredths of a second.
const near = 500

// follow carries replicas on until each is near the live tables, which go on meanwhile.
func follow(ctx context.Context, cfg Config, replicas []*replica, tell Progress) error {
	for {
		behind := false
		for _, r := range replicas {
			live, err := projections.LoadCheckpoint(ctx, cfg.DB, r.projection)
			if err != nil {
				return err
			}
			r.target = live.Position
			behind = behind || r.target > r.checkpoint.Position+near
		}
		if !behind {
			return nil
		}
		if err := carry(ctx, cfg, replicas, tell); err != nil {
			return err
		}
	}
}

// each does something with every replica, as many at a time as there are processors.
func each(ctx context.Context, replicas []*replica, do func(context.Context, int, *replica) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	for i, r := range replicas {
		group.Go(func() error { return do(ctx, i, r) })
	}
	return group.Wait()
}
