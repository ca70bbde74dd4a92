package tables

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// ndjsonFile writes rows as objects of JSON, one a line, with every column in each. Numbers with digits behind the point are texts, exact to the last of
// them, as everywhere in the answers of this program; whole numbers are numbers.
type ndjsonFile struct {
	columns []column
	names   [][]byte // as they stand before the values
	out     *bufio.Writer
	line    []byte
}

func newNDJSON(w io.Writer, v view) (*ndjsonFile, error) {
	f := &ndjsonFile{columns: v.columns, out: bufio.NewWriterSize(w, bufferSize)}
	for i, c := range v.columns {
		name, err := json.Marshal(c.name)
		if err != nil {
			return nil, fmt.Errorf("name of a column: %w", err)
		}
		before := ","
		if i == 0 {
			before = "{"
		}
		f.names = append(f.names, []byte(before+string(name)+":"))
	}
	return f, nil
}

// row adds a row.
func (f *ndjsonFile) row(fields [][]byte) (err error) {
	f.line = f.line[:0]
	for i := range f.columns {
		f.line = append(f.line, f.names[i]...)
		if f.line, err = jsonValue(f.line, &f.columns[i], fields[i]); err != nil {
			return err
		}
	}
	_, err = f.out.Write(append(f.line, '}', '\n'))
	return err
}

func jsonValue(line []byte, c *column, field []byte) ([]byte, error) {
	if field == nil {
		return append(line, "null"...), nil
	}
	switch c.kind {
	case number:
		return inQuotes(line, field), checkNumber(c, field)
	case integer:
		return append(line, field...), nil
	case truth:
		is, err := isTrue(c, field)
		return appendTruth(line, is), err
	case day:
		return inQuotes(line, field), checkDay(c, field)
	case moment:
		if err := checkMoment(c, field); err != nil {
			return line, err
		}
		return append(appendMoment(append(line, '"'), field), '"'), nil
	default:
		return jsonText(line, field), nil
	}
}

func inQuotes(line, field []byte) []byte {
	return append(append(append(line, '"'), field...), '"')
}

// jsonText adds a text as a string of JSON (RFC 8259, 7). It is UTF-8, since the database is.
func jsonText(line, field []byte) []byte {
	const hex = "0123456789abcdef"
	line = append(line, '"')
	from := 0
	for i, b := range field {
		if b >= ' ' && b != '"' && b != '\\' || b >= utf8.RuneSelf {
			continue
		}
		line = append(line, field[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			line = append(line, '\\', b)
		case '\n':
			line = append(line, '\\', 'n')
		case '\r':
			line = append(line, '\\', 'r')
		case '\t':
			line = append(line, '\\', 't')
		default:
			line = append(line, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(append(line, field[from:]...), '"')
}

func (f *ndjsonFile) close() error { return f.out.Flush() }
