package main

import (
	"context"

	"thidua/domain"
	"thidua/domain/explain"
)

// showWithout prints the ranking as if some events had never been. It is marked as hypothetical, and is never final.
func (a *app) showWithout(ctx context.Context, season string, m moment, positions []uint) error {
	return a.reading(ctx, "ranking", func(p *place) error {
		w, upTo, err := a.ranked(ctx, p, season, m)
		if err != nil {
			return err
		}
		at, err := m.time(w)
		if err != nil {
			return err
		}
		events, err := p.log.Season(ctx, season, upTo)
		if err != nil {
			return err
		}
		struck := make([]domain.Position, len(positions))
		for i, position := range positions {
			struck[i] = domain.Position(position)
		}
		h, err := explain.Without(season, events, at, struck...)
		if err != nil {
			return err
		}
		answer := &rankingAnswer{
			Season: season, Position: upTo, RulesetSHA256: w.Season.RulesetSHA256, Complete: true, At: unlessEmpty(m.at),
			Hypothetical: h, Standings: append([]domain.Standing{}, h.Ranking.Standings...),
		}
		return a.writeRanking(answer)
	})
}

// tellHypothesis prints above a hypothetical ranking that it is one.
func (a *app) tellHypothesis(h *explain.Hypothesis) {
	a.printf("GIẢ ĐỊNH: đây không phải là xếp hạng của mùa thi đua, mà là xếp hạng nếu không có:", "HYPOTHETICAL: this is not the ranking of the season, but what it were without:")
	for _, c := range h.Without {
		a.printf("  %s", "  %s", a.cause(c))
	}
}

// tellChanges prints below a hypothetical ranking where it differs from that of the record.
func (a *app) tellChanges(h *explain.Hypothesis) {
	if len(h.Changes) == 0 {
		a.printf("Không đơn vị nào thay đổi.", "No unit's line changes.")
		return
	}
	a.printf("Thay đổi so với sổ (giả định):", "Changes against the record (hypothetical):")
	for _, c := range h.Changes {
		a.printf("  %s  %s", "  %s  %s", c.Unit, a.between(&c.Recorded, &c.Hypothetical, c.TotalChange))
	}
}
