package domain

import (
	"encoding/json"
	"slices"
	"strings"
)

// Closed judges whether a finalised season still takes such an event: only holds, ballots and awards (spec "bundle", Importing again).
func (w *World) Closed(e Event) Problems {
	if w.Season.Final == nil {
		return nil
	}
	switch e.(type) {
	case *HoldPlaced, *HoldLifted, *BallotTallied, *AwardGranted, *SampleCommitted, *SampleDrawn, *ImportStarted, *ImportCompleted, *UnitRegistered, *PersonRegistered,
		*SignatureAdded, *KeyRegistered, *KeyConfirmed, *KeyRevoked:
		return nil
	}
	return Problems{problem(RuleClosed, "", "mùa thi đua đã chốt xếp hạng; chỉ còn nhận việc tạm dừng xét, kết quả bỏ phiếu, quyết định khen thưởng và chữ ký mới",
		"the season's ranking is finalised; it takes only new holds, ballots, awards and signatures")}
}

// Check judges one change in a world in which it, and all else that is to happen, has happened. It names every rule that the change
// breaks.
func (w *World) Check(c Change) Problems {
	ps := checkSize(c.Event)
	unit := c.Stream.Unit
	switch e := c.Event.(type) {
	case *UnitRegistered:
		ps = append(ps, w.checkUnit(unit, e)...)
	case *SeasonDrafted:
		ps = append(ps, w.checkDraft(e)...)
	case *CriterionDefined:
		ps = append(ps, w.checkDefined(e)...)
	case *SeasonOpened:
		ps = append(ps, w.checkOpened()...)
	case *RankingFinalised:
		ps = append(ps, w.checkFinal(e)...)
	case *TargetsSet:
		ps = append(ps, w.checkTargets(unit, e)...)
	case *PledgeSigned:
		ps = append(ps, w.checkSignature(unit, c)...)
		ps = append(ps, w.checkFuture("signed_at", c.Time.Time(), c.Time)...)
	case *IndicatorReported:
		ps = append(ps, w.checkSubmission(unit, c.Stream.Key, c.Time, e)...)
		ps = append(ps, w.checkSignedBefore(unit, c.Time)...)
	case *IndicatorCorrected:
		ps = append(ps, w.checkSubmission(unit, c.Stream.Key, c.Time, (*IndicatorReported)(e))...)
	case *IndicatorVerified:
		ps = append(ps, w.checkVerification(unit, c.Stream.Key, c.Time, e)...)
	case *DeadlineExtended:
		ps = append(ps, w.checkExtension(unit, c.Stream.Key, e)...)
		ps = append(ps, w.checkFuture("granted_at", c.Time.Time(), c.Time)...)
	case *PointsAdjusted:
		ps = append(ps, w.checkAdjustment(unit, c.Time, e)...)
	case *HoldPlaced:
		ps = append(ps, w.checkHold(unit, c.Time, e)...)
	case *HoldLifted:
		ps = append(ps, w.checkLift(unit, c.Time, e)...)
	case *BallotTallied:
		ps = append(ps, w.checkBallot(c.Time, e)...)
	case *AwardGranted:
		ps = append(ps, w.checkGrant(c.Time, e)...)
	default:
		ps = append(ps, w.checkAct(c)...)
	}
	return ps
}

// checkAct judges what is not on a season's papers: samples, erasures, keys and signatures by them.
func (w *World) checkAct(c Change) Problems {
	switch e := c.Event.(type) {
	case *SampleCommitted:
		return w.checkCommitted(e)
	case *SampleDrawn:
		return w.checkDrawn(e)
	case *ErasureProposed:
		return w.checkProposal(c.Stream.Key, e)
	case *DisclosureErased:
		return w.checkErased(c.Stream.Key, e)
	case *KeyRegistered:
		return w.checkKey(c.Stream, e)
	case *KeyConfirmed:
		return w.checkConfirmation(c.Stream, c.Time)
	case *KeyRevoked:
		return w.checkRevocation(c.Stream, e)
	case *SignatureAdded:
		return w.checkAdded(c.Time)
	}
	return nil
}

// dataLimit is the most bytes that an event's data may have, so that the whole event, whose other attributes are bounded, stays under the
// 65,535 bytes of spec "events", Envelope.
const dataLimit = 62_000

func checkSize(e Event) Problems {
	data, err := json.Marshal(e)
	if err == nil && len(data) <= dataLimit {
		return nil
	}
	return Problems{problem(RuleSize, "", "nội dung của một sự kiện quá lớn (%d byte, tối đa %d); hãy rút ngắn hoặc chia nhỏ",
		"the content of one event is too large (%d bytes, at most %d); shorten or split it", len(data), dataLimit)}
}

func (w *World) checkMember(unit string) Problems {
	if w.Season.Draft == nil || w.Season.Member(unit) {
		return nil
	}
	return Problems{problem(RuleMember, "unit", "đơn vị %q không phải là thành viên của mùa thi đua này", "the unit %q is not a member of this season", unit)}
}

func (w *World) checkPeriod(id string) Problems {
	if w.Season.Draft == nil || w.Season.Period(id) != nil {
		return nil
	}
	return Problems{problem(RuleKnown, "period", "mùa thi đua không có kỳ %q", "the season has no period %q", id)}
}

func (w *World) checkCriterion(id string) Problems {
	known := func(c CriterionDefined) bool { return c.ID == id }
	if w.Season.Draft == nil || slices.ContainsFunc(w.Season.Criteria, known) {
		return nil
	}
	return Problems{problem(RuleKnown, "criterion", "quy chế không có tiêu chí %q", "the ruleset has no criterion %q", id)}
}

// checkWord judges that a field holds one of the words that its contract allows.
func checkWord(field, value string, allowed ...string) Problems {
	if slices.Contains(allowed, value) {
		return nil
	}
	list := strings.Join(allowed, ", ")
	return Problems{problem(RuleWord, field, "%q không có trong các từ được dùng: %s", "%q is not one of the words used here: %s", shorten(value), list)}
}
