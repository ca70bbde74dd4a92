package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/projections"
)

func (a *app) parkedCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "parked",
		Short: "The events that a read model could not take: list them, take them again, or discard one",
		Long: "The events that a read model could not take, and those that lie behind them in their streams.\n" +
			"A season with a parked event is incomplete: no ranking of it is given, and none is finalised.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(a.parkedListCommand(), a.parkedRetryCommand(), a.parkedDiscardCommand())
	return cmd
}

// sorting opens the place and asks. Where nobody else carries the log into the read models, this process does so first, as far as it can.
func (a *app) sorting(ctx context.Context, cmd string, ask func(*place) error) error {
	return a.inPlace(ctx, cmd, func(p *place) error {
		if p.private {
			if err := a.current(ctx, p); ctx.Err() != nil {
				return err
			} else if err != nil {
				fmt.Fprintln(a.err, a.explainError(err))
			}
		}
		return ask(p)
	})
}

func (a *app) parkedListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "What is parked, in the order of the log",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sorting(cmd.Context(), "parked", func(p *place) error { return a.listParked(cmd.Context(), p) })
		},
	}
}

// parkedAnswer is one event of `parked list --json`. It has nothing of what the event says.
type parkedAnswer struct {
	Projection string          `json:"projection"`
	Position   domain.Position `json:"position"`
	Stream     string          `json:"stream"`
	Season     *string         `json:"season"`
	Type       *string         `json:"type"`
	EventID    string          `json:"event_id"`
	SHA256     string          `json:"sha256"`
	Cause      string          `json:"cause"`
	Error      *string         `json:"error"`
	ParkedAt   time.Time       `json:"parked_at"`
}

func (a *app) listParked(ctx context.Context, p *place) error {
	parked, err := projections.ParkedEvents(ctx, p.db)
	if err != nil {
		return err
	}
	if a.json {
		answers := []parkedAnswer{}
		for _, e := range parked {
			answers = append(answers, parkedAnswer{
				Projection: e.Projection, Position: e.Position, Stream: e.Stream, Season: unlessEmpty(e.Season), Type: unlessEmpty(e.Type),
				EventID: e.EventID, SHA256: e.SHA256, Cause: string(e.Cause), Error: unlessEmpty(e.Error), ParkedAt: e.ParkedAt,
			})
		}
		return a.answer(answers)
	}
	if len(parked) == 0 {
		a.printf("Không có sự kiện nào bị treo.", "Nothing is parked.")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Bảng đọc\tVị trí\tLuồng\tLoại\tVì sao", "Read model\tPosition\tStream\tType\tWhy"))
	for _, e := range parked {
		why := e.Error
		if e.Cause == projections.CauseBehind {
			why = a.say("nằm sau một sự kiện bị treo", "it lies behind a parked event")
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", e.Projection, e.Position, e.Stream, e.Type, why)
	}
	return table.Flush()
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (a *app) parkedRetryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retry [PROJECTION]",
		Short: "Take again what is parked, after what it failed on was mended; of one projection or of all",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.sorting(cmd.Context(), "parked", func(p *place) error { return a.retryParked(cmd.Context(), p, args) })
		},
	}
}

// retryAnswer is one projection of `parked retry --json`.
type retryAnswer struct {
	Projection string `json:"projection"`
	Taken      int    `json:"taken"`
	Left       int    `json:"left"`
}

func (a *app) retryParked(ctx context.Context, p *place, named []string) error {
	all := p.projections()
	if len(named) > 0 {
		var err error
		if all, err = chosen(all, named); err != nil {
			return err
		}
	}
	counts, err := projections.ParkedCounts(ctx, p.db)
	if err != nil {
		return err
	}
	answers, left := []retryAnswer{}, 0
	for _, projection := range all {
		if counts[projection.Name] == 0 {
			continue
		}
		answer := retryAnswer{Projection: projection.Name}
		if answer.Taken, answer.Left, err = projections.Retry(ctx, p.db, projection); err != nil {
			return err
		}
		answers, left = append(answers, answer), left+answer.Left
	}
	if err := a.showRetry(answers); err != nil {
		return err
	}
	if left > 0 {
		return errNo
	}
	return nil
}

func (a *app) showRetry(answers []retryAnswer) error {
	if a.json {
		return a.answer(answers)
	}
	if len(answers) == 0 {
		a.printf("Không có sự kiện nào bị treo.", "Nothing is parked.")
	}
	for _, r := range answers {
		a.printf("%s: đã nhận lại %d sự kiện, còn treo %d", "%s: %d events taken, %d still parked", r.Projection, r.Taken, r.Left)
	}
	return nil
}
