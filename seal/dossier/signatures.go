package dossier

import (
	"fmt"
	"slices"
	"strings"

	"thidua/domain"
	"thidua/domain/signing"
)

// signatures gives every Ed25519 signature as a file of its own, beside the statement that it is over, and the keys as ssh-keygen reads them, so that others'
// programs can check them. Of a CMS signature the statement is given; its file is evidence.
func (a *account) signatures() (files []derived) {
	keys := map[string]bool{}
	for _, s := range a.world.Signatures(signing.Minutes{}) {
		if s.Own == 0 || s.Statement.Bytes == nil || s.Worth == domain.WorthPaper {
			continue
		}
		name := fmt.Sprintf("signatures/%d", s.Own)
		files = append(files, derived{name + ".statement.json", s.Statement.Bytes})
		if text := a.signatureText(s.Own); text != "" {
			ending := ".dsse.json"
			if s.Format == signing.SSH {
				ending = ".sig"
			}
			files = append(files, derived{name + ending, []byte(text)})
		}
		if key := a.world.Keys[signing.Hex(s.Key)]; key != nil {
			keys[fmt.Sprintf("%s %s\n", key.Unit, key.Key)] = true
		}
	}
	if len(keys) > 0 {
		files = append(files, derived{"signatures/allowed_signers", []byte(strings.Join(sorted(keys), ""))})
	}
	return files
}

func sorted(set map[string]bool) (all []string) {
	for text := range set {
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// signatureText is the signature that an event carries, as it stands there.
func (a *account) signatureText(position domain.Position) string {
	for _, r := range a.events {
		if r.Position != position {
			continue
		}
		switch e := r.Event.(type) {
		case *domain.PledgeSigned:
			return e.Signature
		case *domain.SignatureAdded:
			return e.Signature
		}
	}
	return ""
}

// signaturesStep judges every signature for a reader who holds minutes. One that does not count fails; what the others are worth is told.
func (v *verification) signaturesStep() (domain.Text, error) {
	minutes, err := signing.ParseMinutes(v.ask.Minutes)
	if err != nil {
		return domain.Text{}, refuse("", "danh sách vân tay từ biên bản không đọc được: %v", "the list of fingerprints from the minutes can't be read: %v", err)
	}
	v.verdict.Signatures = v.account.world.Signatures(minutes)
	counts := map[domain.Worth]int{}
	for _, s := range v.verdict.Signatures {
		counts[s.Worth]++
		if s.Worth != domain.WorthRefused {
			continue
		}
		f := refuse(eventsName, "chữ ký ở vị trí %d không có giá trị", "the signature at position %d does not count", s.Own)
		if s.Problem != nil {
			f.text.VI, f.text.EN = f.text.VI+": "+s.Problem.Text.VI, f.text.EN+": "+s.Problem.Text.EN
		}
		return domain.Text{}, f
	}
	var vi, en []string
	for _, w := range []domain.Worth{domain.WorthSigned, domain.WorthOperator, domain.WorthEvidence, domain.WorthPaper, domain.WorthNone} {
		if n := counts[w]; n > 0 {
			vi, en = append(vi, fmt.Sprintf("%d %s", n, w.Text().VI)), append(en, fmt.Sprintf("%d %s", n, w.Text().EN))
		}
	}
	if minutes.Empty() {
		vi, en = append(vi, "không có biên bản để đối chiếu khóa (--minutes)"), append(en, "no minutes were given to compare keys with (--minutes)")
	}
	return domain.Text{VI: strings.Join(vi, "; "), EN: strings.Join(en, "; ")}, nil
}
