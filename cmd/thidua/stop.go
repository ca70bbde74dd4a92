package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// stopFlag adds how long a process that runs until it is stopped may take to end what it has begun.
func (a *app) stopFlag(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&a.stopTimeout, "stop-timeout", 20*time.Second, "how long what is under way may take to end once the process is told to stop")
}

// untilStopped runs what goes on until it is told to stop, and sees that it ends in time then, also where it had only begun.
func (a *app) untilStopped(ctx context.Context, run func() error) error {
	a.stays = true
	defer a.hasten(ctx)()
	err := run()
	if ctx.Err() == nil || errors.Is(err, errTold) {
		return err
	}
	a.tell("Đã dừng.", "Stopped.")
	return nil
}

// hasten ends the process where it has not ended by itself some time after ctx, such as one that hangs on a line which lets nothing through, and
// returns how to let it go. Nothing is lost by that: what was not committed is done again, and leases run out.
func (a *app) hasten(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() {
		a.log.Info("stopping", "limit", a.stopTimeout)
		time.AfterFunc(a.stopTimeout, func() {
			a.tell("Chưa dừng xong sau %v, nên thoát luôn: cơ sở dữ liệu hoặc sổ sự kiện không trả lời. Không mất gì; tiến trình khác sẽ tiếp quản.",
				"Not everything has stopped within %v, so the process just ends: the database or the log does not answer. Nothing is lost; another worker takes over.", a.stopTimeout)
			os.Exit(exitFailed)
		})
	})
}
