// Command consumer is an example for teams that follow the events of thidua: it reads a durable consumer of the stream EMULATION into a Postgres of its
// own, so that each event has its effect exactly once and in order, however often either side is killed, and an import shows only when it is whole.
//
// What is to be copied is in reader.go; effect.go is what you would write yourself. docs/subscribing.md says why it is as it is.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/lib/pq"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// settings are what the operator of thidua and that of the database have given.
type settings struct {
	server, key, consumer, database string
	batch                           int
	until                           uint64
}

func main() {
	var s settings
	flag.StringVar(&s.server, "server", "nats://127.0.0.1:4222", "where analysts come in")
	flag.StringVar(&s.key, "nkey", "", "file with the secret key that thidua consumer add printed")
	flag.StringVar(&s.consumer, "consumer", "", "name of the durable consumer, such as analyst-so-noi-vu")
	flag.StringVar(&s.database, "database", os.Getenv("READER_DATABASE_URL"), "Postgres to write to (READER_DATABASE_URL)")
	flag.IntVar(&s.batch, "batch", 500, "how many events have their effect in one transaction, at most")
	flag.Uint64Var(&s.until, "until", 0, "end when this position has been read; 0 goes on for ever")
	flag.Parse()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s, log); err != nil && ctx.Err() == nil {
		log.Error("stopped", "error", err)
		stop()
		os.Exit(1) //nolint:gocritic // there is nothing more to give back
	}
}

// run reads until it is told to stop, or has read enough, or meets what no trying again would mend.
func run(ctx context.Context, s settings, log *slog.Logger) error {
	if s.key == "" || s.consumer == "" || s.database == "" || s.batch < 1 {
		return errors.New("needed: --nkey FILE, --consumer NAME, --database URL, and a --batch of at least 1")
	}
	key, err := nats.NkeyOptionFromSeed(s.key)
	if err != nil {
		return err
	}
	nc, err := nats.Connect(s.server, key, nats.Name("thidua example consumer"), nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond), nats.RetryOnFailedConnect(true))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	db, err := sql.Open("postgres", s.database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return keepOn(ctx, log, func() (bool, error) {
		r, err := open(ctx, js, db, s)
		if err != nil {
			return false, err
		}
		return r.read(ctx, s.until)
	})
}

// keepOn tries again after a moment whatever fails, such as a server or a database that is away, but what is damage. Trying again is safe at any point: what
// was not committed has had no effect, and what was committed has no second one.
func keepOn(ctx context.Context, log *slog.Logger, do func() (done bool, err error)) error {
	for {
		done, err := do()
		if done || errors.Is(err, errDamage) || ctx.Err() != nil {
			return err
		}
		log.Warn("trying again", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(250 * time.Millisecond):
		}
	}
}
