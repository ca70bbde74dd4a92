package tables

import (
	"io"
	"slices"
)

// Format is a form of files.
type Format string

// The forms.
const (
	Parquet Format = "parquet"
	CSV     Format = "csv"
	NDJSON  Format = "ndjson"
)

// Formats lists them.
func Formats() []Format { return []Format{Parquet, CSV, NDJSON} }

// Known reports whether there is such a form.
func (f Format) Known() bool { return slices.Contains(Formats(), f) }

// mediaType is the type of its files (IANA).
func (f Format) mediaType() string {
	switch f {
	case CSV:
		return "text/csv"
	case NDJSON:
		return "application/x-ndjson"
	default:
		return "application/vnd.apache.parquet"
	}
}

// encoder writes the rows of one file. A field is nil for a null, and may be written over once row has returned.
type encoder interface {
	row(fields [][]byte) error
	close() error
}

func (w Wish) encoder(out io.Writer, v view) (encoder, error) {
	switch w.Format {
	case CSV:
		return newCSV(out, v, w.Dialect)
	case NDJSON:
		return newNDJSON(out, v)
	default:
		return newParquet(out, v), nil
	}
}
