package domain

import "slices"

// What if an event were struck from the record? That is a question, not a decision: nothing is written, and the ranking that follows is nobody's.
// It makes sense of what a person or unit put in and a ranking rests on: targets, values, recounts, exceptions, points, holds. Rules: what makes
// the season itself (its draft, criteria, opening, and the signatures and covenant on which all values rest) can't be struck, nor what only tells
// of the record (imports, discards, gaps, the final ranking, which is a result); and what no ranking rests on would change none.

// Strike returns the events of a season as if those at some positions had never been. It is refused where one of these can't be struck.
func Strike(events []Recorded, positions ...Position) ([]Recorded, error) {
	var ps Problems
	for _, position := range positions {
		i := slices.IndexFunc(events, func(r Recorded) bool { return r.Position == position })
		if i < 0 {
			ps = append(ps, problem(RuleStrike, "without", "vị trí %d không phải là sự kiện của mùa thi đua này; xem: thidua audit --season MÙA",
				"what is at position %d is no event of this season; see: thidua audit --season SEASON", position))
			continue
		}
		ps = append(ps, strikable(events[i])...)
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(events), func(r Recorded) bool { return slices.Contains(positions, r.Position) }), nil
}

// strikable judges whether it makes sense to ask what were without an event.
func strikable(r Recorded) Problems {
	switch r.Event.(type) {
	case *TargetsSet, *IndicatorReported, *IndicatorCorrected, *IndicatorVerified, *DeadlineExtended, *PointsAdjusted, *HoldPlaced, *HoldLifted:
		return nil
	case *SeasonDrafted, *CriterionDefined, *SeasonOpened, *PledgeSigned, *CovenantEnteredIntoForce:
		return Problems{problem(RuleStrike, "without", "sự kiện ở vị trí %d (%s) tạo nên chính mùa thi đua: không có nó thì không có số liệu nào được nhận, nên không có xếp hạng để so sánh",
			"the event at position %d (%s) makes the season itself: without it no value would have been taken, so there is no ranking to compare", r.Position, r.Event.Words())}
	case *RankingFinalised:
		return Problems{problem(RuleStrike, "without", "sự kiện ở vị trí %d (%s) là kết quả, không phải căn cứ của xếp hạng; xem: thidua ranking MÙA --restated",
			"the event at position %d (%s) is a result and not what a ranking rests on; see: thidua ranking SEASON --restated", r.Position, r.Event.Words())}
	case *Voided:
		return Problems{problem(RuleStrike, "without", "sự kiện ở vị trí %d đã bị bỏ, không còn được tính", "the event at position %d was discarded: it counts for nothing already", r.Position)}
	case nil:
		return Problems{problem(RuleStrike, "without", "dữ liệu ở vị trí %d không phải là sự kiện", "what lies at position %d is no event", r.Position)}
	}
	return Problems{problem(RuleStrike, "without", "không xếp hạng nào dựa vào sự kiện ở vị trí %d (%s), nên bỏ nó cũng không thay đổi gì",
		"no ranking rests on the event at position %d (%s), so striking it would change none", r.Position, r.Event.Words())}
}
