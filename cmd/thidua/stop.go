package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// stopFlag adds how long a process that runs until it is stopped may take to end what it has begun.
func (a *app) stopFlag(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&a.stopTimeout, "stop-timeout", 30*time.Second, "how long what is under way may take to end once the process is told to stop")
}

// hasten ends the process where it has not ended by itself some time after ctx, and returns how to let it go. Nothing is lost by that: what was
// not committed is done again.
func (a *app) hasten(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() {
		a.log.Info("stopping", "limit", a.stopTimeout)
		time.AfterFunc(a.stopTimeout, func() {
			a.tell("Không kịp kết thúc việc đang làm sau %s nên dừng ngay; lần chạy sau sẽ làm lại.",
				"What was under way did not end within %s, so the process stops as it is; the next one does it again.", a.stopTimeout)
			os.Exit(exitFailed)
		})
	})
}
