package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"thidua/domain"
	"thidua/projections"
)

// projector carries the log into one projection, by a router of its own.
type projector struct {
	cfg        Config
	projection projections.Projection
	checkpoint *projections.Checkpoint
}

// run goes on until ctx ends, or with the error that it can't get over. Where the database was put back, it goes on from where that stands.
func (p *projector) run(ctx context.Context, source *feed) error {
	for {
		err := p.follow(ctx, source)
		if ctx.Err() != nil || !errors.Is(err, projections.ErrRewound) {
			return err
		}
		p.cfg.Logger.Warn("the database has lost what it took last; it is projected again", "projection", p.projection.Name, "error", err)
		if p.checkpoint, err = take(ctx, p.cfg, p.projection); err != nil {
			return err
		}
	}
}

// follow projects what comes behind the checkpoint.
func (p *projector) follow(ctx context.Context, source *feed) error {
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: closeTimeout}, quiet(p.cfg.Logger))
	if err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	router.AddMiddleware(stopOn(fail), retry(p.cfg.Logger), middleware.Recoverer)
	name := p.projection.Name
	stopped := func(err error) { fail(fmt.Errorf("workers: projection %s: %w", name, err)) }
	router.AddConsumerHandler(name, name, newSubscriber(source, p.checkpoint.Position, stopped), p.handler())
	err = router.Run(run)
	return cmp.Or(context.Cause(run), err)
}

// handler projects one batch.
func (p *projector) handler() message.NoPublishHandlerFunc {
	applier := p.projection.New()
	return func(msg *message.Message) error {
		events := eventsOf(msg)
		if p.checkpoint.Position < events[len(events)-1].Position { // else only the indexes failed when the batch was tried before
			if err := projections.Project(msg.Context(), p.cfg.DB, p.projection, applier, p.checkpoint, events); err != nil {
				return err
			}
		}
		return index(msg.Context(), p.cfg, p.projection, p.checkpoint)
	}
}

// index makes a projection's indexes once it is no further from the end of the log than a batch. Appends that go on meanwhile do not put it off.
func index(ctx context.Context, cfg Config, p projections.Projection, c *projections.Checkpoint) error {
	if c.Indexed {
		return nil
	}
	last, err := cfg.Log.Last(ctx)
	if err != nil || last > c.Position+domain.Position(cfg.Limit.Count) {
		return err
	}
	return projections.Index(ctx, cfg.DB, p, c)
}
