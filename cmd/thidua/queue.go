package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/web"
	"thidua/workers/tasks"
	"thidua/workers/webhooks"
)

// openQueue reaches the queue of tasks, and makes it where there is none. Where that can't be done, such as on servers whose administrator has not made
// it yet, only what needs the queue says so.
func (a *app) openQueue(ctx context.Context, p *place) {
	ctx, stop := context.WithTimeout(ctx, queuePatience)
	defer stop()
	cfg := tasks.Config{
		NATS: p.nc, DB: p.db, Rand: rand.Reader, Logger: a.log, Replicas: a.replicas, Dir: a.scratchDir(), Now: a.now,
		Observe: func(kind string, took time.Duration, end tasks.State) { a.meters.Task(kind, string(end), took) },
	}
	_ = eventlog.Insist(ctx, p.nc, a.log, func(ctx context.Context) error {
		p.queue, p.noQueue = tasks.Open(ctx, cfg)
		return ctx.Err() // only what a line that broke has cut off is done again
	})
}

// queuePatience is how long a command waits for the queue where it may not need it at all.
const queuePatience = 10 * time.Second

// scratchDir is where files lie that tasks work on: the data directory, which has room, or the machine's folder for such files where there is none.
func (a *app) scratchDir() string {
	if info, err := os.Stat(a.dataDir); err == nil && info.IsDir() {
		return a.dataDir
	}
	return ""
}

// tasks returns the queue, or says why there is none.
func (p *place) tasks() (*tasks.Queue, error) {
	if p.queue != nil {
		return p.queue, nil
	}
	why := "?"
	if p.noQueue != nil {
		why = concealed(p.noQueue.Error())
	}
	return nil, &failure{domain.Text{
		VI: "Không mở được hàng đợi công việc: " + why + ". Trên máy chủ NATS ngoài, hãy chạy “thidua status” một lần với quyền quản trị để tạo hàng đợi.",
		EN: "The queue of tasks can't be opened: " + why + ". On an external NATS, run “thidua status” once with the administrator's credentials, which makes it.",
	}}
}

// doTasks does the tasks that this process can do, until ctx ends.
func (a *app) doTasks(ctx context.Context, p *place, owner string) error {
	queue, err := p.tasks()
	if err != nil {
		a.log.Warn("no tasks are done", "error", err)
		return nil
	}
	kinds, err := a.kinds(ctx, p, queue)
	if err != nil {
		return err
	}
	return queue.Work(ctx, owner, kinds...)
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
	if p.queue == nil {
		return nil, nil
	}
	figures, err := p.queue.Figures(ctx)
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
