package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"thidua/domain"
	"thidua/projections"
)

// erasing is a proposal that is being put together.
type erasing struct {
	command domain.ProposeErasure
	texts   []erasingText
	files   []erasingFile
	names   []string // by which the person is known, never to stand in the basis
}

// erasingText is a text that would go, in `erase --dry-run --json`.
type erasingText struct {
	Digest   string          `json:"digest"`
	Position domain.Position `json:"position"`
	Event    string          `json:"event"`
	Text     string          `json:"text"`
}

// erasingFile is a file of evidence that would go.
type erasingFile struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Name   string `json:"name"`
}

func (a *app) proposeErasure(ctx context.Context, p *place, person string, f eraseFlags) error {
	e := &erasing{command: domain.ProposeErasure{Identity: person != "" && !f.textsOnly}}
	for _, gather := range []func() error{
		func() error { return e.findPerson(ctx, p, person) },
		func() error { return e.findEvidence(ctx, p, f.evidence) },
		func() error { return e.findTexts(ctx, p, f) },
		func() error { return e.nameTexts(ctx, p) },
	} {
		if err := gather(); err != nil {
			return err
		}
	}
	if f.dryRun {
		return a.dryErase(ctx, p, e)
	}
	return a.propose(ctx, p, e, f)
}

// findPerson finds who it is about. A text that names somebody who is not on the register is erased under a ref of its own.
func (e *erasing) findPerson(ctx context.Context, p *place, person string) (err error) {
	switch {
	case person == "":
		e.command.Person, err = p.log.NewRef()
		return err
	case isRef(person):
		e.command.Person = person
	default:
		ref, known, err := p.log.LookUpPerson(ctx, person)
		if err != nil {
			return err
		}
		if !known {
			return &failure{domain.Text{VI: "Sổ không có người nào với tài khoản này.", EN: "Nobody on the record has this account."}}
		}
		e.command.Person = ref
	}
	people, err := projections.People(ctx, p.db, []string{e.command.Person})
	if known := people[e.command.Person]; known.Account != "" || known.Name != "" {
		e.names = []string{known.Account, known.Name}
	}
	if err == nil {
		e.command.Ties, err = p.log.Ties(ctx, e.command.Person)
	}
	return err
}

// isRef reports whether a text has a person's ref's form.
func isRef(text string) bool {
	hex, marked := strings.CutPrefix(text, "p-")
	return marked && len(hex) == 32 && strings.Trim(hex, "0123456789abcdef") == ""
}

// findEvidence finds files by their names or digests. The names under which events name them go with them.
func (e *erasing) findEvidence(ctx context.Context, p *place, asked []string) error {
	names, err := projections.EvidenceNames(ctx, p.db, asked)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(e.command.Evidence, name.SHA256) {
			e.command.Evidence = append(e.command.Evidence, name.SHA256)
			e.files = append(e.files, erasingFile{name.SHA256, name.Size, name.Name})
		}
		naming, err := p.log.At(ctx, name.Position)
		if err != nil {
			return err
		}
		e.command.Texts = append(e.command.Texts, domain.NamedText{Digest: name.Digest, Position: name.Position, Words: naming.Event.Words()})
	}
	for _, one := range asked {
		if !slices.ContainsFunc(names, func(n projections.EvidenceName) bool { return n.SHA256 == one || n.Name == one }) {
			return &failure{domain.Text{VI: fmt.Sprintf("Không có tệp minh chứng nào là %q.", one), EN: fmt.Sprintf("No file of evidence is %q.", one)}}
		}
	}
	return nil
}

