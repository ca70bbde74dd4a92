package domain

import (
	"fmt"
	"slices"
	"strings"
)

// checkProposal judges a proposal in the world in which it was made.
func (w *World) checkProposal(ref string, e *ErasureProposed) (ps Problems) {
	if !said(e.Basis) {
		ps = append(ps, problem(RuleReason, "basis", "xoá phải nêu căn cứ", "an erasure states its basis"))
	}
	if len(e.Disclosures)+len(e.Evidence) == 0 {
		ps = append(ps, problem(RuleErasure, "", "không có gì để xoá: người này không có trong sổ, hoặc đã xoá rồi; hãy nêu văn bản hay tệp cần xoá",
			"there is nothing to erase: the person is not on the record, or is erased already; name the texts or files that are to go"))
	}
	p := w.person(ref)
	for _, digest := range slices.Concat(e.Disclosures, e.Evidence) {
		if at := p.gone[digest]; at > 0 {
			ps = append(ps, problem(RuleErasure, "", "%s đã được xoá ở vị trí %d", "%s was erased at position %d", digest, at))
		}
	}
	for _, t := range p.texts {
		if slices.Contains([]string{"award.granted", "pledge.signed", "signature.added", "key.confirmed", "disclosure.erasure-proposed", "disclosure.erased"}, t.Words) {
			ps = append(ps, problem(RuleKept, "disclosure",
				"văn bản ở vị trí %d là một phần của chính văn kiện (%s) và được lưu cùng văn kiện theo thời hạn lưu trữ hồ sơ thi đua, khen thưởng (%d năm); không xoá được",
				"the text at position %d is part of the act itself (%s), which is kept for the archive term of emulation papers (%d years); it is not erased", t.Position, t.Words, ArchiveYears))
		}
	}
	return append(ps, w.checkTies(ref, e.Purposes)...)
}

// checkErased judges an approval.
func (w *World) checkErased(ref string, e *DisclosureErased) (ps Problems) {
	p := w.person(ref)
	if p.Proposals[e.Proposal] == nil {
		return Problems{problem(RuleKnown, "proposal", "ở vị trí %d không có đề nghị xoá nào", "there is no proposal of an erasure at position %d", e.Proposal)}
	}
	if p.approvals[e.Proposal] > 1 {
		ps = append(ps, problem(RuleDuplicate, "proposal", "đề nghị ở vị trí %d đã được phê duyệt", "the proposal at position %d is approved already", e.Proposal))
	}
	if e.ApprovedBy == e.By || e.ApprovedBy == ref {
		ps = append(ps, problem(RuleTwoPersons, "by", "việc xoá cần hai người: người phê duyệt không được là người đề nghị, cũng không phải là người được xoá tên",
			"an erasure takes two: who approves is neither who proposed nor the person whose name goes"))
	}
	return append(ps, w.checkTies(ref, e.Purposes)...)
}

// checkTies refuses to forget who a person is while an office binds the name. It names the last act of each office.
func (w *World) checkTies(ref string, purposes []string) Problems {
	if !slices.Contains(purposes, PurposeIdentity) {
		return nil
	}
	last := map[Office]Tie{}
	for _, t := range w.person(ref).ties {
		if t.Office.Binding() && !archived(t.At, w.Now) && !t.At.Before(last[t.Office].At) {
			last[t.Office] = t
		}
	}
	var vi, en []string
	for _, office := range []Office{OfficeSigner, OfficeDecider} {
		if t, bound := last[office]; bound {
			year := t.At.Year() + ArchiveYears
			vi = append(vi, fmt.Sprintf("%s, vị trí %d, lưu đến năm %d", office.Text().VI, t.Position, year))
			en = append(en, fmt.Sprintf("%s, position %d, kept until %d", office.Text().EN, t.Position, year))
		}
	}
	if len(vi) == 0 {
		return nil
	}
	return Problems{{Rule: RuleKept, Field: "person", Text: Text{
		VI: fmt.Sprintf("không xoá được tên người này (%s): người ký và người quyết định chịu trách nhiệm về việc mình làm nên được lưu theo thời hạn lưu trữ "+
			"hồ sơ thi đua, khen thưởng (%d năm); vẫn xoá được từng văn bản và tệp minh chứng được nêu đích danh", strings.Join(vi, "; "), ArchiveYears),
		EN: fmt.Sprintf("who this person is can't be erased (%s): signers and deciders answer for their acts and are kept for the archive term of emulation "+
			"papers (%d years); single texts and files of evidence can be erased where they are named", strings.Join(en, "; "), ArchiveYears),
	}}}
}
