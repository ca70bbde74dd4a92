package workers

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// Progress tells how far a long piece of work has come.
type Progress func(done, total domain.Position)

// replica is a projection built anew from the log, in a schema beside the live one.
type replica struct {
	projection projections.Projection
	schema     string
	applier    projections.Applier
	checkpoint *projections.Checkpoint
	log        *eventlog.Log
	db         *sqlx.DB
}

// newReplica makes an empty schema for a replay, in place of one that an earlier run left behind.
func newReplica(ctx context.Context, cfg Config, p projections.Projection, suffix string) (*replica, error) {
	r := &replica{projection: p, schema: p.Schema() + suffix, applier: p.New(), log: cfg.Log, db: cfg.DB}
	if err := r.drop(ctx); err != nil {
		return nil, err
	}
	if err := projections.InstallIn(ctx, cfg.DB, p, r.schema); err != nil {
		return nil, err
	}
	r.checkpoint = &projections.Checkpoint{Name: p.Name, Version: p.Version, Epoch: cfg.Log.Epoch()}
	return r, nil
}

// drop removes the replica.
func (r *replica) drop(ctx context.Context) error { return projections.Drop(ctx, r.db, r.schema) }

// replay carries the replica on to a position, from where it stands.
func (r *replica) replay(ctx context.Context, to domain.Position, tell Progress) error {
	if r.checkpoint.Position >= to {
		return nil
	}
	reader := r.log.Reader(r.checkpoint.Position)
	defer reader.Close()
	for r.checkpoint.Position < to {
		events, err := reader.Next(ctx, DefaultLimit())
		if err != nil {
			return err
		}
		if over := events[len(events)-1].Position; over > to {
			events = events[:len(events)-int(over-to)]
		}
		if err := projections.ProjectIn(ctx, r.db, r.projection, r.schema, r.applier, r.checkpoint, events); err != nil {
			return fmt.Errorf("workers: replay of %s: %w", r.projection.Name, err)
		}
		tell(r.checkpoint.Position, to)
	}
	return nil
}

// Rebuild builds a projection anew from the log beside the live one and swaps it in, in one short transaction, and returns the position it
// has come to. Whoever reads or projects meanwhile goes on. Killed at any point, it leaves the live one as it was.
func Rebuild(ctx context.Context, cfg Config, p projections.Projection, tell Progress) (domain.Position, error) {
	r, err := newReplica(ctx, cfg, p, "_rebuild")
	if err != nil {
		return 0, err
	}
	live, err := projections.LoadCheckpoint(ctx, cfg.DB, p)
	if err != nil {
		return 0, err
	}
	if err := r.replay(ctx, live.Position, tell); err != nil {
		return 0, err
	}
	if err := projections.IndexIn(ctx, cfg.DB, p, r.schema, r.checkpoint); err != nil {
		return 0, err
	}
	err = projections.Swap(ctx, cfg.DB, p, r.schema, func(ctx context.Context, live domain.Position) error {
		return r.replay(ctx, live, tell)
	})
	return r.checkpoint.Position, err
}
