package contract

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"thidua/domain"
)

// Fault is where an event is not of the contract, and how.
type Fault struct {
	// Pointer is the place in the event (a JSON Pointer, RFC 6901), "" for the event as a whole.
	Pointer string      `json:"pointer"`
	Text    domain.Text `json:"message"`
}

// Check judges the bytes of one event: against the schema of its type, then, for what a schema can't say (canonical bytes, an id that begins with the
// command's), by the codec that reads the log. It returns nil where they are of the contract, else the first fault, in the order of the pointers.
func (c *Contract) Check(event []byte) *Fault {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	if err != nil {
		return fault("", "không phải là JSON: %v", "it is not JSON: %v", err)
	}
	attributes, ok := value.(map[string]any)
	if !ok {
		return fault("", "không phải là một đối tượng JSON", "it is no JSON object")
	}
	name, _ := attributes["type"].(string)
	schema, known := c.schemas[name]
	if !known {
		return fault("/type", "%q không phải là loại sự kiện có trong hợp đồng; xem danh sách: thidua events schema",
			"%q is no event type of the contract; for the list: thidua events schema", name)
	}
	if err := schema.Validate(value); err != nil {
		return firstFault(err)
	}
	if _, err := c.codec.Decode(event); err != nil {
		return fault("", "đúng lược đồ nhưng không phải là byte mà sổ ghi: %v", "it is of its schema, but not the bytes that the log has: %v", err)
	}
	return nil
}

func fault(pointer, vi, en string, args ...any) *Fault {
	return &Fault{pointer, domain.Text{VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}}
}

// firstFault is the fault of the least pointer that a validator found.
func firstFault(err error) *Fault {
	found, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return fault("", "%v", "%v", err)
	}
	leaves := faults(found)
	return slices.MinFunc(leaves, func(a, b *Fault) int { return strings.Compare(a.Pointer+"\x00"+a.Text.EN, b.Pointer+"\x00"+b.Text.EN) })
}

// faults lists what a validator found at its leaves; there is always one.
func faults(e *jsonschema.ValidationError) (found []*Fault) {
	for _, cause := range e.Causes {
		found = append(found, faults(cause)...)
	}
	if len(e.Causes) > 0 {
		return found
	}
	return []*Fault{wording(pointer(e.InstanceLocation...), e.ErrorKind)}
}

// wording says in both languages what a validator found.
func wording(at string, found jsonschema.ErrorKind) *Fault {
	switch k := found.(type) {
	case *kind.Required:
		return fault(at, "thiếu %s", "%s is missing", quoted(k.Missing))
	case *kind.AdditionalProperties:
		slices.Sort(k.Properties)
		return fault(at+pointer(k.Properties[0]), "hợp đồng không có thuộc tính này", "the contract has no such member")
	case *kind.FalseSchema:
		return fault(at, "ở đây không được có thuộc tính này", "this member can't stand here")
	case *kind.Type:
		return fault(at, "kiểu là %s, phải là %s", "its type is %s, and must be %s", k.Got, strings.Join(k.Want, ", "))
	case *kind.Pattern:
		return fault(at, "%q không đúng dạng %s", "%q is not of the form %s", k.Got, k.Want)
	case *kind.Minimum:
		return fault(at, "là %s, ít nhất phải là %s", "it is %s, and must be at least %s", k.Got.RatString(), k.Want.RatString())
	case *kind.Maximum:
		return fault(at, "là %s, nhiều nhất được là %s", "it is %s, and must be at most %s", k.Got.RatString(), k.Want.RatString())
	case *kind.Const:
		return fault(at, "là “%v”, phải là “%v”", "it is “%v”, and must be “%v”", k.Got, k.Want)
	}
	text := found.LocalizedString(message.NewPrinter(language.English))
	return fault(at, "%s", "%s", text)
}

func quoted(names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = strconv.Quote(name)
	}
	return strings.Join(texts, ", ")
}

// pointer writes a JSON Pointer (RFC 6901, section 3).
func pointer(steps ...string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + escape.Replace(step))
	}
	return b.String()
}
