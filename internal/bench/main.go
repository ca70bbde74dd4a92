// Command bench measures what users wait for and what the machine allows, against private servers that it starts. It prints a table: each
// figure with the baseline that was measured in the same run, their ratio, and the least that is wanted; and writes the same as bench.json.
//
//	go run ./internal/bench -thidua bin/thidua [-quick] [-run REGEXP] [-json FILE]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"regexp"
	"time"

	"thidua/internal/calm"
)

// subject is a piece of work that is measured in one go.
type subject struct {
	name    string
	measure func(context.Context, *bench) ([]result, error)
}

// subjects lists all of them. Those that need the whole machine for themselves come first.
func subjects() []subject {
	return []subject{
		{"commands", commands},
		{"appends", appends},
		{"catch-up", catchUp},
		{"interleaved", interleaved},
		{"lag", lag},
		{"feed", feed},
		{"national", wholeYear},
	}
}

// bench is one run.
type bench struct {
	dir    string // for all files of the run; removed at its end
	binary string // the built program
	quick  bool   // less of everything, for a first look
}

// rounds is how often a measurement is repeated; the median counts.
func (b *bench) rounds() int {
	if b.quick {
		return 1
	}
	return 5
}

// scaled is a size, a tenth of it in a quick run.
func (b *bench) scaled(size int) int {
	if b.quick {
		return max(size/10, 1)
	}
	return size
}

func main() {
	binary := flag.String("thidua", "bin/thidua", "the built program")
	quick := flag.Bool("quick", false, "a smaller run, in under a minute")
	only := flag.String("run", "", "measure only the subjects that match this expression")
	file := flag.String("json", "bench.json", "where the figures are written, as JSON")
	filling := flag.String("fill", "", "make a log in this directory of all bundles in the folder that is the argument, and measure nothing")
	flag.Parse()
	calm.Collect(os.Getenv) // as the program itself does
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *filling != "" {
		err = fill(ctx, *filling, flag.Arg(0))
	} else {
		err = run(ctx, &bench{binary: *binary, quick: *quick}, *only, *file)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, b *bench, only, file string) (err error) {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "thidua-bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.dir) }()
	var results []result
	for _, s := range subjects() {
		if !chosen.MatchString(s.name) {
			continue
		}
		start := time.Now()
		measured, err := s.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "measured %s in %.1f s\n", s.name, time.Since(start).Seconds())
		results = append(results, measured...)
	}
	show(os.Stdout, results)
	return write(file, results)
}
