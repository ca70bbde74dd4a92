package tables

import "fmt"

// record cuts the text of a row into its fields. A null is nil; every other field has bytes of its own or of the record, which are good until the next
// record is cut.
type record struct {
	fields [][]byte
	plain  []byte // of the fields that were written with escapes
}

// cut reads the form in which PostgreSQL writes a row (PostgreSQL, Composite Types): fields between commas within parentheses, in quotes where they are
// empty or have quotes, backslashes, parentheses, commas or spaces in them; within quotes, quotes and backslashes are doubled.
func (r *record) cut(row []byte, columns int) error {
	r.fields, r.plain = r.fields[:0], r.plain[:0]
	if len(row) < 2 || row[0] != '(' || row[len(row)-1] != ')' {
		return fmt.Errorf("%.100q is no row", row)
	}
	for rest := row[1:]; len(rest) > 0; {
		var field []byte
		var end int
		if rest[0] == '"' {
			if field, end = r.quoted(rest); end < 0 {
				return fmt.Errorf("%.100q has a field without an end", row)
			}
		} else {
			for end < len(rest) && rest[end] != ',' && rest[end] != ')' {
				end++
			}
			if end > 0 {
				field = rest[:end]
			}
		}
		if end >= len(rest) || rest[end] != ',' && rest[end] != ')' {
			return fmt.Errorf("%.100q is no row", row)
		}
		r.fields = append(r.fields, field)
		rest = rest[end+1:]
	}
	if len(r.fields) != columns {
		return fmt.Errorf("a row has %d fields in place of %d", len(r.fields), columns)
	}
	return nil
}

// quoted reads a field in quotes, and returns where it ends, -1 for nowhere.
func (r *record) quoted(rest []byte) (field []byte, end int) {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			return r.escaped(rest)
		case '"':
			if i+1 < len(rest) && rest[i+1] == '"' {
				return r.escaped(rest)
			}
			return rest[1:i], i + 1
		}
	}
	return nil, -1
}

// escaped reads a field in quotes with doubled characters in it.
func (r *record) escaped(rest []byte) (field []byte, end int) {
	begin := len(r.plain)
	for i := 1; i < len(rest); i++ {
		if rest[i] == '\\' || rest[i] == '"' {
			if i+1 >= len(rest) || rest[i+1] != rest[i] {
				return r.plain[begin:], i + 1
			}
			i++
		}
		r.plain = append(r.plain, rest[i])
	}
	return nil, -1
}
