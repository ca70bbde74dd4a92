package domain

import "time"

// entered is what a submission and a verification have in common: a value of a cell, entered at a moment.
type entered struct {
	unit, period, criterion string
	value, denominator      Decimal
	at                      Instant
	column                  string // that holds the moment in the papers
}

// checkSubmission judges a submission and, because an earlier one can make another a correction, its whole cell
// (spec "bundle", 1, 2, 6 and 8).
func (w *World) checkSubmission(unit, period string, at Instant, e *IndicatorReported) Problems {
	v := entered{unit, period, e.Criterion, e.Value, e.Denominator, at, "submitted_at"}
	ps := w.checkEntered(v)
	ps = append(ps, w.checkWindow(v)...)
	ps = append(ps, w.checkEvidence(e.Evidence)...)
	return append(ps, w.checkCell(v)...)
}

// checkCell judges how the submissions of the cell stand to each other: no two at one instant, each after the first with a reason. It is
// asked for every submission and answers for the one it was asked for and for the one that follows it in time, if that was there before.
func (w *World) checkCell(v entered) (ps Problems) {
	cell := w.Report(v.unit, v.period).Cell(v.criterion)
	for i, s := range cell {
		if !s.At.Equal(v.at) {
			continue
		}
		if i > 0 && cell[i-1].At.Equal(s.At) {
			ps = append(ps, problem(RuleDuplicate, v.column, "ô %s/%s/%s có hai số liệu cùng thời điểm %s; hãy bỏ một dòng hoặc sửa thời điểm",
				"the cell %s/%s/%s has two values of the same instant %s; remove one or correct its time", v.unit, v.period, v.criterion, v.at))
		} else if i > 0 && !said(s.Reason) {
			ps = append(ps, problem(RuleReason, "reason", "số liệu của ô %s/%s/%s lúc %s là đính chính nên phải nêu lý do",
				"the value of the cell %s/%s/%s at %s corrects an earlier one and must state a reason", v.unit, v.period, v.criterion, v.at))
		}
	}
	return ps
}

// checkLater judges the submission that follows a new, earlier one: it became a correction by that.
func (w *World) checkLater(c Change, e *IndicatorReported) Problems {
	unit, period := c.Stream.Unit, c.Stream.Key
	cell := w.Report(unit, period).Cell(e.Criterion)
	if len(cell) < 2 || !cell[0].At.Equal(c.Time) || said(cell[1].Reason) || cell[1].At.Equal(c.Time) {
		return nil
	}
	return Problems{problem(RuleReason, "submitted_at", "số liệu lúc %[4]s của ô %[1]s/%[2]s/%[3]s đứng trước số liệu đã có lúc %[5]s, vốn không nêu lý do đính chính",
		"the value of the cell %s/%s/%s at %s comes before the one at %s, which states no reason for a correction",
		unit, period, e.Criterion, c.Time, cell[1].At)}
}

// checkSigned judges a new value against the signature that stands already.
func (w *World) checkSigned(c Change) Problems {
	for _, s := range w.Pledge(c.Stream.Unit).Signatures {
		if !s.At.Time().Before(c.Time.Time()) {
			return Problems{problem(RuleSignature, "submitted_at", "số liệu lúc %s không sau chữ ký giao ước của %s lúc %s",
				"the value at %s is not after the signature of %s at %s", c.Time, c.Stream.Unit, s.At)}
		}
	}
	return nil
}

// checkVerification judges a recount (spec "bundle", 7).
func (w *World) checkVerification(unit, period string, at Instant, e *IndicatorVerified) Problems {
	v := entered{unit, period, e.Criterion, e.Value, e.Denominator, at, "verified_at"}
	ps := w.checkEntered(v)
	if period := w.Season.Period(v.period); period != nil {
		ps = append(ps, w.checkNotBefore(v, period)...)
	}
	if cell := w.Report(unit, v.period).Cell(v.criterion); len(cell) == 0 || !cell[0].At.Time().Before(at.Time()) {
		ps = append(ps, problem(RuleVerifiedAfter, v.column, "ô %s/%s/%s chưa có số liệu nào trước lúc kiểm tra %s; chỉ kiểm tra được số đã báo cáo",
			"the cell %s/%s/%s has no value before its verification at %s; only what was reported can be verified", unit, v.period, v.criterion, at))
	}
	return append(ps, w.checkOneVerification(v)...)
}

func (w *World) checkOneVerification(v entered) Problems {
	same := 0
	for _, o := range w.Report(v.unit, v.period).Verifications {
		if o.Criterion == v.criterion && o.At.Equal(v.at) {
			same++
		}
	}
	if same < 2 {
		return nil
	}
	return Problems{problem(RuleDuplicate, v.column, "ô %s/%s/%s có hai lần kiểm tra cùng thời điểm %s; hãy bỏ một dòng hoặc sửa thời điểm",
		"the cell %s/%s/%s has two verifications of the same instant %s; remove one or correct its time", v.unit, v.period, v.criterion, v.at)}
}

// checkEntered judges what holds for submissions and verifications alike.
func (w *World) checkEntered(v entered) Problems {
	ps := w.checkMember(v.unit)
	ps = append(ps, w.checkPeriod(v.period)...)
	ps = append(ps, w.checkCriterion(v.criterion)...)
	ps = append(ps, w.checkMoment(v.column, v.at)...)
	if c := w.Season.Ruleset().Criterion(v.criterion); c != nil {
		ps = append(ps, checkKind(c, v)...)
	}
	if w.Season.Member(v.unit) && !w.Pledge(v.unit).Applicable(v.criterion) {
		ps = append(ps, problem(RuleApplicable, "criterion", "tiêu chí %s không áp dụng cho %s (chỉ tiêu là “na”) nên không có số liệu",
			"the criterion %s does not apply to %s (its target is “na”), so it takes no value", v.criterion, v.unit))
	}
	return ps
}

