// Package contract is what whoever reads the log can build on: a JSON Schema of each event type and version, and an AsyncAPI document of the
// channels that the events come on. Both are generated from the catalogue (`make contract`) and checked by tests to be what the program does; what
// a released type looks like never changes.
package contract

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

//go:embed schema/*.json
var files embed.FS

// Type is one released event type in one version.
type Type struct {
	Type        string `json:"type"`       // the CloudEvents type, such as "vn.thidua.indicator.reported.v1"
	DataSchema  string `json:"dataschema"` // the dataschema attribute, which is the $id of the schema of the data
	Description string `json:"description"`
	// Schema is the JSON Schema 2020-12 of the whole event, a JSON document.
	Schema []byte `json:"-"`
}

// Contract is every released type. It does not change, so one Contract serves any number of goroutines.
type Contract struct {
	types   []Type
	schemas map[string]*jsonschema.Schema // by CloudEvents type
	codec   *envelope.Codec
}

// New reads the contract that the program carries.
func New() (*Contract, error) {
	c := &Contract{schemas: map[string]*jsonschema.Schema{}, codec: envelope.New()}
	compiler := jsonschema.NewCompiler()
	for _, k := range domain.Catalogue() {
		name := FileName(k)
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("contract: %w", err)
		}
		t := Type{Type: k.Type(), DataSchema: k.Schema(), Schema: content}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
		if err == nil {
			err = json.Unmarshal(content, &struct{ Description *string }{&t.Description})
		}
		if err == nil {
			err = compiler.AddResource(ID(k), document)
		}
		if err == nil {
			c.schemas[t.Type], err = compiler.Compile(ID(k))
		}
		if err != nil {
			return nil, fmt.Errorf("contract: %s: %w", name, err)
		}
		c.types = append(c.types, t)
	}
	return c, nil
}

// FileName is where the schema of a type lies in the folder of the contract, such as "schema/indicator.reported.v1.json".
func FileName(k domain.Kind) string { return fmt.Sprintf("schema/%s.v%d.json", k.Words, k.Version) }

// ID is the $id of the schema of whole events of a type, such as "urn:thidua:event:indicator.reported:1". That of their data is the dataschema attribute.
func ID(k domain.Kind) string { return fmt.Sprintf("urn:thidua:event:%s:%d", k.Words, k.Version) }

// Types lists every released type, in the order of the catalogue.
func (c *Contract) Types() []Type { return append([]Type{}, c.types...) }

// Find returns a type by its CloudEvents type or its dataschema, or by its words ("indicator.reported"), which are those of the newest version.
func (c *Contract) Find(name string) (found Type, ok bool) {
	for _, t := range c.types {
		short := strings.TrimPrefix(t.Type, domain.TypePrefix)
		words := short[:strings.LastIndex(short, ".v")]
		if name == t.Type || name == t.DataSchema || name == short || name == words {
			found, ok = t, true
		}
	}
	return found, ok
}
