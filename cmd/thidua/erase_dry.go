package main

import (
	"context"
	"errors"
	"fmt"

	"thidua/domain"
)

// dryErasure is the form of `erase --dry-run --json`.
type dryErasure struct {
	Person   string        `json:"person"`
	Identity bool          `json:"identity"` // whether account and name would go
	Texts    []erasingText `json:"texts"`
	Files    []erasingFile `json:"evidence"`
	Acts     []erasingTie  `json:"acts"`
	Refused  []refusal     `json:"refused"` // what forbids it
}

// erasingTie is an act of the person. Those that bind the name are kept for the archive term.
type erasingTie struct {
	Office   domain.Office   `json:"office"`
	Event    string          `json:"event"`
	Position domain.Position `json:"position"`
	Binding  bool            `json:"binding"`
}

// refusal is a rule that forbids an erasure.
type refusal struct {
	Rule    domain.Rule `json:"rule"`
	Message domain.Text `json:"message"`
}

// dryErase lists what would go, and judges it as the proposal would be judged.
func (a *app) dryErase(ctx context.Context, p *place, e *erasing) error {
	events, err := p.log.Stream(ctx, domain.PersonStream(e.command.Person))
	if err != nil {
		return err
	}
	w := domain.NewWorld("", a.now())
	for _, r := range events {
		w.Evolve(r)
	}
	e.command.Basis = &domain.Disclosable{} // is asked for later
	answer := dryErasure{
		Person: e.command.Person, Identity: e.command.Identity, Texts: append([]erasingText{}, e.texts...), Files: append([]erasingFile{}, e.files...),
		Acts: []erasingTie{}, Refused: []refusal{},
	}
	for _, t := range e.command.Ties {
		answer.Acts = append(answer.Acts, erasingTie{t.Office, t.Words, t.Position, t.Office.Binding()})
	}
	_, err = domain.Decide(w, e.command)
	problems, _ := errors.AsType[domain.Problems](err)
	for _, problem := range problems {
		answer.Refused = append(answer.Refused, refusal{problem.Rule, problem.Text})
	}
	if a.json {
		err = a.answer(answer)
	} else {
		a.showDry(answer)
	}
	if err == nil && len(answer.Refused) > 0 {
		return errNo
	}
	return err
}

func (a *app) showDry(answer dryErasure) {
	a.printf("Người: %s", "Person: %s", answer.Person)
	if answer.Identity {
		a.printf("  sẽ xoá: tài khoản và họ tên", "  would go: account and name")
	}
	for _, t := range answer.Texts {
		a.printf("  sẽ xoá: văn bản ở vị trí %d (%s): %s", "  would go: a text at position %d (%s): %s", t.Position, t.Event, t.Text)
	}
	for _, f := range answer.Files {
		a.printf("  sẽ xoá: tệp %s, %d byte, %s", "  would go: the file %s, %d bytes, %s", f.Name, f.Size, f.SHA256)
	}
	for _, t := range answer.Acts {
		fmt.Fprintf(a.out, "  %s  %s  #%d\n", t.Office.Text().In(a.lang), t.Event, t.Position)
	}
	for _, r := range answer.Refused {
		a.printf("Không được: %s (%s)", "Refused: %s (%s)", r.Message.In(a.lang), r.Rule)
	}
}
