package tables

import (
	"bytes"
	"slices"
	"time"
)

// Dialect is how CSV is written.
type Dialect string

const (
	// Plain is RFC 4180: commas, decimal points, days and moments by ISO 8601 in UTC.
	Plain Dialect = ""
	// Vietnamese is what Excel reads by a double click where Windows is set to Vietnamese: semicolons, decimal commas, a byte order mark, days
	// as 31/10/2019, moments in the time of Việt Nam to the second, and no text that Excel would take for a formula.
	Vietnamese Dialect = "vi"
)

// zone is the time of Việt Nam, which has no summer time.
var zone = time.FixedZone("+07", 7*60*60)

func (d Dialect) bom() string {
	if d == Vietnamese {
		return "\ufeff"
	}
	return ""
}

func (d Dialect) separator() byte {
	if d == Vietnamese {
		return ';'
	}
	return ','
}

func (d Dialect) number(line, value []byte) []byte {
	begin := len(line)
	line = append(line, value...)
	if d == Vietnamese {
		if i := bytes.IndexByte(line[begin:], '.'); i >= 0 {
			line[begin+i] = ','
		}
	}
	return line
}

// day adds a day that is written as 2019-10-31.
func (d Dialect) day(line, value []byte) []byte {
	if d == Vietnamese && len(value) == daySize {
		line = append(append(line, value[8:10]...), '/')
		line = append(append(line, value[5:7]...), '/')
		return append(line, value[:4]...)
	}
	return append(line, value...)
}

// moment adds a moment that is written as 2019-10-31 16:59:59.5+00.
func (d Dialect) moment(line, value []byte) []byte {
	if d == Vietnamese {
		at := midnight(value).Add(time.Duration(digits(value[11:13])*3600+digits(value[14:16])*60+digits(value[17:19])) * time.Second)
		return at.In(zone).AppendFormat(line, "02/01/2006 15:04:05")
	}
	return appendMoment(line, value)
}

// appendMoment writes a moment by RFC 3339.
func appendMoment(line, value []byte) []byte {
	line = append(append(line, value[:daySize]...), 'T')
	return append(append(line, value[daySize+1:len(value)-3]...), 'Z')
}

// text is a text as a spreadsheet must not calculate it: an apostrophe goes before what could begin a formula (OWASP, CSV Injection), also in the wide
// forms of those characters.
func (d Dialect) text(value []byte) []byte {
	if d != Vietnamese || len(value) == 0 {
		return value
	}
	for _, first := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if bytes.HasPrefix(value, []byte(first)) {
			return slices.Concat([]byte("'"), value)
		}
	}
	return value
}
