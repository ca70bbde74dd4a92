package contract_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"thidua/domain"
)

// comments are what the Go source says of the types of the domain and of their fields. The contract says the same, so that it is written once.
type comments struct {
	types  map[string]string
	fields map[string]map[string]string
	as     map[string]string // a type that has the fields of another
	words  map[string]string // the words of an event, by its Go name
}

func readComments(t testing.TB) *comments {
	t.Helper()
	c := &comments{types: map[string]string{}, fields: map[string]map[string]string{}, as: map[string]string{}, words: map[string]string{}}
	for _, k := range domain.Catalogue() {
		c.words[reflect.TypeOf(k.New()).Elem().Name()] = k.Words
	}
	names, err := filepath.Glob("../domain/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				c.add(d)
			}
		}
	}
	return c
}

func (c *comments) add(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		s, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		name := s.Name.Name
		c.types[name] = d.Doc.Text()
		switch t := s.Type.(type) {
		case *ast.Ident:
			c.as[name] = t.Name
		case *ast.StructType:
			c.fields[name] = map[string]string{}
			for _, f := range t.Fields.List {
				text := f.Comment.Text()
				if text == "" {
					text = f.Doc.Text()
				}
				for _, n := range f.Names {
					c.fields[name][n.Name] = text
				}
			}
		}
	}
}

var goName = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*\b`)

// of returns what is said of a type, with the names of the contract for those of Go.
func (c *comments) of(t reflect.Type) string {
	return strings.Join(strings.Fields(goName.ReplaceAllStringFunc(c.types[t.Name()], func(name string) string {
		if words, ok := c.words[name]; ok {
			return words
		}
		if t.Kind() == reflect.Struct {
			if f, ok := t.FieldByName(name); ok && !f.Anonymous {
				return "`" + jsonName(f) + "`"
			}
		}
		return name
	})), " ")
}

// ofField returns what is said of a field of a type.
func (c *comments) ofField(t reflect.Type, f reflect.StructField) string {
	owner := t.Name()
	if under, ok := c.as[owner]; ok {
		owner = under
	}
	text := strings.Join(strings.Fields(c.fields[owner][f.Name]), " ")
	if rest, ok := strings.CutPrefix(text, f.Name+" "); ok {
		text = jsonName(f) + " " + rest
	}
	return text
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
