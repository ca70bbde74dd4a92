package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// Config is what the workers work on.
type Config struct {
	Log         *eventlog.Log
	DB          *sqlx.DB
	Projections []projections.Projection
	// Owner names this process, and no other that ever runs, in its leases.
	Owner string
	// Limit bounds a batch; its zero value means DefaultLimit.
	Limit  eventlog.Limit
	Logger *slog.Logger

	// Leases is the database again, by connections that give up soon, for what keeps the leases; nil means DB.
	Leases *sqlx.DB
	// Term is how long a lease holds that is not renewed; 0 means defaultTerm. It is renewed four times as often.
	Term time.Duration
	// Grace is how long a batch under way may take to end when its worker stops; 0 means defaultGrace.
	Grace time.Duration
	// Alone says that whoever has worked on the database before is dead, so that its leases need not run out.
	Alone bool

	// Sealed is what was signed of the log, for Verify; nil where nothing was.
	Sealed *Sealed
	// Sealing is done beside the projections, from the same reading of the log; nil where another process does it. Its Log, Limit and Logger
	// are those of this config.
	Sealing *Sealing

	// Observe is told of each batch that a projection is about to take; what it returns is told how that ended. It is called from many goroutines at
	// once. Nil where nobody watches.
	Observe func(projection string, events int) (ended func(error))
}

const (
	// defaultTerm lets another process take over from one that is dead, stopped or cut off within six seconds, and outlasts a short trouble.
	defaultTerm = 4500 * time.Millisecond
	// renewals is how often a lease is renewed within its term.
	renewals = 4
	// defaultGrace is enough for any batch; indexes that are being made are made another time.
	defaultGrace = 5 * time.Second
)

// observe tells who watches of a batch, and returns what is to be told how it ended.
func (cfg Config) observe(projection string, events int) (ended func(error)) {
	if cfg.Observe == nil {
		return func(error) {}
	}
	return cfg.Observe(projection, events)
}

// DefaultLimit lets a batch grow while a projection catches up and go at once while it is live.
func DefaultLimit() eventlog.Limit {
	return eventlog.Limit{Count: 5000, Bytes: 8 << 20, Linger: 5 * time.Millisecond}
}

// Run takes its share of the projections and carries the log into them until ctx ends, gives them back, and then returns nil. Any number of
// processes may run; each projection has one of them at a time. One that can't go on is paused and tried again, and holds back no other; why
// is in its lease. The error is of kind domain.ErrCorrupt where the log itself is not what it must be: then nothing goes on.
func Run(ctx context.Context, cfg Config) error {
	cfg = cfg.filled()
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	source := newFeed(run, cfg.Log, cfg.Limit)
	defer source.close()
	var sealer sync.WaitGroup
	if cfg.Sealing != nil {
		sealer.Go(func() { sealing(run, *cfg.Sealing, source, fail) })
	}
	err := newKeeper(run, cfg, source, fail).run(run)
	if err != nil {
		fail(err)
	}
	sealer.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return cmp.Or(err, context.Cause(run))
}

func (cfg Config) filled() Config {
	cfg.Term, cfg.Grace = cmp.Or(cfg.Term, defaultTerm), cmp.Or(cfg.Grace, defaultGrace)
	cfg.Leases = cmp.Or(cfg.Leases, cfg.DB)
	if cfg.Limit == (eventlog.Limit{}) {
		cfg.Limit = DefaultLimit()
	}
	if cfg.Sealing != nil {
		sealing := *cfg.Sealing
		sealing.Log, sealing.Limit, sealing.Logger = cfg.Log, cfg.Limit, cfg.Logger
		cfg.Sealing = &sealing
	}
	return cfg
}

// matches judges whether the log is the one that a checkpoint was made on: it still holds the very event that was projected last.
func matches(ctx context.Context, log *eventlog.Log, name string, c *projections.Checkpoint) error {
	if c.Position == 0 {
		return nil
	}
	if _, err := log.Reaches(ctx, c.Position); err != nil {
		return fmt.Errorf("workers: projection %s stands at position %d: %w", name, c.Position, err)
	}
	event, err := log.At(ctx, c.Position)
	if err != nil {
		return err
	}
	if event.ID != c.EventID {
		return fmt.Errorf("workers: projection %s was at event %s at position %d, the log holds %s there: %w", name, c.EventID, c.Position, event.ID, domain.ErrCorrupt)
	}
	return nil
}

// stopOn ends the following of the log with the error that a handler could not get over.
func stopOn(fail context.CancelCauseFunc, what string) message.HandlerMiddleware {
	return func(handle message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			produced, err := handle(msg)
			if err != nil && !errors.Is(err, context.Canceled) {
				fail(fmt.Errorf("workers: %s %s, %w", what, msg.UUID, err))
			}
			return produced, err
		}
	}
}

// The quick tries of one batch: most troubles of a database are over at once. What they do not get over is the supervisor's.
const (
	quickTries   = 5
	firstPause   = 50 * time.Millisecond
	longestPause = 800 * time.Millisecond
)

// retry tries a batch again where the database may be back. What another try can't mend is given on at once.
func retry(logger *slog.Logger) message.HandlerMiddleware {
	return middleware.Retry{
		MaxRetries:      quickTries,
		InitialInterval: firstPause,
		MaxInterval:     longestPause,
		Multiplier:      2,
		ShouldRetry:     func(p middleware.RetryParams) bool { return projections.Passing(p.Err) },
		Logger:          quiet(logger),
	}.Middleware
}

// quiet gives Watermill the logger, with its routine moved out of sight.
func quiet(logger *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
}
