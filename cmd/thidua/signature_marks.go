package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"thidua/domain"
	"thidua/projections"
)

// signatureMarks say in answers in what forms things are signed; what each signature is worth says `signature list`.
type signatureMarks struct {
	// Pledges counts the members by the form of their pledge's signature: paper, dsse, sshsig or none.
	Pledges map[string]int `json:"pledges"`
	Ranking []string       `json:"ranking"`
}

// marks counts in what forms the pledges of the members, and the final ranking, are signed as of a position.
func (a *app) marks(ctx context.Context, p *place, answer *rankingAnswer, upTo domain.Position) (*signatureMarks, error) {
	forms, err := projections.Forms(ctx, p.often, answer.Season, upTo)
	if err != nil {
		return nil, err
	}
	marks := &signatureMarks{Pledges: map[string]int{}, Ranking: forms.Ranking}
	for _, s := range answer.Standings {
		form := forms.Pledges[s.Unit]
		if form == "" {
			form = "none"
		}
		marks.Pledges[form]++
	}
	return marks, nil
}

// pledgeForm is the form in which a unit's pledge is signed.
func pledgeForm(w *domain.World, unit string) string {
	signatures := w.Pledge(unit).Signatures
	if len(signatures) == 0 {
		return "none"
	}
	return domain.FormOf(signatures[0].Signature)
}

// form names the form of a signature to people.
func (a *app) form(form string) string {
	switch form {
	case domain.PaperSignature:
		return a.say("trên giấy", "on paper")
	case "dsse", "sshsig":
		return a.say("bằng khóa", "with a key")
	case "cms":
		return a.say("bằng tệp CMS", "with a CMS file")
	case "none", "":
		return a.say("chưa ký", "not signed")
	}
	return a.say("không rõ cách ký", "in an unknown form")
}

// formsTold names the forms in which something that was decided is signed.
func (a *app) formsTold(forms []string) string {
	if len(forms) == 0 {
		return a.say("không có chữ ký điện tử", "no electronic signature")
	}
	var told []string
	for _, form := range forms {
		if t := a.form(form); !slices.Contains(told, t) {
			told = append(told, t)
		}
	}
	return a.say("ký ", "signed ") + strings.Join(told, ", ")
}

func (a *app) showMarks(answer *rankingAnswer) {
	if answer.Signatures == nil {
		return
	}
	counts := map[string]int{}
	var order []string
	for _, form := range []string{"dsse", "sshsig", domain.PaperSignature, "unknown", "none"} {
		n := answer.Signatures.Pledges[form]
		told := a.form(form)
		if n > 0 && counts[told] == 0 {
			order = append(order, told)
		}
		counts[told] += n
	}
	var pledges []string
	for _, told := range order {
		pledges = append(pledges, fmt.Sprintf("%d %s", counts[told], told))
	}
	line := a.say("Giao ước: ", "Pledges: ") + strings.Join(pledges, ", ")
	if answer.Final {
		line += a.say(". Xếp hạng: ", ". Ranking: ") + a.formsTold(answer.Signatures.Ranking)
	}
	fmt.Fprintln(a.out, line+".")
}
