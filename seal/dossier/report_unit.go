package dossier

import (
	"strconv"

	"thidua/domain"
)

// reportUnit writes a unit's section: its points, every value that was ever given, what people added or took, and holds.
func (a *account) reportUnit(p *page, unit string) {
	p.element("h2", a.unit(p, unit))
	a.reportItems(p, unit)
	a.reportValues(p, unit)
	a.reportConduct(p, unit)
}

func (a *account) reportItems(p *page, unit string) {
	var rows [][]string
	for _, s := range a.standings().Standings {
		if s.Unit != unit {
			continue
		}
		for _, item := range s.Items {
			name := item.Criterion
			if c := a.world.Season.Ruleset().Criterion(item.Criterion); c != nil {
				name += " " + p.name(c.Name)
			}
			verified := ""
			if item.Verified {
				verified = p.say("có", "yes")
			}
			rows = append(rows, []string{name, p.some(item.Target), p.some(item.Actual), p.some(item.Attainment), p.number(item.Points), verified})
		}
	}
	p.table(p.say("Điểm từng tiêu chí", "Points by criterion"), []string{
		p.say("Tiêu chí", "Criterion"), "#" + p.say("Chỉ tiêu", "Target"), "#" + p.say("Thực hiện", "Actual"), "#" + p.say("Mức đạt", "Attainment"), "#" + p.say("Điểm", "Points"),
		p.say("Đã thẩm tra", "Verified"),
	}, rows)
}

// some writes a number where there is one.
func (p *page) some(number *string) string {
	if number == nil {
		return "–"
	}
	return p.number(*number)
}

func (a *account) reportValues(p *page, unit string) {
	var rows [][]string
	for _, period := range a.world.Season.Draft.Periods {
		report := a.world.Report(unit, period.ID)
		for _, s := range report.Submissions {
			kind := p.say("báo cáo", "reported")
			if s.Corrected {
				kind = p.say("đính chính", "corrected")
			}
			rows = append(rows, []string{period.ID, s.Criterion, kind, p.value(s.Value, s.Denominator), s.At.String(), a.name(s.By), a.evidence(p, s.Evidence), a.text(s.Reason), at(s.Position)})
		}
		for _, v := range report.Verifications {
			rows = append(rows, []string{period.ID, v.Criterion, p.say("thẩm tra", "recounted"), p.value(v.Value, v.Denominator), v.At.String(), a.name(v.By), "", a.text(v.Finding), at(v.Position)})
		}
		for _, e := range report.Extensions {
			rows = append(rows, []string{period.ID, "", p.say("gia hạn", "extended"), string(e.Deadline), e.At.String(), a.name(e.By), "", a.text(e.Reason), at(e.Position)})
		}
	}
	p.table(p.say("Số liệu, theo thứ tự của sổ", "Values, in the order of the log"), []string{
		p.say("Kỳ", "Period"), p.say("Tiêu chí", "Criterion"), p.say("Loại", "Kind"), "#" + p.say("Giá trị", "Value"), p.say("Lúc", "At"), p.say("Người", "By"), p.say("Minh chứng", "Evidence"),
		p.say("Lý do, kết luận", "Reason, finding"), "##",
	}, rows)
}

// value writes a number, or a share with its denominator.
func (p *page) value(value, denominator domain.Decimal) string {
	if denominator.Given() {
		return p.number(string(value)) + " / " + p.number(string(denominator))
	}
	return p.number(string(value))
}

// evidence names files by the first digits of their digests: their names are disclosures and may be erased.
func (a *account) evidence(p *page, files []domain.Evidence) (text string) {
	for _, f := range files {
		if text != "" {
			text += "; "
		}
		name := a.text(f.Name)
		if name == "" {
			name = p.say("(tên không được nêu)", "(name not disclosed)")
		}
		text += name + " [" + f.SHA256[:min(8, len(f.SHA256))] + "]"
	}
	return text
}

func (a *account) reportConduct(p *page, unit string) {
	var adjustments, holds [][]string
	conduct := a.world.Conduct(unit)
	for _, adj := range conduct.Adjustments {
		kind := p.say("thưởng", "bonus")
		if adj.Kind == domain.Penalty {
			kind = p.say("trừ", "penalty")
		}
		adjustments = append(adjustments, []string{kind, p.number(string(adj.Points)), adj.At.String(), a.name(adj.By), a.text(adj.Reason), at(adj.Position)})
	}
	for _, h := range conduct.Holds {
		holds = append(holds, []string{h.Hold, string(h.From), string(h.To), h.Lifted.String(), a.text(h.Reason), strconv.FormatUint(h.Position, 10)})
	}
	p.table(p.say("Điểm thưởng và điểm trừ", "Bonus and penalty"), []string{
		p.say("Loại", "Kind"), "#" + p.say("Điểm", "Points"), p.say("Lúc", "At"), p.say("Người quyết định", "By"), p.say("Lý do", "Reason"), "##",
	}, adjustments)
	p.table(p.say("Tạm dừng xét khen thưởng", "Holds"), []string{
		p.say("Mã", "Hold"), p.say("Từ", "From"), p.say("Đến", "To"), p.say("Gỡ lúc", "Lifted"), p.say("Lý do", "Reason"), "##",
	}, holds)
}
