package main

import (
	"context"

	"github.com/spf13/cobra"

	"thidua/workers/tasks"
)

func (a *app) tasksCancelCommand() *cobra.Command {
	return a.tasksChangeCommand("cancel TASK", "End a task that is queued or running", "đã huỷ", "cancelled", (*tasks.Queue).Cancel)
}

func (a *app) tasksRetryCommand() *cobra.Command {
	return a.tasksChangeCommand("retry TASK", "Queue a task again that has failed, was cancelled, or is dead", "đã xếp hàng lại", "queued again", (*tasks.Queue).Retry)
}

func (a *app) tasksChangeCommand(use, short, vi, en string, change func(*tasks.Queue, context.Context, string) (tasks.Task, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withQueue(cmd.Context(), func(_ *place, queue *tasks.Queue) error {
				t, err := change(queue, cmd.Context(), args[0])
				if err != nil {
					return a.noTask(err, args[0])
				}
				if a.json {
					return a.answer(t)
				}
				a.printf("Việc %s (%s): "+vi+".", "Task %s (%s): "+en+".", t.ID, t.Kind)
				return nil
			})
		},
	}
}
