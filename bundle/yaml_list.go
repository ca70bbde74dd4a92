package bundle

import (
	"fmt"
	"strings"
)

// said is one key of season.yaml with what it says, by value. An entry of a list is named in the path by its id.
type said struct{ path, value string }

// keyList is season.yaml laid flat, for comparing it key by key.
type keyList struct {
	all *[]said
	// entryOf is the path of the list that this mapping is an entry of, "" where it is none.
	entryOf, path string
}

// keysSaid lists all that season.yaml says, in its order.
func (s *season) keysSaid() []said {
	all := []said{}
	s.describe(&keyList{all: &all})
	return all
}

// lines writes all that season.yaml says as lines of text.
func (s *season) lines() []string {
	var lines []string
	for _, k := range s.keysSaid() {
		lines = append(lines, k.path+": "+k.value)
	}
	return lines
}

func (k *keyList) join(name string) string { return strings.TrimPrefix(k.path+"."+name, ".") }

func (k *keyList) scalar(name string, f field, _ need) {
	if name == "id" && k.entryOf != "" {
		k.path = k.entryOf + "." + f.text()
	}
	if f.text() != "" {
		*k.all = append(*k.all, said{k.join(name), f.plain()})
	}
}

func (k *keyList) mapping(name string, _ need, present bool) keys {
	if !present {
		return nil
	}
	return &keyList{all: k.all, path: k.join(name)}
}

func (k *keyList) list(name string, _ need, length int) []keys {
	entries, path := make([]keys, length), k.join(name)
	for i := range entries {
		entries[i] = &keyList{all: k.all, entryOf: path, path: fmt.Sprintf("%s.%d", path, i)}
	}
	return entries
}

func (k *keyList) scalars(name string, texts *[]string, _ func(*string) field) {
	*k.all = append(*k.all, said{k.join(name), strings.Join(*texts, ", ")})
}
