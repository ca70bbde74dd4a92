package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// LoadZone returns an IANA time zone by name. "Local" and "" are none: what a season's days are must not hang on a machine.
func LoadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, problem(RuleZone, "timezone", "không có múi giờ %q; hãy dùng tên IANA như Asia/Ho_Chi_Minh",
			"there is no time zone %q; use an IANA name such as Asia/Ho_Chi_Minh", shorten(name))
	}
	return zone, nil
}

// checkDraft judges what a season says of itself (spec "bundle", 1 to 4). Fields are named by their path in season.yaml, list entries by
// their id.
func (w *World) checkDraft(e *SeasonDrafted) (ps Problems) {
	if w.Season.drafts > 1 {
		ps = append(ps, problem(RuleContradiction, "season", "mùa thi đua %s đã có", "the season %s exists already", w.Season.ID))
	}
	if _, err := LoadZone(e.Timezone); err != nil {
		ps = append(ps, asProblem(err))
	}
	ps = append(ps, checkMembers(e)...)
	ps = append(ps, checkPeriods(e.Periods)...)
	ps = append(ps, checkAwards(e)...)
	ps = append(ps, checkTiers(e.Tiers)...)
	for i, word := range e.TieBreak {
		ps = append(ps, checkWord(fmt.Sprintf("ruleset.tie_break.%d", i), word, TieBreaks...)...)
	}
	return append(ps, checkPointsDigits(e)...)
}

// TieBreaks are the ways to break a tie (spec "scoring", Rank and tier).
var TieBreaks = []string{"fewer_penalty_points", "higher_indicator_points", "higher_verified_share"}

func checkMembers(e *SeasonDrafted) (ps Problems) {
	if len(e.Members) == 0 {
		ps = append(ps, problem(RuleMember, "members", "mùa thi đua chưa có đơn vị thành viên nào", "the season has no members"))
	}
	ps = append(ps, checkDistinct("members", e.Members)...)
	for _, role := range []struct{ field, unit string }{{"head", e.Head}, {"deputy", e.Deputy}} {
		if role.unit != "" && !slices.Contains(e.Members, role.unit) {
			ps = append(ps, problem(RuleHead, role.field, "%[2]q không phải là thành viên nên không thể giữ vai trò %[1]s",
				"%[2]q is not a member, so it cannot be %[1]s", role.field, role.unit))
		}
	}
	if e.Head == e.Deputy {
		ps = append(ps, problem(RuleHead, "deputy", "cụm trưởng và cụm phó phải là hai đơn vị khác nhau", "head and deputy must be two different members"))
	}
	return ps
}

func checkPeriods(periods []Period) (ps Problems) {
	if len(periods) == 0 {
		ps = append(ps, problem(RuleCalendar, "periods", "mùa thi đua chưa có kỳ báo cáo nào", "the season has no periods"))
	}
	ids := make([]string, len(periods))
	for i, p := range periods {
		ids[i] = p.ID
		path := "periods." + p.ID
		if p.From > p.To || p.To > p.Deadline || p.Deadline > p.Lock {
			ps = append(ps, problem(RuleCalendar, path, "kỳ %s: cần from ≤ to ≤ deadline ≤ lock (%s, %s, %s, %s)",
				"period %s: from ≤ to ≤ deadline ≤ lock must hold (%s, %s, %s, %s)", p.ID, p.From, p.To, p.Deadline, p.Lock))
		}
		if i > 0 && p.From <= periods[i-1].To {
			ps = append(ps, problem(RuleCalendar, path+".from", "kỳ %s bắt đầu khi kỳ %s chưa hết; các kỳ không chồng nhau và theo thứ tự thời gian",
				"period %s begins before period %s has ended; periods do not overlap and stand in calendar order", p.ID, periods[i-1].ID))
		}
	}
	return append(ps, checkDistinct("periods", ids)...)
}

