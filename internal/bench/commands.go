package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"thidua/examples"
)

// commands measures whole commands, as a person waits for them.
func commands(ctx context.Context, b *bench) ([]result, error) {
	dir, binary := b.dir, b.binary
	var demos, imports, rankings []float64
	for range b.rounds() {
		took, err := seconds(func() error { return command(ctx, binary, "demo") })
		if err != nil {
			return nil, err
		}
		demos = append(demos, took)
	}
	data := filepath.Join(dir, "up")
	up, err := b.up(ctx, data)
	if err != nil {
		return nil, err
	}
	for round := range b.rounds() {
		season := fmt.Sprintf("bench-%d", round)
		papers, err := copySeason(dir, season)
		if err != nil {
			return nil, errors.Join(err, up.stop())
		}
		imported, err := seconds(func() error { return command(ctx, binary, "import", "--data-dir", data, papers) })
		if err != nil {
			return nil, errors.Join(err, up.stop())
		}
		ranked, err := seconds(func() error { return command(ctx, binary, "ranking", "--data-dir", data, season) })
		if err != nil {
			return nil, errors.Join(err, up.stop())
		}
		again, err := seconds(func() error { return command(ctx, binary, "ranking", "--data-dir", data, season) })
		if err != nil {
			return nil, errors.Join(err, up.stop())
		}
		imports, rankings = append(imports, imported), append(rankings, 1000*min(ranked, again))
	}
	return []result{
		atMost("demo, from nothing", "s", demos, 6),
		atMost("import of a season into a running up", "s", imports, 1),
		atMost("ranking by a running up", "ms", rankings, 50),
	}, up.stop()
}

// command runs one command to its end and keeps its answer for the case that it fails.
func command(ctx context.Context, binary string, args ...string) error {
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", binary, strings.Join(args, " "), err, out)
	}
	return nil
}

// copySeason writes the example season under another id.
func copySeason(dir, season string) (string, error) {
	papers := filepath.Join(dir, season)
	if err := os.CopyFS(papers, examples.NorthernBorder2019()); err != nil {
		return "", err
	}
	name := filepath.Join(papers, "season.yaml")
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	content = bytes.Replace(content, []byte("season: northern-border-2019"), []byte("season: "+season), 1)
	return papers, os.WriteFile(name, content, 0o644)
}
