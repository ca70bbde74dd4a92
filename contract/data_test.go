package contract_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"thidua/domain"
)

// patterns are the forms of the texts that have one (spec "events", Envelope; spec "bundle", ids and dates; spec "scoring", Numbers).
var patterns = map[reflect.Type]string{
	reflect.TypeFor[domain.Decimal](): `^[0-9]+(\.[0-9]{1,6})?$`,
	reflect.TypeFor[domain.Whole]():   `^[0-9]{1,15}$`,
	reflect.TypeFor[domain.Date]():    `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	reflect.TypeFor[domain.Instant](): instantPattern,
}

const (
	instantPattern = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$`
	// digestPattern is that of a disclosable text's salted digest: SHA-256 in base64url.
	digestPattern = `^[A-Za-z0-9_-]{43}$`
)

type schema = map[string]any

// describer describes Go types by JSON Schema 2020-12.
type describer struct {
	comments *comments
	silent   []string // fields of which nothing is said
}

// data describes the data of an event type.
func (d *describer) data(k domain.Kind) schema {
	t := reflect.TypeOf(k.New()).Elem()
	s := d.describe(t)
	s["$id"], s["title"], s["description"] = k.Schema(), k.Words, d.comments.of(t)
	return s
}

func (d *describer) describe(t reflect.Type) schema {
	if pattern, ok := patterns[t]; ok {
		return schema{"type": "string", "pattern": pattern}
	}
	if t == reflect.TypeFor[domain.Disclosable]() {
		digest := schema{"type": "string", "pattern": digestPattern, "description": d.comments.ofField(t, t.Field(0))}
		return object(schema{"sd": digest}, []string{"sd"})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.describe(t.Elem())
	case reflect.Slice:
		return schema{"type": "array", "items": d.describe(t.Elem())}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Struct:
		properties := schema{}
		return object(properties, d.fields(t, properties))
	case reflect.Int, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	default:
		panic(fmt.Sprintf("an event has a %s, which the contract does not know", t))
	}
}

func object(properties schema, required []string) schema {
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = required
	}
	return s
}

// fields describes a struct's fields, those of embedded ones among them, and returns the names of those that are always there.
func (d *describer) fields(t reflect.Type, properties schema) (required []string) {
	for f := range t.Fields() {
		name, options, tagged := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			required = append(required, d.fields(f.Type, properties)...)
			continue
		}
		if name == "" {
			panic(fmt.Sprintf("%s.%s has no name in JSON", t, f.Name))
		}
		p := d.describe(f.Type)
		if p["description"] = d.comments.ofField(t, f); p["description"] == "" && t.Name() != "" {
			d.silent = append(d.silent, t.Name()+"."+f.Name)
		}
		properties[name] = p
		if !tagged || options != "omitempty" {
			required = append(required, name)
		}
	}
	return required
}
