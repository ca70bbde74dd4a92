// Command arrow reads Parquet files with Apache Arrow's library for Go and prints their types as one object of JSON and their rows as one each.
//
//	arrow FILE…
//
// It is a module of its own, so that the project does not depend on what it is measured with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func main() {
	for _, name := range os.Args[1:] {
		if err := show(context.Background(), name); err != nil {
			fmt.Fprintln(os.Stderr, name, err)
			os.Exit(1)
		}
	}
}

func show(ctx context.Context, name string) (err error) {
	parquet, err := file.OpenParquetFile(name, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, parquet.Close()) }()
	reader, err := pqarrow.NewFileReader(parquet, pqarrow.ArrowReadProperties{BatchSize: 1000}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	table, err := reader.ReadTable(ctx)
	if err != nil {
		return err
	}
	defer table.Release()
	out := json.NewEncoder(os.Stdout)
	types := map[string]string{}
	for _, f := range table.Schema().Fields() {
		types[f.Name] = f.Type.String()
	}
	if err := out.Encode(types); err != nil {
		return err
	}
	batches := array.NewTableReader(table, 1000)
	defer batches.Release()
	for batches.Next() {
		batch := batches.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := map[string]any{}
			for j, f := range batch.Schema().Fields() {
				row[f.Name] = value(batch.Column(j), i)
			}
			if err := out.Encode(row); err != nil {
				return err
			}
		}
	}
	return batches.Err()
}

// value is one value as JSON has it: numbers with digits behind the point are texts.
func value(column arrow.Array, i int) any {
	if column.IsNull(i) {
		return nil
	}
	switch c := column.(type) {
	case *array.String:
		return c.Value(i)
	case *array.Int64:
		return c.Value(i)
	case *array.Boolean:
		return c.Value(i)
	case *array.Date32:
		return c.Value(i).ToTime().Format(time.DateOnly)
	case *array.Timestamp:
		return c.Value(i).ToTime(c.DataType().(*arrow.TimestampType).Unit).UTC().Format(time.RFC3339Nano)
	case *array.Decimal128:
		return c.Value(i).ToString(c.DataType().(*arrow.Decimal128Type).Scale)
	}
	return fmt.Sprintf("%T", column)
}
