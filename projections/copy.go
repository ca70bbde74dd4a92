package projections

import (
	"bytes"
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"thidua/domain"
)

// rows are what one batch adds to a table, written in the text format of COPY (PostgreSQL, COPY, Text Format) as it comes: a row of the trail takes a
// kilobyte, and going through the driver's values would cost more than all the rest. A row's columns are given in order, and then its end.
type rows struct {
	table, columns string

	open   []byte   // the rows of the piece in the making
	pieces []string // whole rows, without the last one's newline
	err    error    // a value that the format does not have
}

var escapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// pieceSize is about what the driver sends at once.
const pieceSize = 60 << 10

// end ends a row.
func (r *rows) end() {
	r.open[len(r.open)-1] = '\n' // in the place of the tab behind the last column
	if len(r.open) >= pieceSize {
		r.cut()
	}
}

func (r *rows) cut() {
	r.pieces = append(r.pieces, string(r.open[:len(r.open)-1]))
	r.open = r.open[:0]
}

// word adds a text that is always given.
func (r *rows) word(s string) *rows {
	begin := len(r.open)
	r.open = append(r.open, s...)
	return r.escape(begin)
}

// given adds a text, NULL where it is "".
func (r *rows) given(s string) *rows {
	if s == "" {
		return r.null()
	}
	return r.word(s)
}

func (r *rows) null() *rows {
	r.open = append(r.open, `\N`...)
	return r.tab()
}

func (r *rows) number(n int64) *rows {
	r.open = strconv.AppendInt(r.open, n, 10)
	return r.tab()
}

func (r *rows) position(p domain.Position) *rows { return r.number(int64(p)) }

func (r *rows) truth(b bool) *rows {
	r.open = strconv.AppendBool(r.open, b)
	return r.tab()
}

func (r *rows) moment(t time.Time) *rows {
	if t.Year() < 1 {
		r.open = append(r.open, pq.FormatTimestamp(t)...) // it has a way of its own to write these
	} else {
		r.open = t.AppendFormat(r.open, time.RFC3339Nano)
	}
	return r.tab()
}

// instant adds a moment as it is compared, NULL where it is not given.
func (r *rows) instant(i domain.Instant) *rows {
	if !i.Given() {
		return r.null()
	}
	return r.moment(i.Time())
}

// digest adds the digest of a text that may not be given.
func (r *rows) digest(d *domain.Disclosable) *rows {
	if d == nil {
		return r.null()
	}
	return r.word(d.Digest)
}

// bytes adds bytes; those that are text in the escape format of bytea, which is half as long as the hexadecimal one (PostgreSQL, 8.4).
func (r *rows) bytes(b []byte) *rows {
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return r.hex(b)
	}
	if bytes.IndexByte(b, '\\') >= 0 {
		b = bytes.ReplaceAll(b, []byte(`\`), []byte(`\\`))
	}
	begin := len(r.open)
	r.open = append(r.open, b...)
	return r.escape(begin)
}

// hex adds bytes in the hexadecimal format.
func (r *rows) hex(b []byte) *rows {
	r.open = hex.AppendEncode(append(r.open, `\\x`...), b)
	return r.tab()
}

func (r *rows) tab() *rows {
	r.open = append(r.open, '\t')
	return r
}

// escape ends a column whose text was written as it is: what would end a column or a row is escaped.
func (r *rows) escape(begin int) *rows {
	written := r.open[begin:]
	for _, c := range []byte("\\\t\n\r") {
		if bytes.IndexByte(written, c) >= 0 {
			r.open = append(r.open[:begin], escapes.Replace(string(written))...)
			break
		}
	}
	return r.tab()
}

// add adds a whole row of any values that the driver would take.
func (r *rows) add(values ...any) {
	for _, value := range values {
		r.value(value)
	}
	r.end()
}

func (r *rows) value(value any) {
	switch v := value.(type) {
	case nil:
		r.null()
	case string:
		r.word(v)
	case int:
		r.number(int64(v))
	case int64:
		r.number(v)
	case bool:
		r.truth(v)
	case time.Time:
		r.moment(v)
	case []byte:
		r.bytes(v)
	case driver.Valuer:
		given, err := v.Value()
		r.err = cmp.Or(r.err, err)
		r.value(given)
	default:
		r.err = cmp.Or(r.err, fmt.Errorf("a %T is no value of a row", value))
	}
}

// copyAll adds the rows to their tables by COPY, the fastest way there is.
func copyAll(ctx context.Context, tx *Tx, all ...*rows) error {
	for _, r := range all {
		if len(r.open) > 0 {
			r.cut()
		}
		err := r.err
		if err == nil && len(r.pieces) > 0 {
			err = tx.copy(ctx, "COPY "+r.table+" ("+r.columns+") FROM STDIN", r.pieces)
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", r.table, err)
		}
	}
	return nil
}

// copying is what lib/pq prepares for COPY.
type copying interface {
	driver.Stmt
	CopyData(ctx context.Context, lines string) (driver.Result, error)
}

// copy sends pieces of rows by a COPY statement. The driver adds the newline behind each.
func (tx *Tx) copy(ctx context.Context, statement string, pieces []string) error {
	var failed error
	err := tx.conn.Raw(func(conn any) error {
		failed = send(ctx, conn.(driver.ConnPrepareContext), statement, pieces)
		return nil // an error given from here would close the connection under the transaction
	})
	return cmp.Or(err, failed)
}

func send(ctx context.Context, conn driver.ConnPrepareContext, statement string, pieces []string) error {
	prepared, err := conn.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer func() { _ = prepared.Close() }() // what went wrong was said before
	c := prepared.(copying)
	for _, piece := range pieces {
		if _, err := c.CopyData(ctx, piece); err != nil {
			return err
		}
	}
	_, err = c.Exec(nil) // sends what is left and waits for the server's answer
	return err
}
