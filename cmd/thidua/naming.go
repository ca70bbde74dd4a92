package main

import (
	"cmp"
	"context"
	"fmt"

	"thidua/domain"
	"thidua/projections"
)

// naming puts names for refs, and texts for digests, in an answer.
type naming struct {
	app    *app
	people map[string]projections.Person
	texts  map[string]string
	erased map[string]domain.Position // texts, by digest
}

func (a *app) naming(ctx context.Context, p *place, refs, digests []string) (n naming, err error) {
	n.app = a
	if n.people, err = projections.People(ctx, p.db, refs); err != nil {
		return n, err
	}
	if n.texts, err = projections.Texts(ctx, p.db, digests); err != nil {
		return n, err
	}
	n.erased, err = projections.ErasedTexts(ctx, p.db, digests)
	return n, err
}

// account is the account of a person, the ref where there is none.
func (n naming) account(ref string) string {
	person := n.people[ref]
	if person.Account == "" && person.Erased > 0 {
		return n.gone(domain.PersonMark(ref), person.Erased)
	}
	return cmp.Or(person.Account, ref)
}

// name is the name of a person.
func (n naming) name(ref string) string {
	person := n.people[ref]
	if person.Name == "" && person.Erased > 0 {
		return n.gone(domain.PersonMark(ref), person.Erased)
	}
	return person.Name
}

// text is the text of a digest, "" where there is none.
func (n naming) text(digest string) string {
	if text, known := n.texts[digest]; known || n.erased[digest] == 0 {
		return text
	}
	return n.gone(domain.TextMark(digest), n.erased[digest])
}

// gone stands for what was erased: to programs the mark that an export has there too, to people the words and the position of the event that says so.
func (n naming) gone(mark string, position domain.Position) string {
	if n.app.json {
		return mark
	}
	return fmt.Sprintf(n.app.say("(đã xoá theo yêu cầu, #%d)", "(erased on request, #%d)"), position)
}
