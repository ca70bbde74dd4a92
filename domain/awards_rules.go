package domain

// checkBallot judges a ballot by itself and against the season (spec "bundle", 1, 2 and 9).
func (w *World) checkBallot(at Instant, e *BallotTallied) Problems {
	ps := w.checkMember(e.Unit)
	ps = append(ps, w.checkAward(e.Award)...)
	ps = append(ps, w.checkAfterFinal("held_at", at)...)
	ps = append(ps, checkCount(e)...)
	if award := w.Season.Award(e.Award); award != nil && award.Ballot != nil && award.Ballot.Body == BodyCluster {
		if members := int64(len(w.Season.Draft.Members)); e.Members.Int() != members {
			ps = append(ps, problem(RuleBallotCount, "members", "cụm có %[2]d đơn vị thành viên, phiếu bầu ghi %[1]s",
				"the ballot counts %s members, the cluster has %d", e.Members, members))
		}
	}
	same := 0
	for _, b := range w.Awards.Ballots {
		if b.Award == e.Award && b.Unit == e.Unit {
			same++
		}
	}
	if same > 1 {
		ps = append(ps, problem(RuleDuplicate, "unit", "đã có kết quả bỏ phiếu về %s cho %s; hãy giữ một dòng", "there are two ballots on %s for %s; keep one row", e.Award, e.Unit))
	}
	return ps
}

func checkCount(e *BallotTallied) (ps Problems) {
	cast := e.Yes.Int() + e.No.Int() + e.Blank.Int() + e.Invalid.Int()
	if cast != e.Present.Int() {
		ps = append(ps, problem(RuleBallotCount, "present", "số phiếu đồng ý, không đồng ý, trắng và không hợp lệ cộng lại là %d, không bằng số có mặt %s",
			"yes, no, blank and invalid add up to %d, not to the %s present", cast, e.Present))
	}
	if e.Present.Int() > e.Members.Int() {
		ps = append(ps, problem(RuleBallotCount, "present", "số có mặt %s lớn hơn số thành viên %s", "%s present are more than the %s members", e.Present, e.Members))
	}
	return ps
}

// checkGrant judges a decision against ranking, ballot, holds and limit (spec "bundle", 1, 2 and 10). All that fails is told.
func (w *World) checkGrant(at Instant, e *AwardGranted) Problems {
	ps := w.checkMember(e.Unit)
	ps = append(ps, w.checkAward(e.Award)...)
	ps = append(ps, w.checkAfterFinal("decided_at", at)...)
	ps = append(ps, w.checkHeld(at, e)...)
	ps = append(ps, w.checkDecision(at, e)...)
	if award := w.Season.Award(e.Award); award != nil {
		ps = append(ps, w.checkVote(award, at, e)...)
		ps = append(ps, w.checkPlace(award, e)...)
		ps = append(ps, w.checkLimit(award, e)...)
	}
	return ps
}

func (w *World) checkAward(id string) Problems {
	if w.Season.Draft == nil || w.Season.Award(id) != nil {
		return nil
	}
	return Problems{problem(RuleKnown, "award", "mùa thi đua không có hình thức khen thưởng %q", "the season has no award %q", id)}
}

func (w *World) checkAfterFinal(column string, at Instant) Problems {
	ps := w.checkFuture(column, at.Time(), at)
	switch final := w.Season.Final; {
	case final == nil:
		ps = append(ps, problem(RuleAfterFinal, column, "xếp hạng chưa chốt nên chưa thể bỏ phiếu hay quyết định khen thưởng; cần finalised_at",
			"the ranking is not finalised, so nothing can be voted or granted yet; finalised_at is needed"))
	case !at.Time().After(final.T.Time()):
		ps = append(ps, problem(RuleAfterFinal, column, "thời điểm %s không sau lúc chốt xếp hạng %s", "%s is not after the ranking was finalised at %s", at, final.T))
	}
	return ps
}

