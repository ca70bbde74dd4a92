package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/explain"
)

// diffAnswer is the form of `diff --json`. Numbers that can fall are written with a sign.
type diffAnswer struct {
	From diffEnd `json:"from"`
	To   diffEnd `json:"to"`
	explain.Difference
}

// diffEnd is one of the two rankings: as of At, from the log up to Position.
type diffEnd struct {
	At       string          `json:"at"`
	Position domain.Position `json:"position"`
	Final    bool            `json:"final"`
}

func (a *app) diffCommand() *cobra.Command {
	var from, to moment
	cmd := &cobra.Command{
		Use:   "diff SEASON",
		Short: "Which events and days moved which totals and ranks between two moments",
		Long: "Which events and days moved which totals and ranks between two rankings of a season.\n" +
			"--from and --to are as --at of ranking: what had happened by then. --from-known-at, --from-position and their like are as --known-at and\n" +
			"--position: what the log held. What isn't given is the present.\n" +
			"A move is the change of the ranking when one thing more is taken in: first the events that the log held only later, in the order of the log;\n" +
			"then, as time goes on, each value and adjustment at its own time, and each day on which a deadline has passed or a hold begins or is over.\n" +
			"The moves of a unit add up to the difference. A move that no act of the unit made is marked: formulas measure units by each other.",
		Example: "  thidua diff northern-border-2019 --from 2019-10-31T23:59:59+07:00 --to 2019-11-30T23:59:59+07:00\n" +
			"  thidua diff northern-border-2019 --from-position 700 --to-position 800 --json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showDiff(cmd.Context(), args[0], from, to) },
	}
	for end, m := range map[string]*moment{"from": &from, "to": &to} {
		cmd.Flags().StringVar(&m.at, end, "", "as of this time, such as 2019-10-31T23:59:59+07:00")
		cmd.Flags().StringVar(&m.knownAt, end+"-known-at", "", "from what the log held at this time")
		cmd.Flags().Uint64Var(&m.position, end+"-position", 0, "from the log up to this position")
		cmd.MarkFlagsMutuallyExclusive(end+"-known-at", end+"-position")
	}
	return cmd
}

func (a *app) showDiff(ctx context.Context, season string, from, to moment) error {
	if from == to {
		return &usageError{domain.Text{
			VI: "hãy nêu hai thời điểm khác nhau, ví dụ --from 2019-10-31T23:59:59+07:00", EN: "name two different moments, as with --from 2019-10-31T23:59:59+07:00",
		}}
	}
	return a.reading(ctx, "diff", func(p *place) error {
		answer, err := a.diff(ctx, p, season, from, to)
		if err != nil {
			return err
		}
		if a.json {
			return a.answer(answer)
		}
		a.tellDiff(answer)
		return nil
	})
}

func (a *app) diff(ctx context.Context, p *place, season string, from, to moment) (*diffAnswer, error) {
	answer := &diffAnswer{}
	first, err := a.diffPoint(ctx, p, season, "--from", from, &answer.From)
	if err != nil {
		return nil, err
	}
	second, err := a.diffPoint(ctx, p, season, "--to", to, &answer.To)
	if err != nil {
		return nil, err
	}
	if second.At.Before(first.At) || answer.To.Position < answer.From.Position {
		return nil, &usageError{domain.Text{
			VI: "--to phải là thời điểm và vị trí sau --from, không phải trước", EN: "--to is of a later moment and position than --from, not an earlier one",
		}}
	}
	answer.Difference = explain.Compare(season, first, second)
	return answer, nil
}

// diffPoint reads what one of the two rankings is made of. It is refused where there is none.
func (a *app) diffPoint(ctx context.Context, p *place, season, flag string, m moment, end *diffEnd) (point explain.Point, err error) {
	point.At = a.now()
	if m.at != "" {
		if point.At, err = parseFlag(flag, m.at); err != nil {
			return point, err
		}
	}
	ranking, err := a.ranking(ctx, p, season, m)
	if err != nil {
		return point, err
	}
	if err := a.incomplete(ranking); err != nil {
		return point, err
	}
	if end.Position, err = a.upTo(ctx, p, m); err != nil {
		return point, err
	}
	end.At, end.Final = point.At.Format(time.RFC3339Nano), ranking.Final
	point.Events, err = p.log.Season(ctx, season, end.Position)
	return point, err
}

// tellDiff prints a difference for people.
func (a *app) tellDiff(d *diffAnswer) {
	a.printf("%s: từ %s (sổ sự kiện vị trí %d) đến %s (vị trí %d); * là việc của chính đơn vị",
		"%s: from %s (log position %d) to %s (position %d); * marks the unit's own doing", d.Season, d.From.At, d.From.Position, d.To.At, d.To.Position)
	for _, u := range d.Units {
		fmt.Fprintf(a.out, "\n%s  %s\n", u.Unit, a.between(u.Before, u.After, u.TotalChange))
		if len(u.Moves) == 0 {
			a.printf("  không có gì thay đổi", "  nothing moved it")
		}
		for _, m := range u.Moves {
			mark := " "
			if m.Own {
				mark = "*"
			}
			fmt.Fprintf(a.out, "  %s %s  %s%s\n", mark, a.cause(d.Causes[m.Cause]), a.between(m.Before, m.After, m.TotalChange), a.itemsMoved(m.Items))
		}
	}
}

// between writes what lies between two lines: ranks, totals, and what else differs.
func (a *app) between(before, after *explain.Line, change string) string {
	was, is := explain.Line{Total: "0"}, explain.Line{Total: "0"}
	if before != nil {
		was = *before
	}
	if after != nil {
		is = *after
	}
	sign := ""
	if !strings.HasPrefix(change, "-") {
		sign = "+"
	}
	text := fmt.Sprintf(a.say("hạng %d → %d, tổng %s → %s (%s%s)", "rank %d → %d, total %s → %s (%s%s)"), was.Rank, is.Rank, a.number(was.Total), a.number(is.Total), sign, a.number(change))
	if was.Tier != is.Tier {
		text += fmt.Sprintf(a.say(", xếp loại %s → %s", ", tier %s → %s"), was.Tier, is.Tier)
	}
	if before != nil && after != nil && was.Eligible != is.Eligible {
		text += fmt.Sprintf(a.say(", đủ điều kiện %s → %s", ", eligible %s → %s"), a.yes(was.Eligible), a.yes(is.Eligible))
	}
	return text
}

// itemsMoved lists the criteria whose points a move changed.
func (a *app) itemsMoved(items []explain.ItemDifference) (text string) {
	for _, item := range items {
		text += fmt.Sprintf("; %s %s → %s", item.Criterion, a.number(item.Before), a.number(item.After))
	}
	return text
}

// cause names an event or a day.
func (a *app) cause(c explain.Cause) string {
	var words []string
	if c.Place != nil {
		words = append(words, fmt.Sprintf("#%d", c.Position), c.Type, c.Unit, c.Period, c.Criterion)
	} else {
		words = append(words, a.say("ngày", "the day"), string(c.Day))
	}
	for _, t := range c.Turns {
		words = append(words, t.What, t.Unit, t.Period, t.Hold)
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}
