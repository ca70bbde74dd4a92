package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/projections"
)

// logPatience is how long a command that somebody waits for tries to reach the log's server. It is longer than an old leader of a log on several servers
// may give old answers.
const logPatience = 30 * time.Second

// patiently does a step that lasts while the log's server is away: in a process that stays until ctx ends, in a command for a while.
func (a *app) patiently(ctx context.Context, step func(context.Context) error) error {
	bounded, stop := ctx, context.CancelFunc(func() {})
	if !a.stays {
		bounded, stop = context.WithTimeout(ctx, logPatience)
	}
	defer stop()
	err := step(bounded)
	if err == nil || ctx.Err() != nil || bounded.Err() == nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return err
	}
	why := concealed(err.Error())
	return &failure{domain.Text{
		VI: fmt.Sprintf("Máy chủ NATS giữ sổ sự kiện không trả lời: %s. Hãy xem máy chủ có đang chạy với JetStream không và người dùng này có được phép hỏi không, rồi chạy lại lệnh.", why),
		EN: fmt.Sprintf("The NATS server that keeps the log does not answer: %s. See whether it runs, with JetStream, and whether this user may ask it, then run the command again.", why),
	}}
}

// insist does a step for which the log's server must answer.
func (a *app) insist(ctx context.Context, nc *nats.Conn, step func(context.Context) error) error {
	return a.patiently(ctx, func(ctx context.Context) error { return eventlog.Insist(ctx, nc, a.log, step) })
}

// databaseTries is how often a command that somebody waits for does what the database keeps from being done: for some three seconds.
const databaseTries = 6

// insistOnDatabase does a step for which the database must answer that was reached before: in a process that stays until ctx ends, in a command for a while.
func (a *app) insistOnDatabase(ctx context.Context, step func(context.Context) error) error {
	tries := databaseTries
	if a.stays {
		tries = 0
	}
	return projections.Insist(ctx, tries, a.log, step)
}

func (a *app) openLog(ctx context.Context, nc *nats.Conn, cfg eventlog.Config) (log *eventlog.Log, err error) {
	err = a.patiently(ctx, func(ctx context.Context) (err error) {
		log, err = eventlog.Open(ctx, nc, cfg)
		return err
	})
	return log, err
}

func (a *app) openStores(ctx context.Context, nc *nats.Conn) (stores *eventlog.Log, err error) {
	err = a.patiently(ctx, func(ctx context.Context) (err error) {
		stores, err = eventlog.OpenStores(ctx, nc, a.logConfig())
		return err
	})
	return stores, err
}