func (w *World) checkHeld(at Instant, e *AwardGranted) Problems {
	day := DateOf(at.Time(), w.Season.Zone())
	hold := w.Conduct(e.Unit).Held(day, w.Season.Zone())
	if hold == nil {
		return nil
	}
	return Problems{problem(RuleHold, "decided_at", "%s đang bị tạm dừng xét khen thưởng vào ngày quyết định %s (từ %s)",
		"awards to %s are on hold on the day of the decision, %s (since %s)", e.Unit, day, hold.From)}
}

func (w *World) checkVote(award *Award, at Instant, e *AwardGranted) Problems {
	if award.Ballot == nil {
		return nil
	}
	ballot := w.Awards.Ballot(e.Award, e.Unit)
	switch {
	case ballot == nil:
		return Problems{problem(RuleBallot, "award", "chưa có kết quả bỏ phiếu về %s cho %s", "there is no ballot on %s for %s", e.Award, e.Unit)}
	case !ballot.Passed(award.Ballot):
		return Problems{problem(RuleBallot, "award", "phiếu đồng ý %s trên %s thành viên không đạt %s%% cho %s của %s",
			"%s yes of %s members are not the %s %% that %s for %s needs", ballot.Yes, ballot.Members, award.Ballot.AtLeastPercent, e.Award, e.Unit)}
	case !at.Time().After(ballot.At.Time()):
		return Problems{problem(RuleBallot, "decided_at", "quyết định lúc %s không sau cuộc bỏ phiếu lúc %s", "the decision at %s is not after its ballot at %s", at, ballot.At)}
	}
	return nil
}

func (w *World) checkPlace(award *Award, e *AwardGranted) (ps Problems) {
	place := w.Season.place(e.Unit)
	if place == nil {
		return nil
	}
	if award.MaxRank.Given() && int64(place.Rank) > award.MaxRank.Int() {
		ps = append(ps, problem(RuleRank, "unit", "%s xếp hạng %d, %s chỉ dành đến hạng %s", "%s has rank %d, %s goes to rank %s at most", e.Unit, place.Rank, e.Award, award.MaxRank))
	}
	if award.MinTier != "" && w.Season.Draft.tier(place.Tier) > w.Season.Draft.tier(award.MinTier) {
		ps = append(ps, problem(RuleTier, "unit", "%s xếp loại %s, thấp hơn mức %s của %s", "%s is in tier %s, below %s that %s asks for", e.Unit, place.Tier, award.MinTier, e.Award))
	}
	return ps
}

func (w *World) checkLimit(award *Award, e *AwardGranted) (ps Problems) {
	granted, same := 0, 0
	for _, g := range w.Awards.Grants {
		if g.Award == e.Award {
			granted++
			if g.Unit == e.Unit {
				same++
			}
		}
	}
	if int64(granted) > award.Limit.Int() {
		ps = append(ps, problem(RuleLimit, "award", "%s chỉ có %s suất, đã ghi %d", "there are only %[2]s of %[1]s, %[3]d are granted", e.Award, award.Limit, granted))
	}
	if same > 1 {
		ps = append(ps, problem(RuleDuplicate, "unit", "%s được ghi hai lần cho %s; hãy giữ một dòng", "%s is granted twice to %s; keep one row", e.Award, e.Unit))
	}
	return ps
}

// checkDecision judges that one decision number has one date, signer and competence. A competence is compared where its text is known.
func (w *World) checkDecision(at Instant, e *AwardGranted) Problems {
	day := DateOf(at.Time(), w.Season.Zone())
	for _, g := range w.Awards.Grants {
		if g.DecisionNumber != e.DecisionNumber {
			continue
		}
		if DateOf(g.At.Time(), w.Season.Zone()) != day || g.Signer != e.Signer || differ(g.Competence, e.Competence) {
			return Problems{problem(RuleDecision, "decision_number", "quyết định số %s có ngày, người ký hoặc thẩm quyền khác nhau giữa các dòng",
				"the decision %s has more than one date, signer or competence", shorten(e.DecisionNumber))}
		}
	}
	return nil
}

func differ(a, b *Disclosable) bool {
	return said(a) && said(b) && a.Text != "" && b.Text != "" && a.Text != b.Text
}
