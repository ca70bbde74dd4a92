package tables

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

const (
	// groupRows is how many rows a row group has, all of which are held in memory, compressed.
	groupRows = 100_000
	// batchRows is how many values of a column are handed over at once. It is no power of two: the batches of all columns would end in the same lines of the
	// processor's cache.
	batchRows = 1000
	// wideDigits is how many digits of a number fit 64 bits.
	wideDigits = 18
	// dictionaryLimit is the size in bytes from which a column's values of a row group are no longer kept in a dictionary.
	dictionaryLimit = 1 << 20
)

// parquetFile writes rows as Apache Parquet, compressed by Zstandard. Columns keep the order of the view. Numbers are DECIMAL, moments TIMESTAMP in UTC of
// microseconds. What is not of the key may be null.
type parquetFile struct {
	columns []column
	writer  *parquet.GenericWriter[any]
	batches [][]parquet.Value // of each column
	before  [][]byte          // what the last field of each column was, within the batches
	bytes   []byte            // that the values of the batches point into
	rows    int               // in the batches
	group   int               // rows in the open row group
}

func newParquet(w io.Writer, v view) *parquetFile {
	f := &parquetFile{columns: v.columns, batches: make([][]parquet.Value, len(v.columns)), before: make([][]byte, len(v.columns))}
	all := make([]parquet.Value, len(v.columns)*batchRows)
	for i := range f.batches {
		f.batches[i], all = all[:0:batchRows], all[batchRows:]
	}
	options := []parquet.WriterOption{
		parquetSchema(v), parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}), parquet.CreatedBy("thidua", "1", ""),
		parquet.DictionaryMaxBytes(dictionaryLimit), parquet.PageBufferSize(256 << 10),
	}
	for _, c := range v.columns {
		if c.kind == number && c.precision > wideDigits {
			// The library compares these as bytes, which puts negative numbers behind all others: no bounds are better than wrong ones.
			options = append(options, parquet.SkipPageBounds(c.name))
		}
	}
	f.writer = parquet.NewGenericWriter[any](w, options...)
	return f
}

// row adds a row. Most fields are those of the row before (a season, a unit, a period), and then so is the value.
func (f *parquetFile) row(fields [][]byte) error {
	for i, field := range fields {
		values := f.batches[i]
		if field != nil && len(f.before[i]) > 0 && bytes.Equal(field, f.before[i]) {
			f.batches[i] = append(values, values[len(values)-1])
			continue
		}
		value, err := f.value(&f.columns[i], field)
		if err != nil {
			return err
		}
		f.batches[i] = append(values, value.Level(0, definition(&f.columns[i], field), i))
		f.before[i] = append(f.before[i][:0], field...)
	}
	if f.rows++; f.rows < batchRows {
		return nil
	}
	return f.handOver()
}

// definition is the definition level of a value: 1 where there is one in a column that can be null.
func definition(c *column, field []byte) int {
	if c.key || field == nil {
		return 0
	}
	return 1
}

// value makes the value of a field.
func (f *parquetFile) value(c *column, field []byte) (value parquet.Value, err error) {
	switch {
	case field == nil && c.key:
		return value, unfit(c, nil, "is null and belongs to the key")
	case field == nil:
		return parquet.NullValue(), nil
	}
	switch c.kind {
	case number:
		return f.number(c, field)
	case integer:
		n, err := wholeNumber(c, field)
		return parquet.Int64Value(n), err
	case truth:
		is, err := isTrue(c, field)
		return parquet.BooleanValue(is), err
	case day:
		n, err := unixDay(c, field)
		return parquet.Int32Value(n), err
	case moment:
		n, err := unixMicros(c, field)
		return parquet.Int64Value(n), err
	default:
		return parquet.ByteArrayValue(f.keep(field)), nil
	}
}

func (f *parquetFile) number(c *column, field []byte) (parquet.Value, error) {
	high, low, err := unscaled(c, field)
	if err != nil || c.precision <= wideDigits {
		return parquet.Int64Value(int64(low)), err
	}
	var wide [16]byte
	binary.BigEndian.PutUint64(wide[:8], high)
	binary.BigEndian.PutUint64(wide[8:], low)
	return parquet.FixedLenByteArrayValue(f.keep(wide[:])), nil
}

// keep copies bytes to where they stay until the batches are handed over. Where that has no more room it goes on elsewhere; what points into it stays.
func (f *parquetFile) keep(b []byte) []byte {
	begin := len(f.bytes)
	f.bytes = append(f.bytes, b...)
	return f.bytes[begin:len(f.bytes):len(f.bytes)]
}

// handOver gives the batches to the columns, and ends a row group that is full.
func (f *parquetFile) handOver() error {
	for i, c := range f.writer.ColumnWriters() {
		if _, err := c.WriteRowValues(f.batches[i]); err != nil {
			return err
		}
		f.batches[i], f.before[i] = f.batches[i][:0], f.before[i][:0]
	}
	f.group += f.rows
	f.rows, f.bytes = 0, f.bytes[:0]
	if f.group < groupRows {
		return nil
	}
	f.group = 0
	return f.writer.Flush()
}

// close writes what is left and the file's end.
func (f *parquetFile) close() error {
	if f.rows > 0 {
		if err := f.handOver(); err != nil {
			return err
		}
	}
	return f.writer.Close()
}

// parquetSchema makes the schema of a view.
func parquetSchema(v view) *parquet.Schema {
	root := row{Group: parquet.Group{}}
	for _, c := range v.columns {
		node := parquetNode(c)
		if !c.key {
			node = parquet.Optional(node)
		}
		root.Group[c.name] = node
		root.order = append(root.order, c.name)
	}
	return parquet.NewSchema(v.Name, root)
}

// parquetNode is the type of a column.
func parquetNode(c column) parquet.Node {
	switch {
	case c.kind == number && c.precision <= wideDigits:
		return parquet.Encoded(parquet.Decimal(c.scale, c.precision, parquet.Int64Type), &parquet.RLEDictionary)
	case c.kind == number:
		return parquet.Encoded(parquet.Decimal(c.scale, c.precision, parquet.FixedLenByteArrayType(16)), &parquet.RLEDictionary)
	case c.kind == integer:
		return parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)
	case c.kind == truth:
		return parquet.Leaf(parquet.BooleanType)
	case c.kind == day:
		return parquet.Encoded(parquet.Date(), &parquet.RLEDictionary)
	case c.kind == moment:
		return parquet.Encoded(parquet.Timestamp(parquet.Microsecond), &parquet.RLEDictionary)
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

// row is a group whose fields have an order of their own; those of the library stand in that of the alphabet.
type row struct {
	parquet.Group
	order []string
}

// Fields implements parquet.Node.
func (r row) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, field := range r.Group.Fields() {
		byName[field.Name()] = field
	}
	var fields []parquet.Field
	for _, name := range r.order {
		fields = append(fields, byName[name])
	}
	return fields
}
