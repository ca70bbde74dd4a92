package bundle

import (
	"bytes"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// mappingWriter is a mapping of season.yaml that is written.
type mappingWriter struct{ node *yaml.Node }

func (k mappingWriter) put(name string, value *yaml.Node) {
	k.node.Content = append(k.node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
}

func (k mappingWriter) scalar(name string, f field, need need) {
	if text := f.text(); text != "" || bool(need) {
		k.put(name, scalarNode(f))
	}
}

func (k mappingWriter) mapping(name string, _ need, present bool) keys {
	if !present {
		return nil
	}
	inner := mappingWriter{&yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}}
	if name == "ruleset" {
		inner.node.Style = 0
	}
	k.put(name, inner.node)
	return inner
}

func (k mappingWriter) list(name string, need need, length int) []keys {
	if length == 0 && !bool(need) {
		return nil
	}
	list, entries := &yaml.Node{Kind: yaml.SequenceNode}, make([]keys, length)
	for i := range entries {
		entry := mappingWriter{&yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}}
		if name == "criteria" {
			entry.node.Style = 0
		}
		list.Content, entries[i] = append(list.Content, entry.node), entry
	}
	k.put(name, list)
	return entries
}

func (k mappingWriter) scalars(name string, texts *[]string, form func(*string) field) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range *texts {
		list.Content = append(list.Content, scalarNode(form(&(*texts)[i])))
	}
	k.put(name, list)
}

var bare = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_/-]*$`)

// scalarNode writes a field; a free text in quotes, so that it is the same text for every reader.
func scalarNode(f field) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: f.text()}
	if _, isText := f.(textual[string]); isText && !bare.MatchString(node.Value) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// yaml writes season.yaml.
func (s *season) yaml() ([]byte, error) {
	root := mappingWriter{&yaml.Node{Kind: yaml.MappingNode}}
	s.describe(root)
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root.node); err != nil {
		return nil, fmt.Errorf("%s: %w", seasonFile, err)
	}
	return text.Bytes(), encoder.Close()
}