func checkAwards(e *SeasonDrafted) (ps Problems) {
	ids := make([]string, len(e.Awards))
	for i, a := range e.Awards {
		ids[i] = a.ID
		path := "awards." + a.ID
		ps = append(ps, checkAtLeastOne(path+".limit", a.Limit)...)
		if a.MaxRank.Given() {
			ps = append(ps, checkAtLeastOne(path+".max_rank", a.MaxRank)...)
		}
		if a.MinTier != "" && e.tier(a.MinTier) < 0 {
			ps = append(ps, problem(RuleKnown, path+".min_tier", "không có mức xếp loại %q", "there is no tier %q", a.MinTier))
		}
		if a.Ballot == nil {
			continue
		}
		ps = append(ps, checkWord(path+".ballot.body", a.Ballot.Body, BodyCluster, BodyCouncil)...)
		if a.Ballot.AtLeastPercent.Int() > 100 {
			ps = append(ps, problem(RuleRuleset, path+".ballot.at_least_percent", "tỷ lệ phiếu không quá 100", "the share of votes is at most 100"))
		}
	}
	return append(ps, checkDistinct("awards", ids)...)
}

func checkAtLeastOne(path string, n Whole) Problems {
	if n.Int() >= 1 {
		return nil
	}
	return Problems{problem(RuleRuleset, path, "phải là số nguyên từ 1 trở lên", "it must be a whole number from 1 on")}
}

// checkTiers judges spec "scoring", Rank and tier: min_total falls strictly from tier to tier; the last has 0 and no min_item_share.
func checkTiers(tiers []Tier) (ps Problems) {
	if len(tiers) == 0 {
		return Problems{problem(RuleRuleset, "ruleset.tiers", "quy chế chưa có mức xếp loại nào", "the ruleset has no tiers")}
	}
	ids := make([]string, len(tiers))
	for i, t := range tiers {
		ids[i] = t.ID
		if i > 0 && t.MinTotal.Rat().Cmp(tiers[i-1].MinTotal.Rat()) >= 0 {
			ps = append(ps, problem(RuleRuleset, "ruleset.tiers."+t.ID+".min_total", "min_total của %s phải nhỏ hơn của %s; các mức xếp từ cao xuống thấp",
				"min_total of %s must be below that of %s; tiers stand best first", t.ID, tiers[i-1].ID))
		}
	}
	if last := tiers[len(tiers)-1]; last.MinTotal.Rat().Sign() != 0 || last.MinItemShare.Given() {
		ps = append(ps, problem(RuleRuleset, "ruleset.tiers."+last.ID, "mức cuối phải có min_total bằng 0 và không có min_item_share",
			"the last tier has min_total 0 and no min_item_share"))
	}
	return append(ps, checkDistinct("ruleset.tiers", ids)...)
}

func checkPointsDigits(e *SeasonDrafted) (ps Problems) {
	digits := e.Rounding.Digits.Int()
	if digits > 6 {
		return Problems{problem(RuleRuleset, "ruleset.rounding.digits", "số chữ số làm tròn từ 0 đến 6", "points are rounded to 0 to 6 digits")}
	}
	set := []struct {
		path   string
		points Decimal
	}{
		{"ruleset.scale", e.Scale},
		{"ruleset.bonus_cap", e.BonusCap},
		{"ruleset.lateness.per_report", e.Lateness.PerReport},
		{"ruleset.lateness.max", e.Lateness.Max},
	}
	for _, t := range e.Tiers {
		set = append(set, struct {
			path   string
			points Decimal
		}{"ruleset.tiers." + t.ID + ".min_total", t.MinTotal})
	}
	for _, s := range set {
		if int64(s.points.Decimals()) > digits {
			ps = append(ps, tooManyDigits(s.path, s.points, e.Rounding.Digits))
		}
	}
	return ps
}

func tooManyDigits(field string, points Decimal, digits Whole) *Problem {
	return problem(RuleDigits, field, "%s có nhiều chữ số lẻ hơn mức %s của quy chế (rounding.digits)", "%s has more decimals than the ruleset's %s (rounding.digits)", points, digits)
}

