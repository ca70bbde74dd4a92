package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// result is one line of the table.
type result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Baseline is the same work done plainly, in the same unit and run; 0 where there is none.
	Baseline float64 `json:"baseline"`
	// Ratio is Value to Baseline, 0 where there is none.
	Ratio float64 `json:"ratio"`
	// Want says what is wanted, of the ratio or of the value.
	Want string `json:"want"`

	met bool
}

// times makes the line of a rate, in events a second, that must be at least so many times its baseline. Of several rounds the medians count.
func times(name string, values, baselines []float64, least float64) result {
	r := result{Name: name, Value: median(values), Unit: "events/s", Baseline: median(baselines), Want: fmt.Sprintf(">= %g x", least)}
	r.Ratio = r.Value / r.Baseline
	r.met = r.Ratio >= least
	return r
}

// atLeast makes the line of a rate, in events a second, that must be so high by itself; its baseline says what the machine allows.
func atLeast(name string, values, baselines []float64, least float64) result {
	r := result{Name: name, Value: median(values), Unit: "events/s", Baseline: median(baselines), Want: fmt.Sprintf(">= %g events/s", least)}
	r.Ratio = r.Value / r.Baseline
	r.met = r.Value >= least
	return r
}

// noHigher makes the line of a figure, such as a time, that must not be above its baseline.
func noHigher(name, unit string, values, baselines []float64) result {
	r := result{Name: name, Value: median(values), Unit: unit, Baseline: median(baselines), Want: "<= 1 x"}
	r.Ratio = r.Value / r.Baseline
	r.met = r.Ratio <= 1
	return r
}

// atMost makes the line of a figure that must stay under a limit.
func atMost(name, unit string, values []float64, limit float64) result {
	value := median(values)
	return result{Name: name, Value: value, Unit: unit, Want: fmt.Sprintf("< %g %s", limit, unit), met: value < limit}
}

func show(out io.Writer, results []result) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "work\tmeasured\tunit\tbaseline\tratio\twanted\t")
	for _, r := range results {
		baseline, ratio := "", ""
		if r.Baseline > 0 {
			baseline, ratio = fmt.Sprintf("%.4g", r.Baseline), fmt.Sprintf("%.2f", r.Ratio)
		}
		mark := "met"
		if !r.met {
			mark = "NOT MET"
		}
		fmt.Fprintf(table, "%s\t%.4g\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Value, r.Unit, baseline, ratio, r.Want, mark)
	}
	_ = table.Flush()
}

func write(file string, results []result) error {
	content, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(content, '\n'), 0o644)
}

// median is the middle of the measurements.
func median(values []float64) float64 { return percentile(values, 50) }

// percentile is the value that so many of a hundred measurements do not exceed.
func percentile(values []float64, percent int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// seconds is how long a piece of work takes.
func seconds(work func() error) (float64, error) {
	start := time.Now()
	err := work()
	return time.Since(start).Seconds(), err
}
