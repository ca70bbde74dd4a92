package tasks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

// closeLimit is how long the runs under way may take to end once the process is to stop; the row says that they are another's then.
const closeLimit = 15 * time.Second

// Work does tasks of some kinds until ctx ends, and keeps the queue filled; then it puts back what is under way and returns nil. Any number of processes
// may work. The owner names this process, and no other that ever runs. A queue or a database that is away is waited for.
func (q *Queue) Work(ctx context.Context, owner string, kinds ...Kind) error {
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() { q.sweeping(ctx) })
	beside.Go(func() { q.tidying(ctx) })
	if len(kinds) == 0 { // a router without handlers waits for one for ever
		<-ctx.Done()
		return nil
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: closeLimit}, quiet(q.cfg.Logger))
	if err != nil {
		return fmt.Errorf("tasks: %w", err)
	}
	for _, k := range kinds {
		w := worker{queue: q, kind: k, owner: owner}
		router.AddConsumerHandler(k.Name, k.Name, newSubscriber(q, k.Name, k.AtOnce), w.take)
	}
	if err := router.Run(ctx); err != nil {
		return fmt.Errorf("tasks: %w", err)
	}
	return nil
}

// quiet gives Watermill the logger, with its routine moved out of sight.
func quiet(logger *slog.Logger) watermill.LoggerAdapter {
	return watermill.NewSlogLoggerWithLevelMapping(logger, map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug})
}

// worker does the tasks of one kind in one process.
type worker struct {
	queue *Queue
	kind  Kind
	owner string
}

// take handles a message: it claims the task, does it, and writes what became of it, before the message is acknowledged. An error gives the message back.
func (w worker) take(msg *message.Message) error {
	d, id := deliveryOf(msg), string(msg.Payload)
	ctx := msg.Context()
	c, err := w.queue.claim(ctx, id, w.owner)
	if errors.Is(err, sql.ErrNoRows) {
		return w.pass(ctx, d, id)
	}
	if err != nil {
		return fmt.Errorf("tasks: claim %s: %w", id, err)
	}
	run := &Run{ID: id, Kind: w.kind.Name, queue: w.queue, args: c.Args, fence: c.Fence, done: uint64(c.Done), total: uint64(c.Total)}
	defer run.drop()
	begun := w.queue.cfg.Now()
	alive, lose := context.WithCancelCause(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { w.beat(alive, d, run, lose) })
	now, err := w.end(alive, c, run, msg)
	lose(nil)
	beating.Wait()
	if err == nil {
		w.queue.cfg.Observe(w.kind.Name, w.queue.cfg.Now().Sub(begun), now.State)
	}
	return w.conclude(ctx, d, id, now, err)
}

// end does the task and writes how that ended.
func (w worker) end(ctx context.Context, c claimed, run *Run, msg *message.Message) (standing, error) {
	verdict := lostTooOften(c)
	if c.Losses <= lossLimit {
		err := w.do(ctx, run, msg)
		verdict = w.queue.judge(w.kind, c, ctx.Err() != nil, err)
		if verdict.state == Done || verdict.state == Failed {
			verdict, err = w.keep(ctx, c, run, verdict, err)
		}
		if errors.Is(context.Cause(ctx), errLost) || errors.Is(err, errLost) {
			return standing{}, errLost
		}
		if verdict.reason.EN != "" {
			w.queue.cfg.Logger.Warn("a task did not end well", "task", run.ID, "kind", run.Kind, "attempts", verdict.attempts, "error", err)
		}
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer stop()
	now, err := w.queue.settle(ctx, run, verdict)
	if verdict.result.Name != "" && errors.Is(err, errLost) { // nothing leads to it
		err = errors.Join(err, w.queue.files.remove(ctx, nameOf(verdict.result.SHA256, run.ID)))
	}
	return now, err
}

// do calls the kind's function, and gets over its panics.
func (w worker) do(ctx context.Context, run *Run, msg *message.Message) error {
	call := middleware.Recoverer(func(*message.Message) ([]*message.Message, error) { return nil, w.kind.Do(ctx, run) })
	_, err := call(msg)
	return err
}

// keep stores the result of a run, where it has made one. A run whose result can't be stored has failed.
func (w worker) keep(ctx context.Context, c claimed, run *Run, e end, ended error) (end, error) {
	if run.result == nil || !run.result.closed {
		return e, ended
	}
	err := run.Hold(ctx)
	if err == nil {
		e.result, err = w.queue.keep(ctx, run.ID, run.result)
	}
	if err != nil {
		return w.queue.judge(w.kind, c, ctx.Err() != nil, err), err
	}
	return e, ended
}

// conclude says what becomes of the message of a task that was run.
func (w worker) conclude(ctx context.Context, d *delivery, id string, now standing, err error) error {
	switch {
	case errors.Is(err, errLost):
		return w.pass(ctx, d, id)
	case err != nil:
		return err
	case now.State == Queued && now.Due:
		d.verdict = giveBack
	}
	return nil // what waits for its time the sweep puts back
}

// pass says what becomes of a message whose task is not this worker's: it has had its turn unless somebody else works on the task.
func (w worker) pass(ctx context.Context, d *delivery, id string) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer stop()
	var state State
	err := w.queue.cfg.DB.GetContext(ctx, &state, `SELECT state FROM private.task WHERE id = $1`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tasks: look for %s: %w", id, err)
	}
	if state == Running {
		d.verdict = leave
	}
	return nil
}

// beat says four times within the time after which the task would be another's that this worker lives, and ends the run where it is not his any more.
func (w worker) beat(ctx context.Context, d *delivery, run *Run, lose context.CancelCauseFunc) {
	every := w.queue.cfg.Pace.Ack / 4
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asking, stop := context.WithTimeout(ctx, every)
		err := w.queue.beat(asking, run)
		stop()
		if errors.Is(err, errLost) {
			lose(errLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.queue.cfg.Logger.Warn("a worker could not say that it lives", "task", run.ID, "error", err)
		}
		if err := d.msg.InProgress(); err != nil && ctx.Err() == nil {
			w.queue.cfg.Logger.Warn("a worker could not say that it lives", "task", run.ID, "error", err)
		}
	}
}
