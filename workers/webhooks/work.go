package webhooks

import (
	"context"
	"errors"
	"time"

	"thidua/domain"
	"thidua/workers/tasks"
)

// Task is the kind of the rounds of endpoints. Each endpoint that is not paused has one task, for as long as it is there; its key is the endpoint's name.
const Task = "webhook"

const (
	// lanes is how many endpoints a process works on at a time.
	lanes = 8
	// attempts is how often in a row a round may fail for troubles of the log or the database.
	attempts = 20
	// idle is when a round looks again where nothing waits and nobody has woken it.
	idle = time.Hour
	// wakeEvery is how often it is looked whether the log has grown, and askEvery how often every endpoint is asked for.
	wakeEvery = time.Second
	askEvery  = time.Minute
)

// taskArgs are the args of a task.
type taskArgs struct {
	Webhook string `json:"webhook"`
}

// Kind does the rounds that are asked of a queue.
func (w *Webhooks) Kind() tasks.Kind {
	return tasks.Kind{Name: Task, AtOnce: lanes, Attempts: attempts, Do: func(ctx context.Context, run *tasks.Run) error {
		var args taskArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		next, err := w.Round(ctx, args.Webhook, run)
		if err != nil {
			return err
		}
		to, err := w.Find(ctx, args.Webhook)
		if errors.Is(err, domain.ErrNotFound) || err == nil && to.Paused() {
			return nil
		}
		if next.IsZero() {
			next = w.cfg.Now().Add(idle)
		}
		return errors.Join(err, tasks.Later{At: next})
	}}
}

// Wake asks a queue for rounds whenever there is something to do for an endpoint, until ctx ends. Every process that works does so: asking twice is as good
// as asking once.
func (w *Webhooks) Wake(ctx context.Context, queue *tasks.Queue) error {
	tick := time.NewTicker(wakeEvery)
	defer tick.Stop()
	k := waker{Webhooks: w, queue: queue}
	for {
		if err := k.wake(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Logger.Warn("it was not looked what there is to deliver", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// waker knows what it has asked for.
type waker struct {
	*Webhooks
	queue *tasks.Queue
	asked map[string]asked
	all   time.Time // when every endpoint was last asked for
}

// asked is what the log and an endpoint were like when a round of it was asked for.
type asked struct {
	last     domain.Position
	revision int64
}

// wake asks for the endpoints that were changed or have something new to read, and now and then for all, whose tasks may have been cancelled or given up.
func (k *waker) wake(ctx context.Context) error {
	endpoints, err := k.List(ctx)
	if err != nil || len(endpoints) == 0 {
		k.asked = nil
		return err
	}
	last, err := k.cfg.Log.Last(ctx)
	if err != nil {
		return err
	}
	now := k.cfg.Now()
	everyone := now.Sub(k.all) >= askEvery
	if everyone {
		k.all = now
	}
	known := k.asked
	k.asked = map[string]asked{}
	for _, e := range endpoints {
		is := asked{last, e.Revision}
		fresh := known[e.Name] != is && !e.Paused() && (e.Position < last || known[e.Name].revision != e.Revision)
		if fresh || everyone && !e.Paused() {
			_, err := k.queue.Ask(ctx, tasks.Asked{Kind: Task, Args: taskArgs{e.Name}, Key: e.Name, By: "system:webhooks", Again: fresh})
			if err != nil {
				return err
			}
		}
		k.asked[e.Name] = is
	}
	return nil
}
