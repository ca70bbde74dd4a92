package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// disclosuresStep checks that everything that the events disclose by digest is here, and nothing else, or was erased by an event.
func (v *verification) disclosuresStep() (domain.Text, error) {
	a := v.account
	wanted, erased := a.wantedDigests(), 0
	for _, encoded := range a.Disclosures {
		if _, ok := wanted[envelope.DisclosureDigest(encoded)]; !ok {
			return domain.Text{}, refuse(disclosuresName, "có bản mở %s mà không sự kiện nào nêu", "it discloses %s, which no event names", envelope.DisclosureDigest(encoded))
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(wanted)) {
		if _, here := a.texts[digest]; here {
			continue
		}
		if !a.erased[digest] {
			return domain.Text{}, refuse(disclosuresName, "thiếu bản mở %s của sự kiện ở vị trí %d, và không sự kiện nào xóa nó",
				"the disclosure %s of the event at position %d is missing, and no event erases it", digest, wanted[digest])
		}
		erased++
	}
	return text("%d văn bản khớp với mã băm trong sự kiện; %d đã được xóa theo sự kiện", "%d texts match the digests in the events; %d were erased by an event", len(a.texts), erased), nil
}

// evidenceStep checks the same of files of evidence. That each has the digest by which it is called follows from the manifest and its name.
func (v *verification) evidenceStep() (domain.Text, error) {
	wanted, here, erased := v.account.wantedEvidence(), 0, 0
	for _, f := range v.manifest.Files {
		digest, ok := strings.CutPrefix(f.Name, evidenceFolder)
		if !ok {
			continue
		}
		named, ok := wanted[digest]
		if !ok || f.SHA256 != digest || f.Size != named.Size {
			return domain.Text{}, refuse(f.Name, "không phải là tệp minh chứng mà một sự kiện nêu", "it is not the file of evidence that an event names")
		}
		here++
	}
	for _, digest := range slices.Sorted(maps.Keys(wanted)) {
		if v.manifest.find(evidenceFolder+digest) != nil {
			continue
		}
		if !v.account.erased[digest] {
			return domain.Text{}, refuse(evidenceFolder+digest, "thiếu tệp minh chứng của sự kiện ở vị trí %d, và không sự kiện nào xóa nó",
				"the evidence of the event at position %d is missing, and no event erases it", wanted[digest].position)
		}
		erased++
	}
	return text("%d tệp minh chứng khớp với mã băm trong sự kiện; %d đã được xóa theo sự kiện", "%d files of evidence match the digests in the events; %d were erased by an event", here, erased), nil
}

// rankingStep ranks the season from the events.
func (v *verification) rankingStep() (domain.Text, error) {
	files, err := v.account.derive()
	if err != nil {
		return domain.Text{}, err
	}
	v.derived = map[string][]byte{}
	for _, f := range files {
		v.derived[f.name] = f.content
	}
	season := v.account.world.Season
	sum := sha256.Sum256(v.derived[rulesetName])
	if season.RulesetSHA256 != "" && hex.EncodeToString(sum[:]) != season.RulesetSHA256 {
		return domain.Text{}, refuse(eventsName, "quy chế không có mã băm mà sự kiện mở mùa nêu", "the ruleset has not the digest that the event that opened the season names")
	}
	if season.Final != nil {
		if difference := domain.DifferentFinal(v.account.finalised(), season.Final); difference != "" {
			return domain.Text{}, refuse(eventsName, "xếp hạng đã chốt ở vị trí %d không tính lại được: %s", "the final ranking at position %d does not recompute: %s", season.FinalAt, difference)
		}
	}
	for _, name := range []string{rulesetName, inputsName, rankingName, resultName} {
		if err := v.same(name, v.derived[name]); err != nil {
			return domain.Text{}, err
		}
	}
	ranking := v.account.standings()
	v.verdict.Standings, v.verdict.Final = ranking.Standings, ranking.Final
	switch {
	case !v.account.complete():
		return text("mùa thi đua chưa đủ hoặc đã mất sự kiện, nên không có xếp hạng", "the season is half imported or has lost events, so there is no ranking"), nil
	case season.Final == nil:
		return text("xếp hạng tạm tính của %d đơn vị tính lại đều khớp", "the provisional ranking of %d units recomputes", len(ranking.Standings)), nil
	}
	return text("xếp hạng đã chốt lúc %s của %d đơn vị tính lại khớp đến chữ số cuối", "the ranking of %[2]d units that was finalised as of %[1]s recomputes to the last digit", season.Final.T, len(ranking.Standings)), nil
}

// awardsStep judges every ballot and decision by the rules, in the world in which it was recorded or, for papers that were taken in as a whole,
// in the world as it is.
func (v *verification) awardsStep() (domain.Text, error) {
	a := v.account
	w, n := domain.NewWorld(a.Season, a.recorded()), 0
	for _, r := range a.events {
		w.Evolve(r)
		switch r.Event.(type) {
		case *domain.BallotTallied, *domain.AwardGranted:
		default:
			continue
		}
		n++
		w.Now = r.RecordedTime
		if problems := w.Check(r.Change); len(problems) > 0 && len(a.world.Check(r.Change)) > 0 {
			p := problems[0]
			return domain.Text{}, &Fault{File: eventsName, text: text("vị trí %[1]d: %[2]s (%[4]s)", "position %[1]d: %[3]s (%[4]s)", r.Position, p.Text.VI, p.Text.EN, p.Rule)}
		}
	}
	if err := v.same(awardsName, v.derived[awardsName]); err != nil {
		return domain.Text{}, err
	}
	return text("%d kết quả bỏ phiếu và quyết định đúng quy định", "%d ballots and decisions follow the rules", n), nil
}
