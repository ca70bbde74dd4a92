package envelope

import (
	"fmt"
	"strconv"
	"strings"

	"thidua/domain"
)

// ExactLimit is the first number that JSON as RFC 8785 has it (IEEE 754 doubles) can no longer tell from its neighbours.
const ExactLimit = 1 << 53

const (
	// PersonPrefix begins every person's ref.
	PersonPrefix = "p-"
	// SaltSize is the length of a disclosure's salt and of a person's ref, in bytes: 128 bits.
	SaltSize = 16
)

// attributes checks the form of an event's own attributes, at intake and when it is read again.
func attributes(r domain.Recorded) error {
	switch {
	case !uuid(r.CommandID):
		return fmt.Errorf("commandid %q is not a UUID in small letters: %w", r.CommandID, domain.ErrInvalid)
	case !numbered(r.ID, r.CommandID):
		return fmt.Errorf("id %q is not the commandid, a point and a number from 1 on: %w", r.ID, domain.ErrInvalid)
	case !Hex(r.CommandDigest, 64):
		return fmt.Errorf("commanddigest %q is not a SHA-256 in hex: %w", r.CommandDigest, domain.ErrInvalid)
	case !actor(r.Actor):
		return fmt.Errorf("actor %q is neither a person's ref nor system:<name>: %w", r.Actor, domain.ErrInvalid)
	case r.Source == "" || !printable(r.Source+r.CausationID+r.CorrelationID+r.TraceParent):
		return fmt.Errorf("source %q, causationid %q, correlationid %q, traceparent %q: one is not of printable ASCII, or there is no source: %w",
			r.Source, r.CausationID, r.CorrelationID, r.TraceParent, domain.ErrInvalid)
	case !Nameable(r.Stream):
		return fmt.Errorf("stream %q has a part that is not letters, digits and hyphens: %w", r.Stream, domain.ErrInvalid)
	case r.StreamVersion == 0 || r.StreamVersion >= ExactLimit || r.SeasonVersion >= ExactLimit:
		return fmt.Errorf("streamversion %d, seasonversion %d: %w", r.StreamVersion, r.SeasonVersion, domain.ErrInvalid)
	case (r.Stream.Season == "") != (r.SeasonVersion == 0):
		return fmt.Errorf("stream %q with seasonversion %d: %w", r.Stream, r.SeasonVersion, domain.ErrInvalid)
	}
	return nil
}

// numbered reports whether id is the command's id, a point, and n = 1, 2, … within the command.
func numbered(id, command string) bool {
	rest, ok := strings.CutPrefix(id, command)
	n, point := strings.CutPrefix(rest, ".")
	number, err := strconv.ParseUint(n, 10, 32)
	return ok && point && err == nil && number > 0 && n[0] != '0' && n[0] != '+'
}

// actor reports whether a text is a person's ref or "system:<name>".
func actor(text string) bool {
	if name, ok := strings.CutPrefix(text, "system:"); ok {
		return Token(name)
	}
	ref, ok := strings.CutPrefix(text, PersonPrefix)
	return ok && Hex(ref, 2*SaltSize)
}

// Nameable reports whether every part of a stream can stand in a NATS subject.
func Nameable(s domain.Stream) bool {
	for _, part := range []string{s.Season, s.Unit, s.Key} {
		if part != "" && !Token(part) {
			return false
		}
	}
	return Token(string(s.Aggregate))
}

// Token reports whether a text is letters, digits and hyphens (spec "bundle", Ids).
func Token(text string) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return text != ""
}

// printable reports whether a text is of printable ASCII without spaces.
func printable(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) < 0
}

// uuid reports whether a text is a UUID as RFC 9562 writes it, in small letters.
func uuid(text string) bool {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false
	}
	return Hex(text[:8], 8) && Hex(text[9:13], 4) && Hex(text[14:18], 4) && Hex(text[19:23], 4) && Hex(text[24:], 12)
}

// Hex reports whether a text is n hexadecimal digits in small letters.
func Hex(text string, n int) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(text) == n
}

// fits checks that an event of a type stands in a stream of its aggregate, with the parts that spec "events", Streams, gives it.
func fits(s domain.Stream, k domain.Kind) error {
	season, unit, key := parts(s.Aggregate)
	if s.Aggregate == domain.AggregateLog && k.Words == new(domain.LogGap).Words() {
		key = true // each gap is in a stream of its own
	}
	if (s.Aggregate == k.Aggregate || k.Aggregate == domain.AggregateAny) && (s.Season != "") == season && (s.Unit != "") == unit && (s.Key != "") == key {
		return nil
	}
	return fmt.Errorf("%s cannot stand in the stream %q: %w", k.Words, s, domain.ErrInvalid)
}

// Possible reports whether there can be a stream of this name: its aggregate is one, and it has the parts that spec "events", Streams, gives
// that one.
func Possible(s domain.Stream) bool {
	return Nameable(s) && fits(s, domain.Kind{Aggregate: domain.AggregateAny}) == nil
}

// parts tells which parts the name of an aggregate's stream has.
func parts(a domain.Aggregate) (season, unit, key bool) {
	switch a {
	case domain.AggregateUnit:
		return false, true, false
	case domain.AggregatePerson, domain.AggregateKey:
		return false, false, true
	case domain.AggregatePledge, domain.AggregateConduct:
		return true, true, false
	case domain.AggregateReport:
		return true, true, true
	case domain.AggregateSeason, domain.AggregateAwards, domain.AggregateInspection:
		return true, false, false
	case domain.AggregateLog:
		return false, false, false
	case domain.AggregateAny: // no stream is named so
	}
	return true, true, true
}

// Words takes an event type apart: "vn.thidua.indicator.reported.v1" has the words "indicator.reported" and the version "1".
func Words(name string) (words, version string, ok bool) {
	rest, prefixed := strings.CutPrefix(name, domain.TypePrefix)
	i := strings.LastIndex(rest, ".v")
	if !prefixed || i <= 0 {
		return "", "", false
	}
	words, version = rest[:i], rest[i+2:]
	n, err := strconv.ParseUint(version, 10, 16)
	return words, version, err == nil && n > 0 && version[0] != '0' && Token(strings.ReplaceAll(words, ".", "-"))
}
