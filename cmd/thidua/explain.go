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

func (a *app) explainCommand() *cobra.Command {
	var m moment
	var prov bool
	cmd := &cobra.Command{
		Use:   "explain SEASON UNIT [CRITERION]",
		Short: "How a number came about: formula, terms, values, events and their positions",
		Args:  cobra.RangeArgs(2, 3),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args, m, prov) },
	}
	m.flags(cmd)
	cmd.Flags().BoolVar(&prov, "prov", false, "as PROV-JSON (W3C), down to the leaves of the log; names nobody")
	return cmd
}

func (a *app) explain(ctx context.Context, args []string, m moment, prov bool) error {
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
		if prov {
			return a.answer(e.Prov(p.log.Origin(), build().Version))
		}
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
	a.showPlacing(e)
	for _, award := range e.Awards {
		a.showAward(award)
	}
	for _, item := range e.Items {
		a.showItem(item)
	}
}

// showPlacing tells what decided the rank, the tier, and whether the unit is eligible.
func (a *app) showPlacing(e *explain.Unit) {
	if above := e.Placing.Above; above != nil {
		a.printf("  sau %s (hạng %d, %s), do %s", "  after %s (rank %d, %s), by %s", above.Unit, above.Rank, a.number(above.Total), a.decider(above.DecidedBy))
	}
	if below := e.Placing.Below; below != nil {
		a.printf("  trước %s (hạng %d, %s), do %s", "  before %s (rank %d, %s), by %s", below.Unit, below.Rank, a.number(below.Total), a.decider(below.DecidedBy))
	}
	if len(e.Placing.Equal) > 0 {
		a.printf("  cùng hạng với %s", "  shares the rank with %s", strings.Join(e.Placing.Equal, ", "))
	}
	a.printf("  xếp loại %s; đủ điều kiện khen thưởng ngày %s: %s", "  tier %s; eligible for awards on %s: %s", e.Tier.Tier, e.Eligibility.Day, a.yes(e.Eligibility.Eligible))
	for _, h := range e.Eligibility.Holds {
		last := a.say("chưa hết", "open")
		if h.Last != nil {
			last = string(*h.Last)
		}
		a.printf("  tạm dừng xét %s → %s  %s  #%d", "  hold %s → %s  %s  #%d", h.From, last, h.Reason, h.Position)
	}
}

// decider names what puts one unit before another.
func (a *app) decider(word string) string {
	text, ok := map[string]domain.Text{
		"total":                   {VI: "tổng điểm", EN: "total"},
		"fewer_penalty_points":    {VI: "ít điểm trừ hơn", EN: "fewer penalty points"},
		"higher_indicator_points": {VI: "điểm chỉ tiêu cao hơn", EN: "higher indicator points"},
		"higher_verified_share":   {VI: "tỷ lệ đã thẩm tra cao hơn", EN: "higher verified share"},
	}[word]
	if !ok {
		return word
	}
	return text.In(a.lang)
}

// showAward tells each condition of an award.
func (a *app) showAward(award explain.Award) {
	a.printf("  khen thưởng %s: đủ các điều kiện: %s", "  award %s: every condition met: %s", award.Award, a.yes(award.Met))
	if c := award.Rank; c != nil {
		a.printf("    hạng %d ≤ %d: %s", "    rank %d ≤ %d: %s", c.Rank, c.Max, a.yes(c.Met))
	}
	if c := award.Tier; c != nil {
		a.printf("    xếp loại %s, cần %s: %s", "    tier %s, needs %s: %s", c.Tier, c.Min, a.yes(c.Met))
	}
	if c := award.Ballot; c != nil && c.Counted == nil {
		a.printf("    bỏ phiếu: chưa có", "    ballot: none")
	} else if c != nil {
		a.printf("    phiếu %d·100 = %d ≥ %d·%d = %d: %s  #%d", "    ballot %d·100 = %d ≥ %d·%d = %d: %s  #%d",
			c.Counted.Yes, c.Counted.Left, c.AtLeastPercent, c.Counted.Members, c.Counted.Right, a.yes(c.Met), c.Counted.Position)
	}
	a.printf("    không bị tạm dừng xét ngày %s: %s; đã tặng %d trên %d: %s", "    no hold on %s: %s; granted %d of %d: %s",
		award.Holds.Day, a.yes(award.Holds.Eligible), len(award.Limit.Granted), award.Limit.Limit, a.yes(award.Limit.Met))
	if g := award.Grant; g != nil {
		a.printf("    quyết định số %s  %s  %s  #%d", "    decision no. %s  %s  %s  #%d", g.DecisionNumber, g.DecidedAt, g.Signer, g.Position)
	}
}

// yes says yes or no.
func (a *app) yes(so bool) string {
	if so {
		return a.say("có", "yes")
	}
	return a.say("không", "no")
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
