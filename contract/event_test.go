package contract_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"thidua/contract"
	"thidua/domain"
	"thidua/eventlog/envelope"
)

// The forms of the attributes, as envelope's codec asks for them.
const (
	uuidPattern      = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	tokenPattern     = `[A-Za-z0-9-]+`
	printablePattern = `^[!-~]+$` // ASCII without spaces
)

// event describes a whole event of a type: the attributes of spec "events", Envelope, and the data. Nothing else can stand in it.
func (d *describer) event(k domain.Kind, streams []domain.Stream) schema {
	data := d.data(k)
	properties := attributes(k, streams)
	properties["data"] = data
	required := []string{
		"specversion", "id", "source", "type", "subject", "recordedtime", "datacontenttype", "dataschema",
		"actor", "commandid", "commanddigest", "streamversion", "data",
	}
	s := object(properties, required)
	s["$schema"], s["$id"], s["title"] = "https://json-schema.org/draft/2020-12/schema", contract.ID(k), k.Type()
	s["description"] = data["description"]
	seasonVersion(s, streams)
	return s
}

// seasonVersion says that an event has a seasonversion exactly where its stream is a season's.
func seasonVersion(s schema, streams []domain.Stream) {
	seasonal := func(stream domain.Stream) bool { return stream.Season != "" }
	some, none := slices.ContainsFunc(streams, seasonal), !slices.ContainsFunc(streams, seasonal)
	all := !slices.ContainsFunc(streams, func(stream domain.Stream) bool { return !seasonal(stream) })
	switch {
	case none:
		delete(s["properties"].(schema), "seasonversion")
	case all:
		s["required"] = append(s["required"].([]string), "seasonversion")
		slices.Sort(s["required"].([]string))
	case some:
		s["if"] = schema{"properties": schema{"subject": schema{"type": "string", "pattern": "^[a-z]+/_/"}}}
		s["then"] = schema{"properties": schema{"seasonversion": false}}
		s["else"] = schema{"required": []string{"seasonversion"}}
	}
}

func attributes(k domain.Kind, streams []domain.Stream) schema {
	text := func(pattern, description string) schema {
		return schema{"type": "string", "pattern": pattern, "description": description}
	}
	fixed := func(value, description string) schema { return schema{"const": value, "description": description} }
	version := func(description string) schema {
		return schema{"type": "integer", "minimum": 1, "maximum": envelope.ExactLimit - 1, "description": description}
	}
	moment := func(pattern, description string) schema {
		s := text(pattern, description)
		s["format"] = "date-time"
		return s
	}
	return schema{
		"specversion":     fixed("1.0", "the version of CloudEvents"),
		"id":              text(`^`+uuidPattern+`\.[1-9][0-9]{0,9}$`, "the commandid, a point, and the event's number within the command, from 1 on"),
		"source":          text(printablePattern, "the name of the log"),
		"type":            fixed(k.Type(), "the event type with its version"),
		"subject":         text(subjectPattern(streams), "the stream: aggregate/season/unit/key, with _ for a part that it does not have"),
		"time":            moment(instantPattern, "when it happened, as written by who says so; absent where no paper says when"),
		"recordedtime":    moment(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`, "when the log took it, UTC; it never falls along the log"),
		"datacontenttype": fixed("application/json", "the form of the data"),
		"dataschema":      fixed(k.Schema(), "the $id of the schema of the data"),
		"actor":           text(`^(p-[0-9a-f]{32}|system:`+tokenPattern+`)$`, "who did it: a person's ref, or system: and the name of a program's part"),
		"commandid":       text(`^`+uuidPattern+`$`, "the command that it follows from"),
		"commanddigest":   text(`^[0-9a-f]{64}$`, "SHA-256, in hex, of the canonical command"),
		"causationid":     text(printablePattern, "the id of the event that caused the command, where one did"),
		"correlationid":   text(printablePattern, "what this belongs together with, where it does"),
		"traceparent":     text(printablePattern, "the trace that the command came in, where there is one (W3C Trace Context)"),
		"streamversion":   version("the event's number within its stream: 1, 2, … without a hole"),
		"seasonversion":   version("the event's number within its season: 1, 2, … without a hole; absent where its stream is of no season"),
	}
}

// subjectPattern is the form of the streams that a type can stand in.
func subjectPattern(streams []domain.Stream) string {
	forms := make([]string, len(streams))
	for i, s := range streams {
		forms[i] = strings.ReplaceAll(s.String(), part, tokenPattern)
	}
	if len(forms) == 1 {
		return "^" + forms[0] + "$"
	}
	return "^(" + strings.Join(forms, "|") + ")$"
}

// part stands for any part of a stream's name.
const part = "PART"

// streamsOf asks the codec in which streams an event can stand. It is put into one of each form, with part for the parts that it has.
func streamsOf(t testing.TB, codec *envelope.Codec, example domain.Recorded) (streams []domain.Stream) {
	t.Helper()
	for i, k := range domain.Catalogue() {
		if k.Aggregate == domain.AggregateAny || slices.ContainsFunc(domain.Catalogue()[:i], func(o domain.Kind) bool { return o.Aggregate == k.Aggregate }) {
			continue
		}
		for form := range 8 {
			stand := [2]string{"", part}
			example.Stream = domain.Stream{Aggregate: k.Aggregate, Season: stand[form&1], Unit: stand[form>>1&1], Key: stand[form>>2&1]}
			example.SeasonVersion = uint64(form & 1)
			if _, err := codec.Encode(example); err == nil {
				streams = append(streams, example.Stream)
			}
		}
	}
	if len(streams) == 0 {
		t.Fatalf("%s can stand in no stream", example.Type)
	}
	return streams
}

// addressOf is the NATS subject of the events of a type, with the names of the parts that vary in braces, and these names.
func addressOf(k domain.Kind, streams []domain.Stream) (address string, parameters []string) {
	tokens := strings.Split(streams[0].Subject(k.Words), ".")
	for _, s := range streams[1:] {
		for i, token := range strings.Split(s.Subject(k.Words), ".") {
			if tokens[i] != token {
				tokens[i] = part
			}
		}
	}
	for i, name := range []string{"", "season", "unit", "aggregate", "key", ""} {
		if tokens[i] == part {
			tokens[i], parameters = fmt.Sprintf("{%s}", name), append(parameters, name)
		}
	}
	return strings.Join(tokens, "."), parameters
}

// subjectForm matches the NATS subjects of an address.
func subjectForm(address string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(address), `[A-Za-z0-9_-]+`) + "$")
}