// checkKind judges a value against its criterion's kind: yes_no is 0 or 1; a ratio, and nothing else, has a denominator.
func checkKind(c *CriterionDefined, v entered) (ps Problems) {
	if plain := v.value.Plain(); c.Kind == "yes_no" && plain != "0" && plain != "1" {
		ps = append(ps, problem(RuleYesNo, "value", "tiêu chí %s là có/không: giá trị phải là 0 hoặc 1, không phải %s",
			"the criterion %s is yes or no: its value is 0 or 1, not %s", c.ID, v.value))
	}
	switch ratio := c.Kind == "ratio"; {
	case ratio && !v.denominator.Given():
		ps = append(ps, problem(RuleDenominator, "denominator", "tiêu chí %s là tỷ lệ nên cần mẫu số", "the criterion %s is a ratio and needs a denominator", c.ID))
	case !ratio && v.denominator.Given():
		ps = append(ps, problem(RuleDenominator, "denominator", "tiêu chí %s không phải tỷ lệ nên không có mẫu số; hãy để trống",
			"the criterion %s is no ratio and has no denominator; leave it empty", c.ID))
	}
	return ps
}

// checkWindow judges when a value came: by local date not before the period began, and not after the later of its lock and the unit's own
// deadline (spec "bundle", 6).
func (w *World) checkWindow(v entered) Problems {
	period := w.Season.Period(v.period)
	if period == nil {
		return nil
	}
	ps := w.checkNotBefore(v, period)
	last := max(period.Lock, w.Report(v.unit, v.period).Deadline())
	if day := DateOf(v.at.Time(), w.Season.Zone()); day > last {
		ps = append(ps, problem(RuleWindow, v.column, "kỳ %s đã khóa từ sau ngày %s; không nhận số liệu nộp ngày %s",
			"the period %s is locked after %s; a value submitted on %s is not taken", v.period, last, day))
	}
	return ps
}

func (w *World) checkNotBefore(v entered, period *Period) Problems {
	day := DateOf(v.at.Time(), w.Season.Zone())
	if day >= period.From {
		return nil
	}
	return Problems{problem(RuleWindow, v.column, "kỳ %s bắt đầu ngày %s; không nhận số liệu của ngày %s",
		"the period %s begins on %s; a value of %s is not taken", v.period, period.From, day)}
}

func (w *World) checkEvidence(files []Evidence) (ps Problems) {
	for _, f := range files {
		if f.Size > EvidenceLimit {
			ps = append(ps, problem(RuleEvidenceSize, "evidence", "tệp minh chứng lớn hơn 20 MiB; hãy nén hoặc tách tệp",
				"a file of evidence is larger than 20 MiB; compress or split it"))
		}
	}
	return ps
}

// EvidenceLimit is the most bytes a file of evidence may have: 20 MiB (spec "bundle", 11).
const EvidenceLimit = 20 << 20

// checkSignedBefore judges whether the unit's pledge was signed before the unit's first value (spec "bundle", 5). It answers once a unit,
// for the first value only, because the cause is one.
func (w *World) checkSignedBefore(unit string, at Instant) Problems {
	first := w.firstValue(unit)
	if len(w.Pledge(unit).Signatures) > 0 || !w.Season.Member(unit) || first == nil || !first.At.Equal(at) {
		return nil
	}
	return Problems{problem(RuleSignature, "unit", "%s có số liệu nhưng chưa ký giao ước; hãy thêm chữ ký có trước mọi số liệu",
		"%s has values but has not signed its pledge; add its signature, earlier than all its values", unit)}
}

// firstValue returns the earliest submission of a unit, nil where there is none.
func (w *World) firstValue(unit string) *Submission {
	var first *Submission
	for key, report := range w.Reports {
		if key.Unit != unit {
			continue
		}
		for i := range report.Submissions {
			if s := &report.Submissions[i]; first == nil || s.At.Time().Before(first.At.Time()) {
				first = s
			}
		}
	}
	return first
}

func (w *World) checkExtension(unit, period string, e *DeadlineExtended) (ps Problems) {
	ps = append(ps, w.checkMember(unit)...)
	ps = append(ps, w.checkPeriod(period)...)
	if p := w.Season.Period(period); p != nil && e.Deadline <= p.Deadline {
		ps = append(ps, problem(RuleExtension, "deadline", "hạn gia hạn %s không muộn hơn hạn %s của kỳ %s",
			"the extended deadline %s is not after the deadline %s of the period %s", e.Deadline, p.Deadline, period))
	}
	if len(w.Report(unit, period).Extensions) > 1 {
		ps = append(ps, problem(RuleDuplicate, "period", "kỳ %[2]s của %[1]s được gia hạn hai lần; hãy giữ một dòng",
			"the period %[2]s of %[1]s is extended twice; keep one row", unit, period))
	}
	return ps
}

// checkMoment judges an instant against the end of the season and the clock (spec "bundle", 8).
func (w *World) checkMoment(column string, at Instant) (ps Problems) {
	if final := w.Season.Final; final != nil && at.Time().After(final.T.Time()) {
		ps = append(ps, problem(RuleFinalisedAt, column, "thời điểm %s là sau khi xếp hạng đã chốt lúc %s", "%s is after the ranking was finalised at %s", at, final.T))
	}
	return append(ps, w.checkFuture(column, at.Time(), at)...)
}

func (w *World) checkFuture(column string, at time.Time, written Instant) Problems {
	if !at.After(w.Now) {
		return nil
	}
	return Problems{problem(RuleFuture, column, "thời điểm %s còn ở tương lai theo đồng hồ máy chủ", "%s is in the future by the server's clock", written)}
}
