package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"thidua/domain"
	"thidua/domain/explain"
)

func (a *app) explainCommand() *cobra.Command {
	var m moment
	cmd := &cobra.Command{
		Use:   "explain SEASON UNIT [CRITERION]",
		Short: "How a number came about: formula, terms, values, events and their positions",
		Args:  cobra.RangeArgs(2, 3),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args, m) },
	}
	m.flags(cmd)
	return cmd
}

func (a *app) explain(ctx context.Context, args []string, m moment) error {
	return a.reading(ctx, "explain", func(p *place) error {
		w, position, err := a.world(ctx, p, args[0], m)
		if err != nil {
			return err
		}
		at, err := m.time(w)
		if err != nil {
			return err
		}
		e, err := a.explainUnit(ctx, p, w, at, args)
		if err != nil {
			return err
		}
		e.Position = position
		form := pledgeForm(w, args[1])
		if a.json {
			return a.answer(explainAnswer{e, form})
		}
		a.showExplanation(e)
		a.printf("\nGiao ước: %s", "\nPledge: %s", a.form(form))
		return nil
	})
}

// explainAnswer is the form of `explain --json`: the explanation, and how the unit's pledge is signed: paper, dsse, sshsig, unknown or none.
type explainAnswer struct {
	*explain.Unit
	PledgeSigned string `json:"pledge_signed"`
}

func (a *app) explainUnit(ctx context.Context, p *place, w *domain.World, at time.Time, args []string) (*explain.Unit, error) {
	if w.Season.Importing != "" {
		a.tell("Mùa thi đua %s đang được nhập dở nên chưa có xếp hạng.", "Season %s is half imported, so there is no ranking.", w.Season.ID)
		return nil, errTold
	}
	e := explain.Of(w, at).Unit(args[1])
	if e == nil {
		return nil, &failure{domain.Text{
			VI: fmt.Sprintf("%q không phải là thành viên của mùa thi đua %s.", args[1], args[0]),
			EN: fmt.Sprintf("%q is not a member of season %s.", args[1], args[0]),
		}}
	}
	if len(args) == 3 {
		e.Items = slices.DeleteFunc(e.Items, func(item explain.Item) bool { return item.Criterion != args[2] })
		if len(e.Items) == 0 {
			return nil, &failure{domain.Text{
				VI: fmt.Sprintf("Mùa thi đua %s không có tiêu chí %q.", args[0], args[2]), EN: fmt.Sprintf("Season %s has no criterion %q.", args[0], args[2]),
			}}
		}
	}
	return e, a.nameUnit(ctx, p, e)
}

// nameUnit puts names for refs, and texts for digests.
func (a *app) nameUnit(ctx context.Context, p *place, e *explain.Unit) error {
	named, err := a.naming(ctx, p, e.Refs(), e.Digests())
	if err != nil {
		return err
	}
	e.Name(named.account, named.text)
	return nil
}

// showExplanation prints an explanation for people.
func (a *app) showExplanation(e *explain.Unit) {
	a.printf("%s, %s: hạng %d, tổng điểm %s = chỉ tiêu %s + thưởng %s − trừ %s (sổ sự kiện vị trí %d)",
		"%s, %s: rank %d, total %s = indicators %s + bonus %s − penalty %s (log position %d)",
		e.Season, e.Unit, e.Rank, a.number(e.Total), a.number(e.IndicatorPoints), a.number(e.Bonus), a.number(e.Penalty), e.Position)
	for _, adj := range e.Adjustments {
		fmt.Fprintf(a.out, "  %s %s  %s  %s  %s  #%d\n", adj.Kind, a.number(adj.Points), adj.Reason, adj.By, adj.At, adj.Position)
	}
	for _, item := range e.Items {
		a.showItem(item)
	}
}

func (a *app) showItem(item explain.Item) {
	fmt.Fprintf(a.out, "\n%s  %s\n", item.Criterion, a.say(item.Name.VI, item.Name.EN))
	fmt.Fprintf(a.out, "  %s  %s (%s, %s)  %s/%s\n", item.State, item.Formula, item.Direction, item.OverTime, a.number(item.Points), a.number(item.MaxPoints))
	fmt.Fprintf(a.out, "  %s\n", item.Terms)
	for _, v := range item.Values {
		mark := " "
		if v.Counts {
			mark = "*"
		}
		value := a.number(v.Value)
		if v.Denominator != "" {
			value += "/" + a.number(v.Denominator)
		}
		fmt.Fprintf(a.out, "  %s %s  %-9s v%d  %s  %s  %s  #%d  %s\n", mark, v.Period, v.Kind, v.Version, value, v.At, v.By, v.Position, v.Reason)
		for _, f := range v.Evidence {
			fmt.Fprintf(a.out, "      %s  sha256:%s\n", f.Name, f.SHA256)
		}
	}
}
