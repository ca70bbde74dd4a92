package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"thidua/domain"
	"thidua/domain/explain"
)

// showRestated prints a final ranking, as it was decided, beside what the record gives now as of the same moment.
func (a *app) showRestated(ctx context.Context, season string, m moment) error {
	return a.reading(ctx, "ranking", func(p *place) error {
		w, upTo, err := a.ranked(ctx, p, season, m)
		if err != nil {
			return err
		}
		if w.Season.Final == nil {
			return &failure{domain.Text{
				VI: fmt.Sprintf("Xếp hạng của mùa thi đua %s chưa được chốt nên chưa có gì để đối chiếu. Xem: thidua ranking %s", season, season),
				EN: fmt.Sprintf("The ranking of season %s is not finalised, so there is nothing decided to compare with. See: thidua ranking %s", season, season),
			}}
		}
		then, err := p.log.Season(ctx, season, w.Season.Final.Position)
		if err != nil {
			return err
		}
		now, err := p.log.Season(ctx, season, upTo)
		if err != nil {
			return err
		}
		restated := explain.Restate(season, then, now)
		restated.Position = upTo
		if a.json {
			return a.answer(restated)
		}
		a.tellRestated(restated)
		return nil
	})
}

// tellRestated prints the two lines of each unit, with a mark where they differ.
func (a *app) tellRestated(r *explain.Restated) {
	a.printf("%s: đã chốt lúc %s (sự kiện #%d) bên cạnh những gì biết được ở vị trí %d, cùng thời điểm đó",
		"%s: decided as of %s (event #%d) beside what is known at position %d, as of the same moment", r.Season, r.T, r.Finalised.Position, r.Position)
	if r.Differs != nil {
		a.printf("Xếp hạng đã chốt không tính lại được từ chính căn cứ của nó: %s", "The final ranking does not follow from what it stood on: %s", *r.Differs)
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, a.say("Đơn vị\tHạng đã chốt\tTổng\tXếp loại\tHạng nay\tTổng\tXếp loại\tKhác", "Unit\tRank decided\tTotal\tTier\tRank known\tTotal\tTier\tDiffers"))
	differ := 0
	for _, u := range r.Units {
		known := explain.Line{}
		if u.Known != nil {
			known = *u.Known
		}
		if len(u.Differs) > 0 {
			differ++
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%s\t%s\t%s\n", u.Unit, u.Decided.Rank, a.number(u.Decided.Total), u.Decided.Tier,
			known.Rank, a.number(known.Total), known.Tier, strings.Join(u.Differs, ", "))
	}
	_ = table.Flush()
	a.printf("Số đơn vị khác: %d. Số sự kiện của mùa thi đua sau khi chốt: %d", "Units that differ: %d. Events of the season since: %d", differ, len(r.Since))
	for _, c := range r.Since {
		a.printf("  %s", "  %s", a.cause(c))
	}
}
