package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"thidua/domain"
	"thidua/projections"
)

// projector carries the log into one projection, by a router of its own.
type projector struct {
	cfg        Config
	source     *feed
	projection projections.Projection
	seat       *seat
	soft       context.Context // ends when no further batch is to begin
	hard       context.Context // ends when the batch under way is to be broken off
	noted      *noted

	batch      sync.Mutex // held while a batch is under way
	checkpoint *projections.Checkpoint
}

// logFault is a failure of the log, and not of the projection that met it.
type logFault struct{ err error }

func (e *logFault) Error() string { return e.err.Error() }
func (e *logFault) Unwrap() error { return e.err }

// serve takes the projection up where it stands, and follows the log.
func (p *projector) serve() error {
	if err := p.takeUp(p.hard); err != nil {
		p.seat.leave()
		return err
	}
	return p.follow()
}

// takeUp installs the projection, claims it, and judges whether the log is the one that it was made from.
func (p *projector) takeUp(ctx context.Context) error {
	conn, err := p.seat.take(ctx)
	if err != nil {
		return err
	}
	if err := projections.Install(ctx, conn, p.projection); err != nil {
		return err
	}
	p.checkpoint, err = projections.Claim(ctx, conn, p.projection, p.cfg.Log.Epoch(), p.seat.lease)
	if err != nil {
		return p.blame(ctx, conn, err)
	}
	if err := matches(ctx, p.cfg.Log, p.projection.Name, p.checkpoint); err != nil {
		return p.blame(ctx, conn, err)
	}
	if err := p.renew(conn); err != nil {
		return err
	}
	if err := p.index(ctx, conn); err != nil { // where a crash came between the last batch and the indexes
		return err
	}
	return p.resumeAtEnd(ctx)
}

// blame says whose fault it is that checkpoint and log disagree: the log's, where the checkpoint is one that readers see. Another may be left of a log
// before this one.
func (p *projector) blame(ctx context.Context, q projections.Querier, err error) error {
	if !errors.Is(err, domain.ErrCorrupt) {
		return err
	}
	stored, loadErr := projections.LoadCheckpoint(ctx, q, p.projection)
	if loadErr == nil && stored.Live {
		return &logFault{err}
	}
	return errors.Join(err, loadErr)
}

// resumeAtEnd takes back that the projection is paused where nothing is left to do.
func (p *projector) resumeAtEnd(ctx context.Context) error {
	last, err := p.cfg.Log.Last(ctx)
	if err != nil {
		return &logFault{err}
	}
	if last > p.checkpoint.Position {
		return nil
	}
	return p.resume(ctx)
}

// resume takes back that the projection is paused.
func (p *projector) resume(ctx context.Context) error {
	if !p.noted.paused.Load() {
		return nil
	}
	if err := p.seat.lease.Resume(ctx, p.cfg.Leases); err != nil {
		return err
	}
	p.noted.paused.Store(false)
	return nil
}

// follow projects what comes behind the checkpoint, until it is asked to stop or with the error that it can't get over.
func (p *projector) follow() error {
	run, fail := context.WithCancelCause(p.soft)
	defer fail(nil)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 2 * p.cfg.Grace}, quiet(p.cfg.Logger))
	if err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	router.AddMiddleware(stopOn(fail, "projection"), retry(p.cfg.Logger), middleware.Recoverer)
	name := p.projection.Name
	stopped := func(err error) { fail(fmt.Errorf("workers: projection %s: %w", name, &logFault{err})) }
	router.AddConsumerHandler(name, name, newSubscriber(p.hard, p.source, p.checkpoint.Position, stopped), p.handler())
	err = router.Run(run)
	p.batch.Lock() // the router does not wait for ever
	defer p.batch.Unlock()
	return cmp.Or(context.Cause(run), err)
}

// handler projects one batch. After a failure it goes on in a new session.
func (p *projector) handler() message.NoPublishHandlerFunc {
	applier := p.projection.New()
	return func(msg *message.Message) error {
		p.batch.Lock()
		defer p.batch.Unlock()
		events := eventsOf(msg)
		ended := p.cfg.observe(p.projection.Name, len(events))
		err := p.project(msg.Context(), applier, events)
		ended(err)
		if err != nil {
			p.seat.leave()
			return err
		}
		p.noted.progress.Store(true)
		return p.resume(msg.Context())
	}
}

func (p *projector) project(ctx context.Context, applier projections.Applier, events []domain.Recorded) error {
	conn, err := p.seat.take(ctx)
	if err != nil {
		return err
	}
	if p.checkpoint.Position < events[len(events)-1].Position { // else only what comes after failed when the batch was tried before
		if err := projections.Project(ctx, conn, p.projection, applier, p.checkpoint, events); err != nil {
			return err
		}
	}
	return p.index(ctx, conn)
}

// index makes a projection's indexes once it is no further from the end of the log than a batch. Appends that go on meanwhile do not put it off.
// Only then does a new version come into the place of an older one.
func (p *projector) index(ctx context.Context, s projections.Session) error {
	if !p.checkpoint.Indexed {
		last, err := p.cfg.Log.Last(ctx)
		if err != nil {
			return &logFault{err}
		}
		if last > p.checkpoint.Position+domain.Position(p.cfg.Limit.Count) {
			return nil
		}
		if err := projections.Index(ctx, s, p.projection, p.checkpoint); err != nil {
			return err
		}
	}
	return projections.GoLive(ctx, s, p.projection, p.checkpoint)
}
