package bundle

import (
	"strings"

	"thidua/domain"
)

// field is one cell of a table or one scalar of season.yaml, bound to where its value is kept.
type field interface {
	// read takes the value from its text. The error is a *domain.Problem.
	read(text string) error
	// text writes the value as it came.
	text() string
	// plain writes the value so that two ways to write it are the same text.
	plain() string
}

// textual is a field that is kept as a text and read by a rule.
type textual[T ~string] struct {
	value *T
	parse func(string) (T, error)
}

func (f textual[T]) read(text string) (err error) {
	*f.value, err = f.parse(text)
	return err
}
func (f textual[T]) text() string  { return string(*f.value) }
func (f textual[T]) plain() string { return strings.ReplaceAll(string(*f.value), "\r\n", "\n") }

// id is a unit or season.
func id(value *string) field { return textual[string]{value, domain.ParseID} }

// code is a criterion, period, award or tier.
func code(value *string) field { return textual[string]{value, domain.ParseCode} }

// free is a free text, or a word whose list the domain has. What begins as the mark of something erased must be one.
func free(value *string) field {
	return textual[string]{value, func(text string) (string, error) {
		if domain.IsMark(text) {
			return domain.ParseMark(text)
		}
		return domain.ParseText(text)
	}}
}

// date is a civil date.
func date(value *domain.Date) field { return textual[domain.Date]{value, domain.ParseDate} }

// decimal is a number, compared by value.
type decimal struct{ value *domain.Decimal }

func (f decimal) read(text string) (err error) {
	*f.value, err = domain.ParseDecimal(text)
	return err
}
func (f decimal) text() string  { return string(*f.value) }
func (f decimal) plain() string { return f.value.Plain() }

// whole is a whole number, compared by value.
type whole struct{ value *domain.Whole }

func (f whole) read(text string) (err error) {
	*f.value, err = domain.ParseWhole(text)
	return err
}
func (f whole) text() string  { return string(*f.value) }
func (f whole) plain() string { return domain.Decimal(*f.value).Plain() }

// target is a number, compared by value, or "na". Which texts are targets is for the domain to say.
type target struct{ value *string }

func (f target) read(text string) (err error) {
	*f.value, err = domain.ParseText(text)
	return err
}
func (f target) text() string { return *f.value }
func (f target) plain() string {
	if number, err := domain.ParseDecimal(*f.value); err == nil {
		return number.Plain()
	}
	return *f.value
}

// instant is a moment, compared as such.
type instant struct{ value *domain.Instant }

func (f instant) read(text string) (err error) {
	*f.value, err = domain.ParseInstant(text)
	return err
}
func (f instant) text() string { return f.value.String() }

// plain has the same number of digits for every moment, so that texts sort as the moments do.
func (f instant) plain() string {
	if !f.value.Given() {
		return ""
	}
	return f.value.Time().UTC().Format("2006-01-02T15:04:05.000000Z")
}
