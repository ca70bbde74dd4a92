package bundle

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// outline is where the keys of season.yaml stand, by their paths. An entry of a list is named in its path by its id, such as
// "ruleset.criteria.A1.cap", or else by its place from 0 on. Those are the names that the domain's rules use.
type outline struct {
	lines map[string]int
	// faulty has the paths that have an error of form.
	faulty map[string]bool
	// unnamed has the lists with an entry that could not be read, so that it is not known what they have.
	unnamed map[string]bool
}

func newOutline() outline {
	return outline{lines: map[string]int{}, faulty: map[string]bool{}, unnamed: map[string]bool{}}
}

// line returns the line of a path, or of the nearest path above it that is there; 0 where there is none.
func (o outline) line(path string) int {
	for path != "" && o.lines[path] == 0 {
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return o.lines[path]
}

// readSeason reads season.yaml. Scalars are read from their texts by the forms of their keys; YAML's own types are not asked for.
func (r *reading) readSeason(text []byte) {
	root, line, err := parseYAML(text)
	if err != nil {
		r.tell(fault(seasonFile, line, "", RuleYAML, "tệp không đúng cú pháp YAML (%v); hãy sửa dòng này", "this is not valid YAML (%v); correct this line", err))
		return
	}
	if k := r.openMapping("", root); k != nil {
		r.outline.lines[""] = root.Line
		r.season.describe(k)
		k.close()
		r.season.read = true
	}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// parseYAML returns the root of the one document.
func parseYAML(text []byte) (root *yaml.Node, line int, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, 0, errors.New("the file is empty")
		}
		found := yamlLine.FindStringSubmatch(err.Error())
		line, _ = strconv.Atoi(found[1])
		message := strings.TrimPrefix(err.Error(), found[0])
		if strings.HasPrefix(message, "did not find expected") {
			line++ // the library's parser counts lines from 0, its scanner from 1
		}
		return nil, line, errors.New(message)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, second.Line, errors.New("there is more than one document")
	}
	return document.Content[0], 0, nil
}
