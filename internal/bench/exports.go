package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/tables"
)

// exports writes the facts of the year into files in each format, with the built program beside the `up`, and compares how fast that is with a COPY of the
// same rows which the database throws away.
func (n *country) exports(ctx context.Context) (results []result, err error) {
	_, db, leave, err := n.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	for _, format := range tables.Formats() {
		var ours, copies, peaks []float64
		for range n.rounds() {
			rows, took, err := copyFacts(ctx, db)
			if err != nil {
				return nil, err
			}
			copies = append(copies, rows/took)
			begun := time.Now()
			exporting, err := n.start(ctx, "export", "--data-dir", n.data, "--format", string(format), "--table", "fact_value_v1", filepath.Join(n.dir, "tables-"+string(format)))
			if err != nil {
				return nil, err
			}
			peak, err := exporting.finish()
			if err != nil {
				return nil, err
			}
			ours, peaks = append(ours, rows/time.Since(begun).Seconds()), append(peaks, peak)
		}
		speed := times(fmt.Sprintf("export of %s, national year's values, beside COPY TO", format), ours, copies, 0.5)
		speed.Unit = "rows/s"
		results = append(results, speed, atMost("the same, peak memory of the process", "MB", peaks, 512))
	}
	return results, nil
}

// copyFacts returns how many facts there are and how many seconds a COPY of them takes.
func copyFacts(ctx context.Context, db *sqlx.DB) (rows, took float64, err error) {
	took, err = seconds(func() error {
		copied, err := db.ExecContext(ctx, "COPY (SELECT * FROM analytics.fact_value_v1) TO '/dev/null'")
		if err != nil {
			return err
		}
		n, err := copied.RowsAffected()
		rows = float64(n)
		return err
	})
	return rows, took, err
}
