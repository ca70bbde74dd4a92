package contract_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"thidua/contract"
	"thidua/domain"
)

// channel is what the AsyncAPI document says of one event type.
type channel struct {
	kind       domain.Kind
	address    string
	parameters []string
	example    domain.Recorded
}

func channelOf(k domain.Kind, streams []domain.Stream, example domain.Recorded) channel {
	address, parameters := addressOf(k, streams)
	return channel{k, address, parameters, example}
}

// versionLine is the heading of a version in the contract's changelog; the first is the present one.
var versionLine = regexp.MustCompile(`(?m)^## ([0-9]+\.[0-9]+\.[0-9]+)$`)

// asyncAPI describes the channels by AsyncAPI 3.0. What sends is thidua; a reader receives.
func asyncAPI(t testing.TB, channels []channel) schema {
	t.Helper()
	changelog, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	version := versionLine.FindSubmatch(changelog)
	if version == nil {
		t.Fatal("contract/CHANGELOG.md has no version")
	}
	all, operations, messages := schema{}, schema{}, schema{}
	for _, c := range channels {
		words, message := c.kind.Words, strings.TrimPrefix(c.kind.Type(), domain.TypePrefix)
		messages[message] = c.message()
		known, ok := all[words].(schema)
		if !ok {
			known = c.channel()
			all[words] = known
			operations["send."+words] = schema{"action": "send", "channel": ref("#/channels/" + words)}
		}
		known["messages"].(schema)[message] = ref("#/components/messages/" + message)
	}
	all["feed"], operations["send.feed"] = feedChannel(messages), schema{"action": "send", "channel": ref("#/channels/feed")}
	return schema{
		"asyncapi": "3.0.0",
		"info": schema{
			"title": "thidua: the events of emulation results", "version": string(version[1]),
			"description": "Every event on the record, in one order without a hole: the sequence of the JetStream stream EMULATION is the event's position. A message is one event; its payload, " +
				"a CloudEvents 1.0 event in canonical JSON (RFC 8785), is what is sealed, and headers prove nothing. A reader passes over event types that it does not know.",
		},
		"defaultContentType": "application/cloudevents+json",
		"servers":            servers(), "channels": all, "operations": operations,
		"components": schema{"messages": messages, "parameters": parameters(), "securitySchemes": securitySchemes()},
	}
}

// servers are where the events are read.
func servers() schema {
	return schema{"nats": schema{
		"host": "{host}:{port}", "protocol": "nats",
		"description": "NATS with JetStream. Read the stream EMULATION by the durable consumer analyst-NAME that the operator has made for you, or by position; keep the position together with what you make of the event (docs/subscribing.md). " +
			"TLS beyond loopback.",
		"variables": schema{"host": schema{"default": "localhost", "description": "any server of the cluster"}, "port": schema{"default": "4222"}},
		"security":  []any{ref("#/components/securitySchemes/analyst")},
	}, "http": schema{
		"host": "{host}", "protocol": "https",
		"description": "The same events in the same bytes and order over HTTP, as NDJSON or as server-sent events whose id is the position, by a token of the scope events (docs/events.md).",
		"variables":   schema{"host": schema{"default": "localhost", "description": "any address where `thidua serve` or `thidua up` is public"}},
		"security":    []any{ref("#/components/securitySchemes/token")},
	}}
}

// securitySchemes are how a reader shows who reads.
func securitySchemes() schema {
	return schema{"analyst": schema{
		"type": "asymmetricEncryption", "description": "an nkey of your own (Ed25519), whose secret half signs the server's nonce; it opens the events and nothing else. The operator makes it by `thidua consumer add NAME`",
	}, "token": schema{
		"type": "http", "scheme": "bearer", "description": "a token of the scope events, in the header Authorization. The operator makes it by `thidua token add NAME`",
	}}
}

// channel describes where the events of a type come.
func (c channel) channel() schema {
	s := schema{"address": c.address, "title": c.kind.Words, "servers": []any{ref("#/servers/nats")}, "messages": schema{}}
	if len(c.parameters) > 0 {
		named := schema{}
		for _, name := range c.parameters {
			named[name] = ref("#/components/parameters/" + name)
		}
		s["parameters"] = named
	}
	return s
}

// feedChannel describes where all events come over HTTP.
func feedChannel(messages schema) schema {
	every := schema{}
	for name := range messages {
		every[name] = ref("#/components/messages/" + name)
	}
	return schema{
		"address": "/api/v1/events", "title": "feed", "servers": []any{ref("#/servers/http")}, "messages": every,
		"description": "Parameters: since=POSITION, season=ID, type=TYPE, limit=N, follow=true. The cursor of NDJSON is the trailer Thidua-Cursor, that of server-sent events the id.",
	}
}

// message describes the events of a type, with the released example, whose members stand in the order that they have on the log.
func (c channel) message() schema {
	return schema{
		"name": c.kind.Type(), "title": c.kind.Words, "contentType": "application/cloudevents+json",
		"correlationId": schema{"location": "$message.payload#/correlationid", "description": "absent where the event belongs together with no other"},
		"payload":       schema{"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": ref(contract.FileName(c.kind))},
		"examples":      []any{schema{"name": "released", "payload": json.RawMessage(c.example.Payload)}},
	}
}

func parameters() schema {
	described := func(text string, examples ...string) schema { return schema{"description": text, "examples": examples} }
	return schema{
		"season":    described("the season's id; _ where the stream is of no season", "northern-border-2019", "_"),
		"unit":      described("the unit's id; _ where the stream is of no unit", "cao-bang", "_"),
		"aggregate": described("what the stream is of", "report", "conduct"),
		"key":       described("a report's period, a person's ref, a key's id, a gap's position; _ for other streams", "2019-Q1", "_"),
	}
}

func ref(to string) schema { return schema{"$ref": to} }

// The document is of AsyncAPI's own schema, and everything that it points to is there.
func TestAsyncAPIIsValid(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("asyncapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document schema
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	if err := asyncAPISchema(t).Validate(any(document)); err != nil {
		t.Errorf("asyncapi.json is not of AsyncAPI 3.0.0: %v", err)
	}
	pointers := regexp.MustCompile(`"\$ref": "([^"]+)"`).FindAllSubmatch(content, -1)
	if len(pointers) == 0 {
		t.Error("the document points to nothing")
	}
	for _, p := range pointers {
		to := string(p[1])
		inside, ok := strings.CutPrefix(to, "#/")
		if !ok {
			if _, err := os.Stat(filepath.FromSlash(to)); err != nil {
				t.Errorf("%s: %v", to, err)
			}
			continue
		}
		var at any = document
		for step := range strings.SplitSeq(inside, "/") {
			at, ok = at.(schema)[step]
			if !ok {
				t.Fatalf("%s is not in the document", to)
			}
		}
	}
}

// Each released example would come on the channel of its type, and on no other.
func TestChannelsAreTheSubjects(t *testing.T) {
	t.Parallel()
	var document struct {
		Channels map[string]struct{ Address string }
	}
	content, err := os.ReadFile("asyncapi.json")
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(content)).Decode(&document)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range released(t) {
		subject := r.Stream.Subject(r.Event.Words())
		for words, c := range document.Channels {
			if subjectForm(c.Address).MatchString(subject) != (words == r.Event.Words()) {
				t.Errorf("%s: the channel %s has the address %s", subject, words, c.Address)
			}
		}
	}
}
