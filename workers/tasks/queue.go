package tasks

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config is what the queue stands on.
type Config struct {
	NATS *nats.Conn
	DB   *sqlx.DB
	// Rand gives the chance of ids and of jitter: crypto/rand's Reader everywhere but in tests.
	Rand   io.Reader
	Logger *slog.Logger
	// Replicas is on how many servers the queue and its store are kept where they are made now; 0 is 1.
	Replicas int
	// Dir is where what a task makes or takes lies while it does; "" is the machine's folder for such files. Nothing has a name there.
	Dir string
	// Keep is how long results are kept where the store is made now; 0 is seven days. A store that is there knows it itself.
	Keep time.Duration
	// Pace is how fast the queue turns; the zero value is right but for tests.
	Pace Pace
	// Observe is told of each run that has ended, and how; nil where nobody watches.
	Observe func(kind string, took time.Duration, end State)
	// Now is the clock that runs are measured by, and nothing else.
	Now func() time.Time
}

// Pace is how fast the queue turns. What is 0 has its default.
type Pace struct {
	// Ack is how long a worker may be silent before its task is another's: ten seconds. It says that it lives four times as often.
	Ack time.Duration
	// Sweep is how often it is looked for what is due and not on the queue: every second.
	Sweep time.Duration
	// Pause is the shortest pause before what failed is tried again: five seconds. Each further one is twice as long, up to an hour.
	Pause time.Duration
}

func (p Pace) filled() Pace {
	return Pace{Ack: cmp.Or(p.Ack, 10*time.Second), Sweep: cmp.Or(p.Sweep, time.Second), Pause: cmp.Or(p.Pause, 5*time.Second)}
}

// keepResults is how long a result is kept where nobody says otherwise.
const keepResults = 7 * 24 * time.Hour

// Queue is the queue of one installation. Its methods can be called from any number of goroutines.
type Queue struct {
	cfg    Config
	js     jetstream.JetStream
	stream jetstream.Stream
	files  *store
}

// Open returns the queue of the server that the connection is to, and makes its stream and its store where there are none. It starts nothing.
func Open(ctx context.Context, cfg Config) (*Queue, error) {
	cfg.Pace, cfg.Keep, cfg.Replicas = cfg.Pace.filled(), cmp.Or(cfg.Keep, keepResults), max(cfg.Replicas, 1)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return time.Time{} }
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, time.Duration, State) {}
	}
	js, err := jetstream.New(cfg.NATS)
	if err != nil {
		return nil, fmt.Errorf("tasks: open: %w", err)
	}
	q := &Queue{cfg: cfg, js: js}
	if q.stream, err = openStream(ctx, js, streamConfig(cfg)); err != nil {
		return nil, fmt.Errorf("tasks: open: %w", err)
	}
	if q.files, err = openStore(ctx, js, q); err != nil {
		return nil, fmt.Errorf("tasks: open: %w", err)
	}
	q.cfg.Keep = q.files.stream.CachedInfo().Config.MaxAge
	return q, nil
}
