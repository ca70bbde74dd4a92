package eventlog

import (
	"fmt"
	"strings"

	"thidua/domain"
)

// Span is a run of positions, both ends among them.
type Span struct{ From, To domain.Position }

// String writes the span as "position 7" or "positions 7 to 9".
func (s Span) String() string {
	if s.From == s.To {
		return fmt.Sprintf("position %d", s.From)
	}
	return fmt.Sprintf("positions %d to %d", s.From, s.To)
}

// spansOf gathers positions, which are in order, into runs.
func spansOf(positions []domain.Position) (spans []Span) {
	for _, p := range positions {
		spans = extend(spans, p)
	}
	return spans
}

// extend adds the next position to runs.
func extend(spans []Span, p domain.Position) []Span {
	if n := len(spans); n > 0 && spans[n-1].To+1 == p {
		spans[n-1].To = p
		return spans
	}
	return append(spans, Span{p, p})
}

// told is how many runs a message names.
const told = 10

// naming writes runs for a message, the first of many.
func naming(spans []Span) string {
	texts := make([]string, 0, told+1)
	for i, s := range spans {
		if i == told {
			texts = append(texts, fmt.Sprintf("and %d more runs up to position %d", len(spans)-told, spans[len(spans)-1].To))
			break
		}
		texts = append(texts, s.String())
	}
	return strings.Join(texts, ", ")
}
