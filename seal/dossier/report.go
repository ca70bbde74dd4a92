package dossier

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"thidua/domain"
	"thidua/domain/signing"
)

// report writes what is in the dossier for people to read and print.
func (a *account) report(lang string) []byte {
	title := a.Season
	draft := a.world.Season.Draft
	if draft != nil {
		title = (&page{lang: lang}).name(draft.Title)
	}
	p := newPage(lang, title)
	a.reportHead(p)
	a.reportRanking(p)
	a.reportAwards(p)
	a.reportPledges(p)
	for _, unit := range a.reported() {
		a.reportUnit(p, unit)
	}
	a.reportEnd(p)
	return p.end()
}

// reported are the units that have a section of their own.
func (a *account) reported() []string {
	if a.Unit != "" {
		return []string{a.Unit}
	}
	return a.members()
}

// unit is a unit's name.
func (a *account) unit(p *page, id string) string {
	if u := a.world.Units[id]; u != nil {
		return p.name(u.Name)
	}
	return id
}

// illustrative reports whether the season says of itself, in its title or in any text, that its figures or names are no real ones.
func (a *account) illustrative() bool {
	said := slices.Collect(maps.Values(a.texts))
	if a.world.Season.Draft != nil {
		said = append(said, a.world.Season.Draft.Title.VI, a.world.Season.Draft.Title.EN)
	}
	return slices.ContainsFunc(said, func(text string) bool {
		text = strings.ToLower(text)
		return strings.Contains(text, "minh họa") || strings.Contains(text, "minh hoạ") || strings.Contains(text, "illustrative")
	})
}

func (a *account) reportHead(p *page) {
	if a.illustrative() {
		p.WriteString(`<p class="note">`)
		p.WriteString(p.say("Hồ sơ này tự ghi là minh họa: số liệu và tên người trong đó không phải là thật.", "This dossier says of itself that it is illustrative: figures and names of people in it are not real ones.") + "</p>\n")
	}
	season := a.world.Season
	cluster, year, zone := "", "", ""
	if season.Draft != nil {
		cluster, year, zone = a.unit(p, season.Draft.Cluster), string(season.Draft.Year), season.Draft.Timezone
	}
	final := p.say("chưa chốt: xếp hạng dưới đây là tạm tính", "not finalised: the ranking below is provisional")
	if season.Final != nil {
		final = fmt.Sprintf(p.say("chốt lúc %s, từ %d sự kiện đầu của mùa (sự kiện chốt ở vị trí %d)", "finalised as of %s, from the season's first %d events (the event that says so is at position %d)"),
			season.Final.T, season.Final.SeasonVersion, season.FinalAt)
	}
	scope := p.say("tất cả đơn vị", "all units")
	if a.Unit != "" {
		scope = fmt.Sprintf(p.say("văn bản và minh chứng của %s; số liệu của mọi đơn vị", "texts and evidence of %s; figures of all units"), a.unit(p, a.Unit))
	}
	p.facts(
		p.say("Mùa thi đua", "Season"), a.Season, p.say("Cụm", "Cluster"), cluster, p.say("Năm", "Year"), year, p.say("Múi giờ", "Time zone"), zone,
		p.say("Phạm vi", "Scope"), scope, p.say("Xếp hạng", "Ranking"), final,
		p.say("Sổ sự kiện", "Log"), a.Checkpoint.Origin, p.say("Số sự kiện của sổ", "Events of the log"), strconv.FormatInt(a.Checkpoint.Size, 10),
		p.say("Gốc cây băm", "Root of the tree"), a.Checkpoint.Root.String(), p.say("Số sự kiện trong hồ sơ", "Events in the dossier"), strconv.Itoa(len(a.events)),
		"SHA-256 ("+p.say("quy chế", "ruleset")+")", season.RulesetSHA256,
	)
	p.element("p", p.say("Mỗi con số dưới đây suy ra từ các sự kiện có vị trí (#) trong tệp events.jsonl. Cách kiểm tra: xem README.vi.md.",
		"Every number below follows from the events whose positions (#) stand in events.jsonl. How to check: see README.en.md."))
}

func (a *account) reportRanking(p *page) {
	p.element("h2", p.say("Xếp hạng", "Ranking"))
	if !a.complete() {
		p.element("p", p.say("Hồ sơ của mùa thi đua chưa đủ hoặc đã mất sự kiện, nên không có xếp hạng.", "The season is half imported or has lost events, so there is no ranking."))
		return
	}
	var rows [][]string
	for _, s := range a.standings().Standings {
		eligible := p.say("có", "yes")
		if !s.Eligible {
			eligible = p.say("không", "no")
		}
		rows = append(rows, []string{
			strconv.Itoa(s.Rank), a.unit(p, s.Unit), p.number(s.Total), p.number(s.IndicatorPoints), p.number(s.Bonus), p.number(s.Penalty),
			strconv.Itoa(s.Late), strconv.Itoa(s.Absent), a.tier(p, s.Tier), eligible,
		})
	}
	p.table(p.say("Tổng điểm và thứ hạng", "Totals and ranks"), []string{
		"#" + p.say("Hạng", "Rank"), p.say("Đơn vị", "Unit"), "#" + p.say("Tổng điểm", "Total"), "#" + p.say("Điểm chỉ tiêu", "Indicators"), "#" + p.say("Thưởng", "Bonus"),
		"#" + p.say("Trừ", "Penalty"), "#" + p.say("Muộn", "Late"), "#" + p.say("Vắng", "Absent"), p.say("Xếp loại", "Tier"), p.say("Đủ điều kiện", "Eligible"),
	}, rows)
}