// findTexts finds the texts that are named by digest, and those of whole events.
func (e *erasing) findTexts(ctx context.Context, p *place, f eraseFlags) error {
	standing, err := projections.Standing(ctx, p.db, f.disclosures)
	if err != nil {
		return err
	}
	positions := map[domain.Position][]string{}
	for _, digest := range f.disclosures {
		if standing[digest] == 0 {
			return &failure{domain.Text{VI: fmt.Sprintf("Không có sự kiện nào mang văn bản %q.", digest), EN: fmt.Sprintf("No event has a text %q.", digest)}}
		}
		positions[standing[digest]] = append(positions[standing[digest]], digest)
	}
	for position, digests := range positions {
		if err := e.add(ctx, p, position, func(digest string) bool { return slices.Contains(digests, digest) }); err != nil {
			return err
		}
	}
	for _, position := range f.positions {
		if err := e.add(ctx, p, domain.Position(position), func(string) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// add adds texts of the event at a position.
func (e *erasing) add(ctx context.Context, p *place, position domain.Position, wanted func(digest string) bool) error {
	r, err := p.log.At(ctx, position)
	if err != nil {
		return err
	}
	before := len(e.command.Texts)
	for _, d := range projections.Disclosables(r.Event) {
		if wanted(d.Digest) {
			e.command.Texts = append(e.command.Texts, domain.NamedText{Digest: d.Digest, Position: position, Words: r.Event.Words()})
		}
	}
	if len(e.command.Texts) == before {
		return &failure{domain.Text{VI: fmt.Sprintf("Sự kiện ở vị trí %d không có văn bản nào.", position), EN: fmt.Sprintf("The event at position %d has no text.", position)}}
	}
	return nil
}

// nameTexts looks up what would go.
func (e *erasing) nameTexts(ctx context.Context, p *place) error {
	var digests []string
	for _, t := range e.command.Texts {
		digests = append(digests, t.Digest)
	}
	texts, err := projections.Texts(ctx, p.db, digests)
	for _, t := range e.command.Texts {
		e.texts = append(e.texts, erasingText{t.Digest, t.Position, t.Words, texts[t.Digest]})
	}
	return err
}

// propose puts the proposal on the log. The same one again is the same command.
func (a *app) propose(ctx context.Context, p *place, e *erasing, f eraseFlags) (err error) {
	basis, err := domain.ParseText(strings.TrimSpace(f.basis))
	if err != nil {
		return err
	}
	for _, name := range e.names {
		if name != "" && strings.Contains(strings.ToLower(basis), strings.ToLower(name)) {
			return &usageError{domain.Text{
				VI: "Căn cứ không được nêu tên người được xoá: nó được lưu lại cùng việc xoá", EN: "The basis must not name the person: it is kept with the erasure",
			}}
		}
	}
	if e.command.By, err = a.officer(ctx, p, f.by); err != nil {
		return err
	}
	sealed, disclosure, err := p.log.Seal("basis", basis)
	if err != nil {
		return err
	}
	e.command.Basis = sealed
	name := e.said()
	issue := domain.Issue{ID: p.log.CommandID(name...), Digest: domain.Digest(name), Actor: e.command.By, Disclosures: []domain.Disclosure{disclosure}}
	position, err := domain.Execute(ctx, p.log, "", e.command, issue, a.now)
	if err != nil {
		return err
	}
	r, err := p.log.At(ctx, position)
	if err != nil {
		return err
	}
	proposed, _ := r.Event.(*domain.ErasureProposed)
	if a.json {
		return a.answer(erasureAnswer{
			Person: e.command.Person, Proposal: position, Disclosures: proposed.Disclosures, Evidence: proposed.Evidence, Purposes: proposed.Purposes, By: proposed.By,
		})
	}
	a.printf("Đã ghi đề nghị xoá %d văn bản và %d tệp tại vị trí %d. Người khác phê duyệt bằng: thidua erase --approve %d --by TÀI_KHOẢN",
		"Proposed to erase %d texts and %d files, at position %d. Another person approves it with: thidua erase --approve %d --by ACCOUNT",
		len(proposed.Disclosures), len(proposed.Evidence), position, position)
	return nil
}

// said is what the command says.
func (e *erasing) said() []string {
	said := []string{"disclosure.erasure-proposed", e.command.Person, fmt.Sprint(e.command.Identity), e.command.By}
	for _, t := range e.command.Texts {
		said = append(said, t.Digest)
	}
	return append(said, e.command.Evidence...)
}
