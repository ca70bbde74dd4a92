package webhooks

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/eventlog"
)

// Config is what webhooks stand on.
type Config struct {
	Log *eventlog.Log
	DB  *sqlx.DB
	// Now is the clock of signatures, pauses and expiries. Processes that work on the same endpoints have about the same.
	Now func() time.Time
	// Rand gives the bytes of secrets: crypto/rand's Reader everywhere but in tests.
	Rand io.Reader
	// Jitter draws a time below its argument: math/rand/v2's N.
	Jitter func(time.Duration) time.Duration
	Logger *slog.Logger
	// Resolver finds the addresses of endpoints, nil for the machine's own.
	Resolver *net.Resolver
	// Roots are the authorities that endpoints' certificates come from, nil for the machine's own.
	Roots *x509.CertPool
	// Pace is how fast deliveries are tried; the zero value is right but for tests.
	Pace Pace
	// Observe is told of each attempt that was noted, with the outcome as in the delivery log; nil where nobody watches.
	Observe func(outcome string, took time.Duration)
}

// Webhooks are the endpoints of one installation. Its methods can be called from any number of goroutines.
type Webhooks struct{ cfg Config }

// New returns the webhooks of a log and a database. It starts nothing.
func New(cfg Config) *Webhooks {
	cfg.Pace = cfg.Pace.filled()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Observe == nil {
		cfg.Observe = func(string, time.Duration) {}
	}
	return &Webhooks{cfg}
}