func (a *account) tier(p *page, id string) string {
	if a.world.Season.Draft != nil {
		for _, t := range a.world.Season.Draft.Tiers {
			if t.ID == id {
				return p.name(t.Name)
			}
		}
	}
	return id
}

func (a *account) reportAwards(p *page) {
	p.element("h2", p.say("Khen thưởng", "Awards"))
	if a.world.Season.Draft == nil {
		return
	}
	var ballots, grants [][]string
	for _, award := range a.world.Season.Draft.Awards {
		for _, b := range a.world.Awards.Ballots {
			if b.Award != award.ID {
				continue
			}
			passed := p.say("đạt", "passed")
			if !b.Passed(award.Ballot) {
				passed = p.say("không đạt", "failed")
			}
			ballots = append(ballots, []string{
				p.name(award.Title), a.unit(p, b.Unit), b.At.String(), string(b.Members), string(b.Present), string(b.Yes), string(b.No), string(b.Blank), string(b.Invalid), passed, at(b.Position),
			})
		}
		for _, g := range a.world.Awards.Grants {
			if g.Award == award.ID {
				grants = append(grants, []string{p.name(award.Title), a.unit(p, g.Unit), g.DecisionNumber, g.At.String(), a.name(g.Signer), a.text(g.Competence), at(g.Position)})
			}
		}
	}
	p.table(p.say("Kết quả bỏ phiếu", "Ballots"), []string{
		p.say("Hình thức", "Award"), p.say("Đơn vị", "Unit"), p.say("Lúc", "Held at"), "#" + p.say("Thành viên", "Members"), "#" + p.say("Có mặt", "Present"), "#" + p.say("Đồng ý", "Yes"),
		"#" + p.say("Không", "No"), "#" + p.say("Trắng", "Blank"), "#" + p.say("Hỏng", "Invalid"), p.say("Kết quả", "Result"), "##",
	}, ballots)
	p.table(p.say("Quyết định", "Decisions"), []string{
		p.say("Hình thức", "Award"), p.say("Đơn vị", "Unit"), p.say("Số", "Number"), p.say("Lúc", "At"), p.say("Người ký", "Signer"), p.say("Thẩm quyền", "Competence"), "##",
	}, grants)
}

func (a *account) reportPledges(p *page) {
	p.element("h2", p.say("Giao ước và chữ ký", "Pledges and signatures"))
	var rows [][]string
	for _, unit := range a.members() {
		pledge := a.world.Pledge(unit)
		if len(pledge.Signatures) == 0 {
			rows = append(rows, []string{p.say("giao ước", "pledge"), a.unit(p, unit), "", "", p.say("chưa ký", "not signed"), "", ""})
		}
	}
	for _, s := range a.world.Signatures(signing.Minutes{}) {
		rows = append(rows, []string{p.signed(s.Of), a.unit(p, s.Unit), s.At.String(), a.name(s.Signer), s.Worth.Text().In(p.lang), signing.Grouped(s.Key), at(max(s.Own, s.Position))})
	}
	p.table(p.say("Chữ ký, chưa đối chiếu với biên bản", "Signatures, not yet compared with minutes"), []string{
		p.say("Văn bản", "What"), p.say("Đơn vị", "Unit"), p.say("Ký lúc", "Signed at"), p.say("Người ký", "Signer"), p.say("Giá trị", "Worth"), p.say("Vân tay của khóa", "Fingerprint of the key"), "##",
	}, rows)
}

// signed names what is signed.
func (p *page) signed(of string) string {
	switch of {
	case domain.SignedPledge:
		return p.say("giao ước", "pledge")
	case domain.SignedRanking:
		return p.say("xếp hạng", "ranking")
	case domain.SignedAward:
		return p.say("khen thưởng", "award")
	}
	return "–"
}

// at writes a position.
func at(position domain.Position) string { return strconv.FormatUint(position, 10) }

func (a *account) reportEnd(p *page) {
	p.element("h2", p.say("Những gì hồ sơ này chứng minh, và những gì không", "What this dossier proves, and what it does not"))
	p.element("p", p.say("Hồ sơ chứng minh rằng các sự kiện trên có trong sổ, không bị sửa, không thiếu sự kiện nào của mùa đến số đã chốt, và xếp hạng suy ra từ chúng. Nó không chứng minh rằng số liệu được báo cáo là đúng với thực tế.",
		"It proves that these events are in the log and unaltered, that none of the season's is missing up to the finalised count, and that the ranking follows from them. It does not prove that what was reported is true."))
}
