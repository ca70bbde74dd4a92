package tables

import (
	"slices"
	"strings"
)

// packageFile is the name of the description that Frictionless tools read.
const packageFile = "datapackage.json"

// dataPackage describes an export (Data Package 2.0, https://datapackage.org).
type dataPackage struct {
	Profile     string     `json:"$schema"`
	Name        string     `json:"name"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Resources   []resource `json:"resources"`
}

type resource struct {
	Profile     string       `json:"$schema"`
	Type        string       `json:"type"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Path        []string     `json:"path"`
	Format      Format       `json:"format"`
	MediaType   string       `json:"mediatype"`
	Encoding    string       `json:"encoding,omitempty"`
	Bytes       int64        `json:"bytes,omitempty"` // of its file, where there is one only
	Hash        string       `json:"hash,omitempty"`  // the same
	Dialect     *csvDialect  `json:"dialect,omitempty"`
	Schema      *tableSchema `json:"schema"`
}

// csvDialect is a Table Dialect.
type csvDialect struct {
	Profile        string `json:"$schema"`
	Header         bool   `json:"header"`
	Delimiter      string `json:"delimiter"`
	LineTerminator string `json:"lineTerminator"`
	QuoteChar      string `json:"quoteChar"`
	DoubleQuote    bool   `json:"doubleQuote"`
}

// tableSchema is a Table Schema.
type tableSchema struct {
	Profile       string       `json:"$schema"`
	Fields        []field      `json:"fields"`
	MissingValues []string     `json:"missingValues,omitempty"`
	PrimaryKey    []string     `json:"primaryKey"`
	ForeignKeys   []foreignKey `json:"foreignKeys,omitempty"`
}

type field struct {
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Format      string       `json:"format,omitempty"`
	Description string       `json:"description,omitempty"`
	DecimalChar string       `json:"decimalChar,omitempty"`
	Constraints *constraints `json:"constraints,omitempty"`
}

type constraints struct {
	Required bool `json:"required"`
}

type foreignKey struct {
	Fields    []string  `json:"fields"`
	Reference reference `json:"reference"`
}

type reference struct {
	Resource string   `json:"resource"`
	Fields   []string `json:"fields"`
}

const profiles = "https://datapackage.org/profiles/2.0/"

// describe makes the description of an export. Keys that name rows of a table that is not in it are left out.
func (w Wish) describe(s Source, views []view, m *Manifest) dataPackage {
	p := dataPackage{
		Profile: profiles + "datapackage.json", Name: "thidua-" + s.Schema, Title: "thidua: " + s.Schema,
		Description: note + " " + manifestNote,
	}
	for i, v := range views {
		r := resource{
			Profile: profiles + "dataresource.json", Type: "table", Name: v.Name, Description: v.comment,
			Format: w.Format, MediaType: w.Format.mediaType(), Schema: w.schema(v, views),
		}
		files := m.Tables[i].Files
		for _, f := range files {
			r.Path = append(r.Path, f.Path)
		}
		if len(files) == 1 {
			r.Bytes, r.Hash = files[0].Bytes, "sha256:"+files[0].SHA256
		}
		if w.Format != Parquet {
			r.Encoding = "utf-8"
		}
		if w.Format == CSV {
			r.Dialect = &csvDialect{
				Profile: profiles + "tabledialect.json", Header: true, Delimiter: string(w.Dialect.separator()),
				LineTerminator: "\r\n", QuoteChar: `"`, DoubleQuote: true,
			}
		}
		p.Resources = append(p.Resources, r)
	}
	return p
}

const manifestNote = "The position of the log that all tables are of, and which of them have only what is new, are in " + ManifestFile + "."

func (w Wish) schema(v view, views []view) *tableSchema {
	s := &tableSchema{Profile: profiles + "tableschema.json", PrimaryKey: v.Key}
	if w.Format == CSV {
		s.MissingValues = []string{""}
	}
	for _, c := range v.columns {
		s.Fields = append(s.Fields, w.field(c))
	}
	for _, r := range v.References {
		if slices.ContainsFunc(views, func(o view) bool { return o.Name == r.Table }) {
			s.ForeignKeys = append(s.ForeignKeys, foreignKey{Fields: r.Columns, Reference: reference{Resource: r.Table, Fields: r.Key}})
		}
	}
	return s
}

func (w Wish) field(c column) field {
	f := field{Name: c.name, Description: strings.TrimSpace(c.comment)}
	vietnamese := w.Format == CSV && w.Dialect == Vietnamese
	switch c.kind {
	case number:
		f.Type = "number"
		if vietnamese {
			f.DecimalChar = ","
		}
	case integer:
		f.Type = "integer"
	case truth:
		f.Type = "boolean"
	case day:
		f.Type = "date"
		if vietnamese {
			f.Format = "%d/%m/%Y"
		}
	case moment:
		f.Type = "datetime"
		if vietnamese {
			f.Format = "%d/%m/%Y %H:%M:%S"
		}
	default:
		f.Type = "string"
	}
	if c.key {
		f.Constraints = &constraints{Required: true}
	}
	return f
}
