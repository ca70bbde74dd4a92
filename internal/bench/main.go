// Command bench measures what users wait for, against private servers that it starts, and prints a table: each figure with the baseline that was
// measured in the same run, their ratio, and the least that is wanted.
//
//	go run ./internal/bench -thidua bin/thidua
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"text/tabwriter"
	"time"
)

// result is one line of the table. Ratio is Value to Baseline, or to the wanted limit where there is no baseline.
type result struct {
	name     string
	value    float64
	unit     string
	baseline float64
	want     string
	met      bool
}

func main() {
	binary := flag.String("thidua", "bin/thidua", "the built program")
	flag.Parse()
	debug.SetGCPercent(400) // as the program itself sets it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, binary string) error {
	dir, err := os.MkdirTemp("", "thidua-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var results []result
	for _, measure := range []func(context.Context, string, string) ([]result, error){commands, catchUp} {
		measured, err := measure(ctx, dir, binary)
		if err != nil {
			return err
		}
		results = append(results, measured...)
	}
	show(results)
	return nil
}

func show(results []result) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "work\tmeasured\tunit\tbaseline\tratio\twanted\t")
	for _, r := range results {
		baseline, ratio := "", ""
		if r.baseline > 0 {
			baseline, ratio = fmt.Sprintf("%.0f", r.baseline), fmt.Sprintf("%.1f", r.value/r.baseline)
		}
		mark := "met"
		if !r.met {
			mark = "NOT MET"
		}
		fmt.Fprintf(table, "%s\t%.4g\t%s\t%s\t%s\t%s\t%s\n", r.name, r.value, r.unit, baseline, ratio, r.want, mark)
	}
	_ = table.Flush()
}

// median is the middle of the measurements.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// seconds is how long a piece of work takes.
func seconds(work func() error) (float64, error) {
	start := time.Now()
	err := work()
	return time.Since(start).Seconds(), err
}

// atMost makes the line of a time that must stay under a limit.
func atMost(name string, times []float64, limit float64) result {
	value := median(times)
	return result{name: name, value: value, unit: "s", want: fmt.Sprintf("< %g s", limit), met: value < limit}
}
