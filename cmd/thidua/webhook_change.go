package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/workers/webhooks"
)

// webhookChangeCommand is a command that changes one webhook.
func (a *app) webhookChangeCommand(use, short string, change func(context.Context, *webhooks.Webhooks, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   use + " NAME",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withWebhooks(cmd.Context(), args[0], func(_ *place, hooks *webhooks.Webhooks) error { return change(cmd.Context(), hooks, args[0]) })
		},
	}
}

// changed says what was done to a webhook.
func (a *app) changed(name, what, vi, en string, args ...any) error {
	if a.json {
		return a.answer(map[string]string{"webhook": name, "done": what})
	}
	a.printf(vi, en, args...)
	return nil
}

func (a *app) webhookPauseCommand() *cobra.Command {
	return a.webhookChangeCommand("pause", "Deliver nothing until it is resumed; nothing is lost", func(ctx context.Context, hooks *webhooks.Webhooks, name string) error {
		if err := hooks.Pause(ctx, name); err != nil {
			return err
		}
		return a.changed(name, "paused", "Webhook %s đã tạm dừng. Gửi tiếp: thidua webhook resume %[1]s", "Webhook %s is paused. To go on: thidua webhook resume %[1]s", name)
	})
}

func (a *app) webhookResumeCommand() *cobra.Command {
	var skip bool
	cmd := a.webhookChangeCommand("resume", "Go on where it was; what waits is tried at once", func(ctx context.Context, hooks *webhooks.Webhooks, name string) error {
		skipped, err := hooks.Resume(ctx, name, skip)
		if err != nil {
			return err
		}
		return a.changed(name, "resumed", "Webhook %s gửi tiếp, bỏ qua %d sự kiện.", "Webhook %s goes on, and leaves out %d events.", name, skipped)
	})
	cmd.Flags().BoolVar(&skip, "skip", false, "leave out what was tried for three days in vain; “redeliver” can still send it")
	return cmd
}

func (a *app) webhookRemoveCommand() *cobra.Command {
	return a.webhookChangeCommand("remove", "Forget a webhook, its secrets, what waits and its delivery log", func(ctx context.Context, hooks *webhooks.Webhooks, name string) error {
		if err := hooks.Remove(ctx, name); err != nil {
			return err
		}
		return a.changed(name, "removed", "Đã bỏ webhook %s.", "Webhook %s is removed.", name)
	})
}

// overlapLimit is the longest that an old secret may go on to sign.
const overlapLimit = 30 * 24 * time.Hour

func (a *app) webhookRotateCommand() *cobra.Command {
	overlap := 24 * time.Hour
	cmd := a.webhookChangeCommand("rotate", "Make a new secret and print it, once; the old one signs too for a while", func(ctx context.Context, hooks *webhooks.Webhooks, name string) error {
		if overlap < 0 || overlap > overlapLimit {
			return &usageError{domain.Text{VI: "--overlap là từ 0 đến 720h", EN: "--overlap is from 0 to 720h"}}
		}
		secret, err := hooks.Rotate(ctx, name, overlap)
		if err != nil {
			return err
		}
		until := a.now().Add(overlap).UTC()
		if a.json {
			return a.answer(secretAnswer{Webhook: name, Secret: secret, Previous: &until})
		}
		a.printf("%s", "%s", secret)
		a.tell("Khóa mới chỉ hiện một lần. Khóa cũ còn ký kèm đến %s; khóa cũ hơn nữa thì không.",
			"The new secret is shown once. The old one signs too until %s; one older than that no more.", until.Local().Format(time.DateTime))
		return nil
	})
	cmd.Flags().DurationVar(&overlap, "overlap", overlap, "how long the old secret signs too; 0 where it is in wrong hands")
	return cmd
}

func (a *app) webhookRedeliverCommand() *cobra.Command {
	var since domain.Position
	cmd := &cobra.Command{
		Use:   "redeliver NAME [POSITION]",
		Short: "Send an event once more, or all behind --since, in order, under the old ids",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			all := cmd.Flags().Changed("since")
			if all == (len(args) == 2) {
				return &usageError{domain.Text{VI: "hãy cho một vị trí, hoặc --since", EN: "give a position, or --since"}}
			}
			return a.withWebhooks(cmd.Context(), args[0], func(p *place, hooks *webhooks.Webhooks) error {
				if all {
					return a.redeliverSince(cmd.Context(), p, hooks, args[0], since)
				}
				return a.redeliver(cmd.Context(), p, hooks, args[0], args[1])
			})
		},
	}
	cmd.Flags().Uint64Var(&since, "since", 0, "everything that it takes from behind this position on, 0 for all")
	return cmd
}

func (a *app) redeliver(ctx context.Context, p *place, hooks *webhooks.Webhooks, name, text string) error {
	position, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return &usageError{domain.Text{VI: "vị trí là một số, như trong thidua audit", EN: "a position is a number, as in thidua audit"}}
	}
	if err := a.reaches(ctx, p, position); err != nil {
		return err
	}
	taken, err := hooks.Redeliver(ctx, name, position)
	if err != nil {
		return err
	}
	if !taken {
		return a.changed(name, "waiting", "Sự kiện ở vị trí %d đang chờ gửi rồi.", "The event at position %d waits already.", position)
	}
	return a.changed(name, "queued", "Sự kiện ở vị trí %d sẽ được gửi lại.", "The event at position %d will be sent again.", position)
}

func (a *app) redeliverSince(ctx context.Context, p *place, hooks *webhooks.Webhooks, name string, since domain.Position) error {
	if err := a.reaches(ctx, p, since); err != nil {
		return err
	}
	if err := hooks.RedeliverSince(ctx, name, since); err != nil {
		return err
	}
	return a.changed(name, "queued", "Mọi sự kiện sau vị trí %d sẽ được gửi lại.", "Everything behind position %d will be sent again.", since)
}

// reaches judges that the log has a position.
func (a *app) reaches(ctx context.Context, p *place, position domain.Position) error {
	last, err := p.log.Last(ctx)
	if err == nil && position > last {
		err = &failure{beyond(position, last)}
	}
	return err
}
