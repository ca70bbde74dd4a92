package domain

import (
	"errors"
	"fmt"
)

// The kinds of failure that a caller must tell apart. Everything else is a failure of the machine.
var (
	// ErrInvalid says that an input is not of the form that its contract asks for.
	ErrInvalid = errors.New("invalid")
	// ErrRefused says that a rule of the field forbids what was asked.
	ErrRefused = errors.New("refused")
	// ErrNotFound says that what was asked for is not on the record.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that a stream which a decision stood on has changed since; decide again.
	ErrConflict = errors.New("conflict")
	// ErrCorrupt says that the log or a read model is not what it must be. Nothing goes on until a person has looked.
	ErrCorrupt = errors.New("corrupt")
	// ErrUnknownEvent says that an event has a type which this version does not know, so a newer version wrote it.
	ErrUnknownEvent = errors.New("unknown event type")
)

// Text is a sentence that a person reads, in both languages.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// In returns the text in the language "vi" or, for every other, in English.
func (t Text) In(language string) string {
	if language == "vi" {
		return t.VI
	}
	return t.EN
}

// Problem is one breach of one rule: which rule, of which field, and what to do about it. It is an error of kind ErrRefused, or
// ErrInvalid where the rule is one of form.
type Problem struct {
	Rule  Rule
	Field string
	Text  Text
}

// Error gives the English text with the rule's id.
func (p *Problem) Error() string { return fmt.Sprintf("%s (rule %s)", p.Text.EN, p.Rule) }

// Unwrap gives the kind, so that errors.Is(err, ErrRefused) holds.
func (p *Problem) Unwrap() error {
	if p.Rule.form() {
		return ErrInvalid
	}
	return ErrRefused
}

// Problems are all the breaches that one judgement found. It is an error whose text names each of them.
type Problems []*Problem

// Error joins the texts of all problems, one a line.
func (ps Problems) Error() string {
	return errors.Join(ps.Unwrap()...).Error()
}

// Unwrap gives the single problems to errors.Is and errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// err returns the problems as an error, nil where there is none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// problem states a breach of rule by the field, with the same arguments for both languages.
func problem(rule Rule, field, vi, en string, args ...any) *Problem {
	return &Problem{Rule: rule, Field: field, Text: Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}}
}
