package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/workers/tasks"
)

func (a *app) tasksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tasks",
		Short: "What was asked of the servers: dossiers, imports and whatever else takes long",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(a.tasksListCommand(), a.tasksShowCommand(), a.tasksCancelCommand(), a.tasksRetryCommand())
	return cmd
}

// withQueue opens the place and asks its queue.
func (a *app) withQueue(ctx context.Context, ask func(*place, *tasks.Queue) error) error {
	return a.inPlace(ctx, "tasks", func(p *place) error {
		queue, err := p.tasks()
		if err != nil {
			return err
		}
		return ask(p, queue)
	})
}

func (a *app) tasksListCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "The tasks, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(tasks.States(), tasks.State(state)) {
				return &usageError{domain.Text{
					VI: fmt.Sprintf("--state là một trong %v", tasks.States()), EN: fmt.Sprintf("--state is one of %v", tasks.States()),
				}}
			}
			return a.withQueue(cmd.Context(), func(_ *place, queue *tasks.Queue) error { return a.listTasks(cmd.Context(), queue, tasks.State(state)) })
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only those that are queued, running, done, failed, cancelled or dead")
	return cmd
}

func (a *app) listTasks(ctx context.Context, queue *tasks.Queue, state tasks.State) error {
	all, err := queue.Tasks(ctx, state)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(slices.Concat([]tasks.Task{}, all))
	}
	if len(all) == 0 {
		a.printf("Không có việc nào.", "There are no tasks.")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Việc\tLoại\tTrạng thái\tĐã làm\tYêu cầu lúc\tVì sao", "Task\tKind\tState\tDone\tAsked at\tWhy"))
	for _, t := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Kind, a.taskState(t.State), progressOf(t), t.AskedAt.Local().Format(time.DateTime), t.Reason.In(a.lang))
	}
	return table.Flush()
}

// taskState is a state in the reader's words.
func (a *app) taskState(s tasks.State) string {
	if a.lang != "vi" {
		return string(s)
	}
	return map[tasks.State]string{
		tasks.Queued: "đang chờ", tasks.Running: "đang chạy", tasks.Done: "xong", tasks.Failed: "không làm được", tasks.Cancelled: "đã huỷ", tasks.Dead: "đã bỏ",
	}[s]
}

func progressOf(t tasks.Task) string {
	switch {
	case t.Total > 0:
		return fmt.Sprintf("%d/%d", t.Done, t.Total)
	case t.Done > 0:
		return fmt.Sprint(t.Done)
	}
	return "-"
}

func (a *app) tasksShowCommand() *cobra.Command {
	var save string
	var wait bool
	cmd := &cobra.Command{
		Use:   "show TASK",
		Short: "How a task stands; with --save, its result as a file",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQueue(cmd.Context(), func(p *place, queue *tasks.Queue) error {
				return a.showTask(cmd.Context(), p, queue, args[0], save, wait)
			})
		},
	}
	cmd.Flags().StringVar(&save, "save", "", "a new file for the result")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the task has ended; the answer is “no” (code 3) where it was not done")
	return cmd
}

func (a *app) showTask(ctx context.Context, p *place, queue *tasks.Queue, id, save string, wait bool) error {
	if save != "" && exists(save) {
		return &failure{domain.Text{VI: save + " đã có; hãy cho một tên tệp mới", EN: save + " is there already; name a new file"}}
	}
	t, err := a.findTask(ctx, p, queue, id, wait)
	if err != nil {
		return err
	}
	if save != "" {
		if err := saveResult(ctx, queue, t, save); err != nil {
			return err
		}
	}
	if a.json {
		err = a.answer(t)
	} else {
		a.tellTask(t)
	}
	if wait && t.State != tasks.Done {
		return errors.Join(err, errNo)
	}
	return err
}

// taskLook is how often a task is looked at that is waited for.
const taskLook = 100 * time.Millisecond

// findTask finds a task, and waits for its end where that is asked for.
func (a *app) findTask(ctx context.Context, p *place, queue *tasks.Queue, id string, wait bool) (t tasks.Task, err error) {
	tick := time.NewTicker(taskLook)
	defer tick.Stop()
	show := a.progress("Đang làm", "Under way")
	for {
		if t, err = queue.Task(ctx, id); err != nil || !wait || t.State.Ended() {
			return t, a.noTask(err, id)
		}
		if p.private {
			return t, &failure{domain.Text{
				VI: "Không có tiến trình nào đang chạy trên thư mục dữ liệu này; hãy chạy “thidua up”.", EN: "Nothing runs on this data directory; start “thidua up”.",
			}}
		}
		if t.Total > 0 {
			show(t.Done, t.Total)
		}
		select {
		case <-ctx.Done():
			return t, ctx.Err()
		case <-tick.C:
		}
	}
}

func (a *app) noTask(err error, id string) error {
	if !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return &notFound{failure{domain.Text{
		VI: fmt.Sprintf("Không có việc %q. Xem danh sách: thidua tasks list", id), EN: fmt.Sprintf("There is no task %q. For the list: thidua tasks list", id),
	}}, err}
}

// saveResult writes a task's result into a new file, whole or not at all.
func saveResult(ctx context.Context, queue *tasks.Queue, t tasks.Task, save string) error {
	r, err := queue.Result(ctx, t)
	if err == nil {
		err = writeWhole(save+".partial", func(f *os.File) error {
			_, err := io.Copy(f, r)
			return err
		})
	}
	if err != nil {
		err = errors.Join(err, ignoreMissing(os.Remove(save+".partial")))
	}
	if errors.Is(err, domain.ErrNotFound) {
		return &notFound{failure{domain.Text{
			VI: fmt.Sprintf("Việc %s (%s) không có kết quả, hoặc không còn: kết quả được giữ 7 ngày và bị xoá khi có người được xoá. Có thể yêu cầu lại.", t.ID, t.State),
			EN: fmt.Sprintf("Task %s (%s) has no result, or none any more: results are kept for seven days and go when a person is erased. It can be asked for again.", t.ID, t.State),
		}}, err}
	}
	if err != nil {
		return err
	}
	return rename(save+".partial", save)
}

func (a *app) tellTask(t tasks.Task) {
	a.printf("%s  %s  %s", "%s  %s  %s", t.ID, t.Kind, a.taskState(t.State))
	a.printf("  yêu cầu lúc %s bởi %s; đã làm %s; hỏng %d lần", "  asked at %s by %s; done %s; failed %d times",
		t.AskedAt.Local().Format(time.DateTime), t.By, progressOf(t), t.Attempts)
	a.printf("  với %s", "  of %s", t.Args)
	if text := t.Reason.In(a.lang); text != "" {
		a.printf("  vì: %s", "  why: %s", text)
	}
	if t.Result.Name != "" {
		until := "-"
		if t.ExpiresAt != nil {
			until = t.ExpiresAt.Local().Format(time.DateTime)
		}
		a.printf("  kết quả %s: %d byte, SHA-256 %s, giữ đến %s", "  result %s: %d bytes, SHA-256 %s, kept until %s",
			t.Result.Name, t.Result.Size, t.Result.SHA256, until)
	}
}