// checkOpened judges the ruleset as a whole (spec "bundle", 4).
func (w *World) checkOpened() (ps Problems) {
	ruleset := w.Season.Ruleset()
	if len(ruleset.Criteria) == 0 {
		return Problems{problem(RuleRuleset, "ruleset.criteria", "quy chế chưa có tiêu chí nào", "the ruleset has no criteria")}
	}
	ids := make([]string, len(ruleset.Criteria))
	sum := ruleset.BonusCap.Rat()
	for i, c := range ruleset.Criteria {
		ids[i] = c.ID
		sum.Add(sum, c.Points.Rat())
	}
	if sum.Cmp(ruleset.Scale.Rat()) > 0 {
		ps = append(ps, problem(RuleScale, "ruleset.scale", "tổng điểm các tiêu chí cộng điểm thưởng tối đa là %s, vượt thang điểm %s",
			"the criteria's points and bonus_cap add up to %s, more than the scale of %s", Decimal(sum.FloatString(6)).Plain(), ruleset.Scale))
	}
	return append(ps, checkDistinct("ruleset.criteria", ids)...)
}

// checkFinal judges when a ranking may be finalised (spec "bundle", 3 and 8).
func (w *World) checkFinal(e *RankingFinalised) Problems {
	ps := slices.Concat(w.checkFuture("finalised_at", e.T.Time(), e.T), w.checkParked(), w.checkLost())
	if w.Season.Draft == nil {
		return ps
	}
	day := DateOf(e.T.Time(), w.Season.Zone())
	last := Date("")
	for _, p := range w.Season.Draft.Periods {
		last = max(last, p.Lock)
	}
	for _, report := range w.Reports {
		last = max(last, report.Deadline())
	}
	if day <= last {
		ps = append(ps, problem(RuleFinalAfter, "finalised_at", "xếp hạng chốt ngày %s, không sau ngày khóa hoặc hạn gia hạn cuối cùng %s",
			"the ranking is finalised on %s, not after the last lock or extended deadline, %s", day, last))
	}
	return ps
}

// checkParked judges that no event of the season is parked: a ranking without it would not be that of the whole record.
func (w *World) checkParked() Problems {
	if len(w.Parked) == 0 {
		return nil
	}
	return Problems{problem(RuleParked, "finalised_at", "mùa thi đua có %d sự kiện đang bị treo, sự kiện đầu ở vị trí %d; hãy thử lại hoặc bỏ nó trước khi chốt xếp hạng (thidua parked)",
		"the season has %d parked events, the first at position %d; retry or discard it before the ranking is finalised (thidua parked)", len(w.Parked), w.Parked[0])}
}

// checkOverdue judges a new end of the season against what is on the record after it (spec "bundle", 8).
func (w *World) checkOverdue(e *RankingFinalised) Problems {
	var last Instant
	later := func(at Instant) {
		if at.Time().After(last.Time()) {
			last = at
		}
	}
	for _, report := range w.Reports {
		for _, s := range report.Submissions {
			later(s.At)
		}
		for _, v := range report.Verifications {
			later(v.At)
		}
	}
	for _, conduct := range w.Conducts {
		for _, a := range conduct.Adjustments {
			later(a.At)
		}
	}
	if !last.Time().After(e.T.Time()) {
		return nil
	}
	return Problems{problem(RuleFinalisedAt, "finalised_at", "đã có số liệu, kiểm tra hoặc điểm thưởng, trừ lúc %s, sau lúc chốt %s",
		"there is a value, verification or adjustment of %s, after the ranking would be finalised at %s", last, e.T)}
}

func checkDistinct(path string, ids []string) (ps Problems) {
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			ps = append(ps, problem(RuleDuplicate, path, "%s được ghi hai lần", "%s is given twice", id))
		}
		seen[id] = true
	}
	return ps
}

// asProblem returns the problem that a parsing error is.
func asProblem(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return problem(RuleText, "", "%v", "%v", err)
}
