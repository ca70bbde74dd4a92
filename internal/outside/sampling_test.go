package outside_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/domain/sampling"
)

// asked is what the documented program is asked: to draw so many of some cells.
type asked struct {
	Nonce      string      `json:"nonce"`
	Checkpoint string      `json:"checkpoint"`
	Size       int         `json:"size"`
	Cells      [][4]string `json:"cells"` // unit, period, criterion and its points
}

// drawQuestion draws a question, and the season that it is about.
func drawQuestion(r *rapid.T) (asked, *domain.World) {
	q := asked{
		Nonce:      strings.Repeat(rapid.StringMatching(`[0-9a-f]{2}`).Draw(r, "nonce"), 32),
		Checkpoint: fmt.Sprintf("o.example/log\n%d\nAAAA\n\n— o.example/log c2ln\n— w.example/1 AAAA\n", rapid.IntRange(1, 1<<40).Draw(r, "events")),
		Size:       rapid.IntRange(1, 30).Draw(r, "size"),
		Cells:      [][4]string{},
	}
	w := domain.NewWorld("s", time.Time{})
	evolve(w, domain.SeasonStream("s"), &domain.SeasonDrafted{})
	points := rapid.SliceOfN(rapid.StringMatching(`(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?`), 1, 5).Draw(r, "points")
	for i, p := range points {
		evolve(w, domain.SeasonStream("s"), &domain.CriterionDefined{ID: fmt.Sprint("C", i), Points: domain.Decimal(p)})
	}
	seen := map[[3]string]bool{}
	for range rapid.IntRange(0, 40).Draw(r, "cells") {
		unit, period := rapid.StringMatching(`[a-z]{1,3}(-[a-z0-9])?`).Draw(r, "unit"), rapid.StringMatching(`Q[1-4]`).Draw(r, "period")
		n := rapid.IntRange(0, len(points)-1).Draw(r, "criterion")
		evolve(w, domain.ReportStream("s", unit, period), &domain.IndicatorReported{Criterion: fmt.Sprint("C", n), Value: "1"})
		if c := [3]string{unit, period, fmt.Sprint("C", n)}; !seen[c] {
			seen[c] = true
			q.Cells = append(q.Cells, [4]string{c[0], c[1], c[2], points[n]})
		}
	}
	return q, w
}

func evolve(w *domain.World, s domain.Stream, e domain.Event) {
	w.Evolve(domain.Recorded{Change: domain.Change{Stream: s, Event: e}, Position: w.Position() + 1})
}

// draw is what our program draws: unit, period and criterion of each cell.
func draw(q asked, w *domain.World) ([][]string, error) {
	seed, err := sampling.Seed(q.Nonce, q.Checkpoint)
	if err != nil {
		return nil, err
	}
	cells := [][]string{}
	for _, c := range sampling.Draw(seed, sampling.Cells(w), q.Size) {
		cells = append(cells, []string{c.Unit, c.Period, c.Criterion})
	}
	return cells, nil
}

// redraw is what the documented program draws.
func redraw(t *testing.T, script string, q asked) (cells [][]string, err error) {
	question, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(t.Context(), "python3", script)
	cmd.Stdin = bytes.NewReader(question)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	return cells, json.Unmarshal(out, &cells)
}

// The program that docs/sampling.md prints draws what ours draws: what stands there is enough to redraw a sample.
func TestDocumentedRedraw(t *testing.T) {
	paper, err := os.ReadFile("../../docs/sampling.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(paper), "```python\n")
	program, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/sampling.md prints no program")
	}
	script := filepath.Join(t.TempDir(), "redraw.py")
	write(t, script, program)
	tries := 0
	rapid.Check(t, func(r *rapid.T) {
		if tries++; tries > 30 {
			return // each starts an interpreter
		}
		q, w := drawQuestion(r)
		ours, errOurs := draw(q, w)
		theirs, errTheirs := redraw(t, script, q)
		if err := errors.Join(errOurs, errTheirs); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(ours, theirs); diff != "" {
			r.Fatalf("%+v\n(-ours +theirs):\n%s", q, diff)
		}
	})
}
