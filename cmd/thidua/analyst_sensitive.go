package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/spf13/cobra"

	"thidua/analytics"
	"thidua/domain"
)

func (a *app) sensitiveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sensitive",
		Short: "The criteria whose numbers under 5 the analytics views hold back",
		Long: "The criteria whose numbers under 5 the analytics views hold back, with what would give one away (docs/analytics.md).\n" +
			"The mark is the operator's and no part of the record: rankings, dossiers and the log show what they showed.",
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "The criteria that are marked",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.analysing(cmd.Context(), "analyst", func(p *place) error { return a.listSensitive(cmd.Context(), p) })
		},
	}
	cmd.AddCommand(list,
		a.markCommand("add", "Mark a criterion of a season as sensitive", analytics.Mark),
		a.markCommand("remove", "Take the mark back; what was held back is shown again", analytics.Unmark))
	return cmd
}

// markCommand is a command that changes the mark of one criterion.
func (a *app) markCommand(verb, short string, change func(context.Context, *sqlx.DB, string, string) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " SEASON CRITERION",
		Short: short,
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.analysing(cmd.Context(), "analyst", func(p *place) error {
				err := change(cmd.Context(), p.db, args[0], args[1])
				if errors.Is(err, domain.ErrNotFound) {
					return &failure{domain.Text{
						VI: fmt.Sprintf("Mùa thi đua %s không có tiêu chí %s (hoặc nó chưa được đánh dấu).", args[0], args[1]),
						EN: fmt.Sprintf("Season %s has no criterion %s (or it is not marked).", args[0], args[1]),
					}}
				}
				if err != nil {
					return err
				}
				return a.listSensitive(cmd.Context(), p)
			})
		},
	}
}

func (a *app) listSensitive(ctx context.Context, p *place) error {
	all, err := analytics.Marked(ctx, p.db)
	if err != nil {
		return err
	}
	if a.json {
		return a.answer(all)
	}
	if len(all) == 0 {
		a.printf("Chưa có tiêu chí nào được đánh dấu nhạy cảm.", "No criterion is marked sensitive.")
	}
	for _, s := range all {
		a.printf("Nhạy cảm: %s %s", "Sensitive: %s %s", s.Season, s.Criterion)
	}
	return nil
}
