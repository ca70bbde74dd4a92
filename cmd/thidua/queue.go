package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/web"
	"thidua/workers/tasks"
	"thidua/workers/webhooks"
)

// reached is the queue of tasks of a place, or why it could not be opened.
type reached struct {
	queue *tasks.Queue // nil where it could not
	why   error
}

// openQueue reaches the queue of tasks, and makes it where there is none. Where that can't be done, such as on servers whose administrator has not made
// it yet, only what needs the queue says so.
func (a *app) openQueue(ctx context.Context, p *place) {
	ctx, stop := context.WithTimeout(ctx, queuePatience)
	defer stop()
	cfg := tasks.Config{
		NATS: p.nc, DB: p.db, Rand: rand.Reader, Logger: a.log, Replicas: a.replicas, Dir: a.scratchDir(), Now: a.now,
		Observe: func(kind string, took time.Duration, end tasks.State) { a.meters.Task(kind, string(end), took) },
	}
	now := reached{}
	_ = eventlog.Insist(ctx, p.nc, a.log, func(ctx context.Context) error {
		now.queue, now.why = tasks.Open(ctx, cfg)
		return ctx.Err() // only what a line that broke has cut off is done again
	})
	p.queue.Store(&now)
}

// queuePatience is how long a command waits for the queue where it may not need it at all.
const queuePatience = 10 * time.Second

// A process that stays tries again after a while to open a queue that it could not, and after twice that while the next time, up to a minute.
const (
	queueRest        = 2 * time.Second
	longestQueueRest = time.Minute
)

// awaitQueue returns the queue of tasks as soon as it can be opened, nil where ctx ends before.
func (a *app) awaitQueue(ctx context.Context, p *place) *tasks.Queue {
	queue, err := p.tasks()
	if err == nil {
		return queue
	}
	a.log.Warn("the queue of tasks is tried again; until it can be opened this process does no tasks and wakes no webhooks", "error", err)
	for rest := queueRest; ; rest = min(2*rest, longestQueueRest) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
		a.openQueue(ctx, p)
		if queue, err = p.tasks(); err == nil {
			a.log.Warn("the queue of tasks is open now")
			return queue
		}
	}
}

// queued does, side by side, what needs the queue of tasks, until ctx ends. Where the queue could not be opened yet, it is waited for.
func (a *app) queued(ctx context.Context, p *place, needs ...func(context.Context, *tasks.Queue) error) error {
	queue := a.awaitQueue(ctx, p)
	if queue == nil {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, need := range needs {
		group.Go(func() error { return need(ctx, queue) })
	}
	return group.Wait()
}

// scratchDir is where files lie that tasks work on: the data directory, which has room, or the machine's folder for such files where there is none.
func (a *app) scratchDir() string {
	if info, err := os.Stat(a.dataDir); err == nil && info.IsDir() {
		return a.dataDir
	}
	return ""
}

// tasks returns the queue, or says why there is none.
func (p *place) tasks() (*tasks.Queue, error) {
	why := "?"
	if now := p.queue.Load(); now != nil && now.queue != nil {
		return now.queue, nil
	} else if now != nil && now.why != nil {
		why = concealed(now.why.Error())
	}
	return nil, &failure{domain.Text{
		VI: "Không mở được hàng đợi công việc: " + why + ". Trên máy chủ NATS ngoài, hãy chạy “thidua status” một lần với quyền quản trị để tạo hàng đợi.",
		EN: "The queue of tasks can't be opened: " + why + ". On an external NATS, run “thidua status” once with the administrator's credentials, which makes it.",
	}}
}

// doTasks returns what does the tasks that this process can do, until ctx ends.
func (a *app) doTasks(p *place, owner string) func(context.Context, *tasks.Queue) error {
	return func(ctx context.Context, queue *tasks.Queue) error {
		kinds, err := a.kinds(ctx, p, queue)
		if err != nil {
			return err
		}
		return queue.Work(ctx, owner, kinds...)
	}
}

// kinds lists what this process can do: whoever has the log's key makes dossiers, who may append imports, and everybody exports and delivers to webhooks.
func (a *app) kinds(ctx context.Context, p *place, queue *tasks.Queue) (kinds []tasks.Kind, err error) {
	if err := sweepWorkFolders(a.scratchDir()); err != nil {
		a.log.Warn("what tasks have left behind was not removed", "error", err)
	}
	if _, err := os.Stat(a.keyFile()); err == nil && p.sealer != nil {
		kinds = append(kinds, a.dossierKind(p))
	} else if !errors.Is(err, fs.ErrNotExist) && err != nil {
		return nil, err
	}
	may := false
	err = eventlog.Insist(ctx, p.nc, a.log, func(ctx context.Context) (err error) {
		may, err = p.log.MayAppend(ctx)
		return err
	})
	if err != nil {
		a.log.Warn("it is not known whether this process may append; it imports nothing", "error", err)
	}
	if may {
		kinds = append(kinds, a.importKind(p, queue))
	}
	return append(kinds, a.exportKind(p), a.webhooks(p).Kind()), nil
}

// kindNames lists the kinds of tasks that this version knows, for figures that are 0.
func kindNames() []string { return []string{dossierTask, exportTask, importTask, webhooks.Task} }

// taskFigures counts the tasks. Every kind that this version knows has every state.
func (p *place) taskFigures(ctx context.Context) (all []web.TaskFigures, err error) {
	now := p.queue.Load()
	if now == nil || now.queue == nil { // the log tells it
		return nil, nil
	}
	figures, err := now.queue.Figures(ctx)
	if err != nil {
		return nil, err
	}
	known := map[[2]string]bool{}
	for _, f := range figures {
		known[[2]string{f.Kind, string(f.State)}] = true
		all = append(all, web.TaskFigures{Kind: f.Kind, State: string(f.State), Count: f.Count, Oldest: f.Oldest})
	}
	for _, kind := range kindNames() {
		for _, state := range tasks.States() {
			if !known[[2]string{kind, string(state)}] {
				all = append(all, web.TaskFigures{Kind: kind, State: string(state)})
			}
		}
	}
	return all, nil
}

// askFor asks the queue and prints the task's id.
func (a *app) askFor(ctx context.Context, p *place, asked tasks.Asked) error {
	queue, err := p.tasks()
	if err != nil {
		return err
	}
	asked.By = "system:operator"
	id, err := queue.Ask(ctx, asked)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(map[string]string{"task": id, "kind": asked.Kind})
	}
	a.printf("%s", "%s", id)
	if p.private {
		a.tell("Chưa có tiến trình nào đang chạy; việc này được làm khi “thidua up” chạy.", "Nothing runs here yet; the task is done once “thidua up” runs.")
	}
	return nil
}
