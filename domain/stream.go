package domain

import (
	"fmt"
	"strings"
)

// Aggregate is the kind of a stream.
type Aggregate string

// The aggregates of spec "events".
const (
	AggregateUnit    Aggregate = "unit"
	AggregatePerson  Aggregate = "person"
	AggregateSeason  Aggregate = "season"
	AggregatePledge  Aggregate = "pledge"
	AggregateReport  Aggregate = "report"
	AggregateConduct Aggregate = "conduct"
	AggregateAwards  Aggregate = "awards"
	AggregateKey     Aggregate = "key"
	AggregateLog     Aggregate = "log" // the log itself
	// AggregateInspection has the samples of a season's inspections.
	AggregateInspection Aggregate = "inspection"
)

// Stream names one aggregate's history. A part that does not apply is empty. Streams are comparable.
type Stream struct {
	Aggregate         Aggregate
	Season, Unit, Key string
}

// UnitStream is the stream of an organisational unit.
func UnitStream(unit string) Stream { return Stream{Aggregate: AggregateUnit, Unit: unit} }

// PersonStream is the stream of a person, by ref.
func PersonStream(ref string) Stream { return Stream{Aggregate: AggregatePerson, Key: ref} }

// SeasonStream is the stream of a season itself.
func SeasonStream(season string) Stream { return Stream{Aggregate: AggregateSeason, Season: season} }

// PledgeStream is the stream of a unit's pledge in a season.
func PledgeStream(season, unit string) Stream {
	return Stream{Aggregate: AggregatePledge, Season: season, Unit: unit}
}

// ReportStream is the stream of a unit's report of one period.
func ReportStream(season, unit, period string) Stream {
	return Stream{Aggregate: AggregateReport, Season: season, Unit: unit, Key: period}
}

// ConductStream is the stream of a unit's bonuses, penalties and holds in a season.
func ConductStream(season, unit string) Stream {
	return Stream{Aggregate: AggregateConduct, Season: season, Unit: unit}
}

// AwardsStream is the stream of a season's ballots and awards.
func AwardsStream(season string) Stream { return Stream{Aggregate: AggregateAwards, Season: season} }

// String writes the stream as an event's subject: aggregate/season/unit/key, with _ for a part that does not apply.
func (s Stream) String() string {
	return strings.Join([]string{string(s.Aggregate), token(s.Season), token(s.Unit), token(s.Key)}, "/")
}

// ParseStream reads what String wrote. The error is of kind ErrInvalid.
func ParseStream(text string) (Stream, error) {
	var parts [4]string
	rest := text
	for i := range parts {
		var more bool
		parts[i], rest, more = strings.Cut(rest, "/")
		if parts[i] == "" || i == 0 && !Aggregate(parts[i]).known() || more != (i < len(parts)-1) {
			return Stream{}, fmt.Errorf("domain: stream %q: %w", shorten(text), ErrInvalid)
		}
		if parts[i] == "_" {
			parts[i] = ""
		}
	}
	return Stream{Aggregate: Aggregate(parts[0]), Season: parts[1], Unit: parts[2], Key: parts[3]}, nil
}

func (a Aggregate) known() bool {
	switch a {
	case AggregateUnit, AggregatePerson, AggregateSeason, AggregatePledge, AggregateReport, AggregateConduct, AggregateAwards, AggregateLog, AggregateInspection,
		AggregateKey:
		return true
	case AggregateAny:
	}
	return false
}

// Subject returns the NATS subject under which an event of the stream is stored (spec "events", Envelope):
// emulation.<season>.<unit>.<aggregate>.<key>.<words with - for .>.
func (s Stream) Subject(words string) string {
	return s.subjectPrefix() + strings.ReplaceAll(words, ".", "-")
}

// Filter returns the subject filter that matches every event of the stream.
func (s Stream) Filter() string { return s.subjectPrefix() + "*" }

// SeasonFilter returns the subject filter that matches every event of a season.
func SeasonFilter(season string) string { return SubjectRoot + "." + season + ".>" }

// SubjectRoot is the first token of every event's NATS subject.
const SubjectRoot = "emulation"

func (s Stream) subjectPrefix() string {
	return strings.Join([]string{SubjectRoot, token(s.Season), token(s.Unit), string(s.Aggregate), token(s.Key), ""}, ".")
}

func token(part string) string {
	if part == "" {
		return "_"
	}
	return part
}
