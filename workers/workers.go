package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// Config is what the workers work on.
type Config struct {
	Log         *eventlog.Log
	DB          *sqlx.DB
	Projections []projections.Projection
	// Owner names this process in the checkpoints that it moves.
	Owner string
	// Limit bounds a batch; its zero value means DefaultLimit.
	Limit  eventlog.Limit
	Logger *slog.Logger
}

// DefaultLimit lets a batch grow while a projection catches up and go at once while it is live.
func DefaultLimit() eventlog.Limit {
	return eventlog.Limit{Count: 2000, Bytes: 8 << 20, Linger: 5 * time.Millisecond}
}

// Run projects the log until ctx ends, and then returns nil when all work has stopped. Where one projection can't go on, all stop, and the
// error says which and why: domain.ErrCorrupt where the log or a checkpoint is not what it must be, domain.ErrConflict where another
// process has taken a projection over, domain.ErrUnknownEvent where a newer version wrote the log.
func Run(ctx context.Context, cfg Config) error {
	cfg.Limit = orDefault(cfg.Limit)
	var all []*projector
	for _, p := range cfg.Projections {
		checkpoint, err := take(ctx, cfg, p)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		all = append(all, &projector{cfg, p, checkpoint})
	}
	group, run := errgroup.WithContext(ctx)
	source := newFeed(run, cfg.Log, cfg.Limit)
	defer source.close()
	for _, p := range all {
		group.Go(func() error { return p.run(run, source) })
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// closeTimeout is how long a batch under way may take to end when the workers stop.
const closeTimeout = 20 * time.Second

// take installs a projection, claims it, and judges whether the log is the one that it was made from. For a database that is away it waits.
func take(ctx context.Context, cfg Config, p projections.Projection) (*projections.Checkpoint, error) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		checkpoint, err := takeOnce(ctx, cfg, p)
		if err == nil || !projections.Passing(err) {
			return checkpoint, err
		}
		cfg.Logger.Warn("a projection can't be taken up yet", "projection", p.Name, "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// The pauses between two tries at the database: short at first, since most troubles are.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = 5 * time.Second
)

func takeOnce(ctx context.Context, cfg Config, p projections.Projection) (*projections.Checkpoint, error) {
	if err := projections.Install(ctx, cfg.DB, p); err != nil {
		return nil, err
	}
	checkpoint, err := projections.Claim(ctx, cfg.DB, p, cfg.Log.Epoch(), cfg.Owner)
	if err != nil {
		return nil, err
	}
	if err := matches(ctx, cfg.Log, p.Name, checkpoint); err != nil {
		return nil, err
	}
	return checkpoint, index(ctx, cfg, p, checkpoint) // where a crash came between the last batch and the indexes
}

// matches judges whether the log is the one that a checkpoint was made on: it still holds the very event that was projected last.
func matches(ctx context.Context, log *eventlog.Log, name string, c *projections.Checkpoint) error {
	if c.Position == 0 {
		return nil
	}
	last, err := log.Last(ctx)
	if err != nil {
		return err
	}
	if last < c.Position {
		return fmt.Errorf("workers: projection %s stands at position %d, the log ends at %d: events %d to %d are lost or the log is another one: %w",
			name, c.Position, last, last+1, c.Position, domain.ErrCorrupt)
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

// stopOn stops all work with the error that a handler could not get over.
func stopOn(fail context.CancelCauseFunc) message.HandlerMiddleware {
	return func(handle message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			produced, err := handle(msg)
			if err != nil && !errors.Is(err, context.Canceled) {
				fail(fmt.Errorf("workers: projection %s, %w", msg.UUID, err))
			}
			return produced, err
		}
	}
}

// retry tries a batch again, for as long as the database may come back. What another try can't mend stops the work at once.
func retry(logger *slog.Logger) message.HandlerMiddleware {
	const tries = 1 << 20
	return middleware.Retry{
		MaxRetries:      tries,
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

func orDefault(limit eventlog.Limit) eventlog.Limit {
	if limit == (eventlog.Limit{}) {
		return DefaultLimit()
	}
	return limit
}
