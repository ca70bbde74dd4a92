package tables

import (
	"bufio"
	"bytes"
	"io"
)

// csvFile writes rows as CSV (RFC 4180), with a line of names and lines that end in CR LF. A null is an empty field, an empty text is one in quotes.
type csvFile struct {
	columns []column
	dialect Dialect
	out     *bufio.Writer
	line    []byte
}

// bufferSize is how much of a file is written at once.
const bufferSize = 256 << 10

func newCSV(w io.Writer, v view, d Dialect) (*csvFile, error) {
	f := &csvFile{columns: v.columns, dialect: d, out: bufio.NewWriterSize(w, bufferSize)}
	f.line = append(f.line, d.bom()...)
	for i, c := range v.columns {
		if i > 0 {
			f.line = append(f.line, d.separator())
		}
		f.line = f.quoted(f.line, []byte(c.name))
	}
	return f, f.end()
}

func (f *csvFile) end() error {
	_, err := f.out.Write(append(f.line, '\r', '\n'))
	f.line = f.line[:0]
	return err
}

// row adds a row.
func (f *csvFile) row(fields [][]byte) (err error) {
	for i := range f.columns {
		if i > 0 {
			f.line = append(f.line, f.dialect.separator())
		}
		if fields[i] == nil {
			continue
		}
		if f.line, err = f.value(f.line, &f.columns[i], fields[i]); err != nil {
			return err
		}
	}
	return f.end()
}

func (f *csvFile) value(line []byte, c *column, field []byte) ([]byte, error) {
	switch c.kind {
	case number:
		if err := checkNumber(c, field); err != nil {
			return line, err
		}
		return f.dialect.number(line, field), nil
	case integer:
		return append(line, field...), nil
	case truth:
		is, err := isTrue(c, field)
		return appendTruth(line, is), err
	case day:
		return f.dialect.day(line, field), checkDay(c, field)
	case moment:
		if err := checkMoment(c, field); err != nil {
			return line, err
		}
		return f.dialect.moment(line, field), nil
	default:
		return f.quoted(line, f.dialect.text(field)), nil
	}
}

func appendTruth(line []byte, is bool) []byte {
	if is {
		return append(line, "true"...)
	}
	return append(line, "false"...)
}

// quoted adds a text, in quotes where it is empty or has quotes, separators or ends of lines in it, or blanks at its ends, which some readers take away.
func (f *csvFile) quoted(line, value []byte) []byte {
	if len(value) > 0 && value[0] != ' ' && value[len(value)-1] != ' ' && !bytes.ContainsAny(value, "\",;\r\n\t") {
		return append(line, value...)
	}
	line = append(line, '"')
	for {
		i := bytes.IndexByte(value, '"')
		if i < 0 {
			break
		}
		line = append(append(line, value[:i+1]...), '"')
		value = value[i+1:]
	}
	return append(append(line, value...), '"')
}

func (f *csvFile) close() error { return f.out.Flush() }
