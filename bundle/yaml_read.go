package bundle

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"thidua/domain"
)

// mappingReader is a mapping of season.yaml that is read.
type mappingReader struct {
	r      *reading
	path   string
	names  []string // in their order
	lines  map[string]int
	values map[string]*yaml.Node
	asked  map[string]bool
	inner  []*mappingReader
}

// openMapping lists the keys of a mapping; nil where the node is none.
func (r *reading) openMapping(path string, node *yaml.Node) *mappingReader {
	if !r.isPlain(path, node) || !r.isKind(path, node, yaml.MappingNode) {
		return nil
	}
	k := &mappingReader{r: r, path: path, lines: map[string]int{}, values: map[string]*yaml.Node{}, asked: map[string]bool{}}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		inner := k.join(name.Value)
		if !r.isPlain(inner, name) || !r.isKind(inner, name, yaml.ScalarNode) {
			continue
		}
		if k.values[name.Value] != nil {
			r.tellKey(inner, name.Line, RuleKeyDuplicate, "khóa %s được ghi hai lần; hãy giữ một", "the key %s is given twice; keep one", shorten(name.Value))
			continue
		}
		k.names, k.values[name.Value], k.lines[name.Value] = append(k.names, name.Value), value, name.Line
	}
	return k
}

func (k *mappingReader) join(name string) string {
	if k.path == "" {
		return name
	}
	return k.path + "." + name
}

// value returns the node under a key, nil where there is none that can be read.
func (k *mappingReader) value(name string, need need) *yaml.Node {
	k.asked[name] = true
	path, node := k.join(name), k.values[name]
	if node == nil {
		if need {
			k.r.tellKey(path, 0, RuleKeyMissing, "thiếu khóa %s; hãy thêm vào", "the key %s is missing; add it", path)
		}
		return nil
	}
	k.r.outline.lines[path] = k.lines[name]
	if !k.r.isPlain(path, node) {
		return nil
	}
	return node
}

func (k *mappingReader) scalar(name string, f field, need need) {
	if node := k.value(name, need); node != nil {
		k.r.readScalar(k.join(name), node, f)
	}
}

func (k *mappingReader) mapping(name string, need need, _ bool) keys {
	node := k.value(name, need)
	if node == nil {
		return nil
	}
	inner := k.r.openMapping(k.join(name), node)
	if inner == nil {
		return nil
	}
	k.inner = append(k.inner, inner)
	return inner
}

func (k *mappingReader) list(name string, need need, _ int) []keys {
	node, path := k.value(name, need), k.join(name)
	if node == nil || !k.r.isKind(path, node, yaml.SequenceNode) {
		k.r.outline.unnamed[path] = bool(need) || k.values[name] != nil
		return nil
	}
	entries := make([]keys, len(node.Content))
	for i, item := range node.Content {
		at, named := entryPath(path, i, item)
		k.r.outline.unnamed[path] = k.r.outline.unnamed[path] || !named
		k.r.outline.lines[at] = item.Line
		if entry := k.r.openMapping(at, item); entry != nil {
			k.inner = append(k.inner, entry)
			entries[i] = entry
		}
	}
	return entries
}

// entryPath names an entry of a list by its id, where it has one of the right form.
func entryPath(list string, index int, item *yaml.Node) (path string, named bool) {
	if item.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(item.Content); i += 2 {
			if name, value := item.Content[i], item.Content[i+1]; name.Value == "id" && value.Kind == yaml.ScalarNode {
				if id, err := domain.ParseCode(value.Value); err == nil {
					return list + "." + id, true
				}
			}
		}
	}
	return fmt.Sprintf("%s.%d", list, index), false
}

func (k *mappingReader) scalars(name string, texts *[]string, form func(*string) field) {
	node, path := k.value(name, required), k.join(name)
	if node == nil || !k.r.isKind(path, node, yaml.SequenceNode) {
		k.r.outline.unnamed[path] = true
		return
	}
	*texts = make([]string, 0, len(node.Content))
	for i, item := range node.Content {
		at, text := fmt.Sprintf("%s.%d", path, i), ""
		k.r.outline.lines[at] = item.Line
		if k.r.isPlain(at, item) && k.r.readScalar(at, item, form(&text)) {
			*texts = append(*texts, text)
		} else {
			k.r.outline.unnamed[path] = true
		}
	}
}

// close tells of the keys that nobody asked for, in this mapping and those inside it.
func (k *mappingReader) close() {
	for _, name := range k.names {
		if !k.asked[name] {
			k.r.tellKey(k.join(name), k.lines[name], RuleKeyUnknown, "không có khóa %s ở đây; hãy sửa tên hoặc bỏ khóa này", "there is no key %s here; correct its name or remove it", shorten(name))
		}
	}
	for _, inner := range k.inner {
		inner.close()
	}
}

func (r *reading) readScalar(path string, node *yaml.Node, f field) bool {
	if !r.isKind(path, node, yaml.ScalarNode) {
		return false
	}
	if p := asProblem(f.read(node.Value)); p != nil {
		r.outline.faulty[path] = true
		r.tell(told(seasonFile, node.Line, path, p))
		return false
	}
	return true
}

// isPlain tells of an anchor, an alias or a tag.
func (r *reading) isPlain(path string, node *yaml.Node) bool {
	if node.Kind != yaml.AliasNode && node.Anchor == "" && node.Style&yaml.TaggedStyle == 0 {
		return true
	}
	r.tellKey(path, node.Line, RuleYAML, "ở đây có neo (&), tham chiếu (*) hoặc thẻ (!) của YAML; hãy ghi thẳng giá trị",
		"there is an anchor (&), an alias (*) or a tag (!) here; write the value itself")
	return false
}

func (r *reading) isKind(path string, node *yaml.Node, kind yaml.Kind) bool {
	if node.Kind == kind {
		return true
	}
	wanted := map[yaml.Kind]domain.Text{
		yaml.ScalarNode:   {VI: "một giá trị", EN: "one value"},
		yaml.MappingNode:  {VI: "các khóa", EN: "keys"},
		yaml.SequenceNode: {VI: "một danh sách", EN: "a list"},
	}[kind]
	r.tellKey(path, node.Line, RuleYAML, "ở đây phải là %[1]s", "there must be %[2]s here", wanted.VI, wanted.EN)
	return false
}

// tellKey adds an error of form of a key. Line 0 stands for none.
func (r *reading) tellKey(path string, line int, rule domain.Rule, vi, en string, args ...any) {
	r.outline.faulty[path] = true
	r.tell(fault(seasonFile, line, path, rule, vi, en, args...))
}
