package sampling_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/domain/sampling"
)

const season = "north-2019"

func seedOf(n int) [32]byte { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))) }

func cells(points ...domain.Decimal) []sampling.Cell {
	var all []sampling.Cell
	for i, p := range points {
		all = append(all, sampling.Cell{SampleCell: domain.SampleCell{Unit: fmt.Sprintf("u%03d", i), Period: "Q1", Criterion: "A1"}, Points: p})
	}
	return all
}

func TestNonce(t *testing.T) {
	nonce, commitment, err := sampling.Nonce("  xúc xắc: 3 1 6 2 5 5 1 4  ")
	if err != nil {
		t.Fatal(err)
	}
	first := sha256.Sum256([]byte("xúc xắc: 3 1 6 2 5 5 1 4"))
	second := sha256.Sum256(first[:])
	if nonce != hex.EncodeToString(first[:]) || commitment != hex.EncodeToString(second[:]) {
		t.Errorf("nonce %s, commitment %s", nonce, commitment)
	}
	for _, text := range []string{"", "123456789012345", strings.Repeat("x", 1001), "0123456789abcdef\x00"} {
		if _, _, err := sampling.Nonce(text); !errors.Is(err, domain.ErrInvalid) && !errors.Is(err, domain.ErrRefused) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The seed takes in the nonce, the checkpoint's text and the log's signature, and nothing that comes behind: cosignatures may be added later.
func TestSeed(t *testing.T) {
	nonce := strings.Repeat("ab", 32)
	note := "o.example/log\n7\nAAAA\n\n— o.example/log c2ln\n"
	seed, err := sampling.Seed(nonce, note)
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(append(bytes.Repeat([]byte{0xab}, 32), "o.example/log\n7\nAAAA\n— o.example/log c2ln\n"...)); seed != want {
		t.Errorf("seed %x, want %x", seed, want)
	}
	if cosigned, err := sampling.Seed(nonce, note+"— w.example/1 AAAA\n"); err != nil || cosigned != seed {
		t.Errorf("with a cosignature the seed is %x, %v", cosigned, err)
	}
	for _, other := range []string{strings.Replace(note, "7", "8", 1), strings.Replace(note, "c2ln", "c2lo", 1), strings.Replace(note, "AAAA", "AAAB", 1)} {
		if changed, err := sampling.Seed(nonce, other); err != nil || changed == seed {
			t.Errorf("%q: the same seed, %v", other, err)
		}
	}
	for _, wrong := range []string{"", "o.example/log\n7\nAAAA\n", "o.example/log\n7\nAAAA\n\n— w.example/1 AAAA\n" + note[strings.Index(note, "—"):], note[:len(note)-1]} {
		if _, err := sampling.Seed(nonce, wrong); !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := sampling.Seed(nonce[2:], note); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("a short nonce: %v", err)
	}
}

// TestDrawByHand follows docs/sampling.md with small numbers: three cells of 1, 2 and 0.5 points are 10, 20 and 5 lots.
func TestDrawByHand(t *testing.T) {
	all := cells("1", "2", "0.5")
	for n := range 200 {
		lots, left, want := []int64{10, 20, 5}, int64(35), []domain.SampleCell(nil)
		for block := uint64(0); len(want) < 2; block++ {
			seed := seedOf(n)
			number := sha256.Sum256(binary.BigEndian.AppendUint64(seed[:], block))
			at := remainder(number, left)
			for i := range lots {
				if at < lots[i] {
					want = append(want, all[i].SampleCell)
					left -= lots[i]
					lots[i] = 0
					break
				}
				at -= lots[i]
			}
		}
		if diff := cmp.Diff(want, sampling.Draw(seedOf(n), all, 2)); diff != "" {
			t.Fatalf("seed %d:\n%s", n, diff)
		}
	}
}

// remainder divides 256 bits by a small number, digit by digit. That a number is so large that it is passed over does not occur with so few.
func remainder(number [32]byte, by int64) int64 {
	rest := int64(0)
	for _, digit := range number {
		rest = (rest*256 + int64(digit)) % by
	}
	return rest
}

func TestDrawFavoursThePointsAtStake(t *testing.T) {
	first := map[string]int{}
	const rounds = 4000
	for n := range rounds {
		first[sampling.Draw(seedOf(n), cells("10", "30", "0", "60", ""), 1)[0].Unit]++
	}
	for unit, percent := range map[string]int{"u000": 10, "u001": 30, "u002": 0, "u003": 60, "u004": 0} {
		if got := first[unit]; got < rounds*percent*9/1000 || got > rounds*percent*11/1000 {
			t.Errorf("%s was drawn first %d times of %d, want %d%%", unit, got, rounds, percent)
		}
	}
}

func TestDrawIsDistinctAndTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.SampledFrom([]domain.Decimal{"0", "1", "2.5", "40", "0.125", ""}), 1, 40).Draw(t, "points")
		size := rapid.IntRange(1, 50).Draw(t, "size")
		seed := seedOf(rapid.Int().Draw(t, "seed"))
		all := cells(points...)
		got := sampling.Draw(seed, all, size)
		worth := 0
		for _, p := range points {
			if p != "" && p != "0" {
				worth++
			}
		}
		if len(got) != min(size, worth) {
			t.Fatalf("%d cells, want %d", len(got), min(size, worth))
		}
		for i, c := range got {
			at := slices.IndexFunc(all, func(a sampling.Cell) bool { return a.SampleCell == c })
			if slices.Contains(got[:i], c) || at < 0 || points[at] == "0" || points[at] == "" {
				t.Fatalf("drawn: %v", got)
			}
		}
		if diff := cmp.Diff(got, sampling.Draw(seed, all, size)); diff != "" {
			t.Fatal(diff)
		}
		if smaller := sampling.Draw(seed, all, size-1); len(smaller) > 0 && !slices.Equal(smaller, got[:len(smaller)]) {
			t.Fatalf("a smaller sample is not the beginning of a larger one: %v, %v", smaller, got)
		}
	})
}

// record is a season's log in memory.
type record struct{ events []domain.Recorded }

func (r *record) add(s domain.Stream, e domain.Event) domain.Position {
	at := domain.Position(len(r.events) + 1)
	r.events = append(r.events, domain.Recorded{Change: domain.Change{Stream: s, Event: e}, Position: at, Payload: fmt.Append(nil, at), StreamVersion: at, SeasonVersion: at})
	return at
}

func (r *record) checkpoint(size domain.Position) string {
	return fmt.Sprintf("o.example/log\n%d\nAAAA\n\n— o.example/log c2ln\n", size)
}

func newRecord(t *testing.T, size string) (r *record, nonce string, committed domain.Position) {
	t.Helper()
	r = &record{}
	s := domain.SeasonStream(season)
	r.add(s, &domain.SeasonDrafted{Members: []string{"alpha", "beta"}})
	r.add(s, &domain.CriterionDefined{ID: "A1", Points: "40"})
	r.add(s, &domain.CriterionDefined{ID: "A2", Points: "2.5"})
	for _, unit := range []string{"beta", "alpha"} {
		for _, criterion := range []string{"A2", "A1", "A1"} {
			r.add(domain.ReportStream(season, unit, "Q1"), &domain.IndicatorReported{Criterion: criterion, Value: "1"})
		}
	}
	nonce, commitment, err := sampling.Nonce("3 1 6 2 5 5 1 4 6 6 2 3")
	if err != nil {
		t.Fatal(err)
	}
	return r, nonce, r.add(domain.InspectionStream(season), &domain.SampleCommitted{Size: domain.Whole(size), Commitment: commitment})
}

func TestRedraw(t *testing.T) {
	r, nonce, committed := newRecord(t, "3")
	checkpoint := r.checkpoint(committed)
	drawn, err := sampling.Redraw(season, r.events, committed, nonce, checkpoint)
	if err != nil || len(drawn) != 3 {
		t.Fatalf("%v, %v", drawn, err)
	}
	// What comes behind the checkpoint changes nothing: values, and discards of values that were there.
	r.add(domain.ReportStream(season, "gamma", "Q1"), &domain.IndicatorReported{Criterion: "A1", Value: "1"})
	gone := r.events[4]
	sum := sha256.Sum256(gone.Payload)
	r.add(gone.Stream, &domain.EventDiscarded{Position: gone.Position, SHA256: hex.EncodeToString(sum[:])})
	sample := domain.SampleDrawn{Committed: committed, Nonce: nonce, Checkpoint: checkpoint, Cells: drawn}
	if err := sampling.Check(season, r.events, sample); err != nil {
		t.Error(err)
	}
	// A discard before the checkpoint counts.
	later := sample
	later.Checkpoint = r.checkpoint(domain.Position(len(r.events)))
	if later.Cells, err = sampling.Redraw(season, r.events, committed, nonce, later.Checkpoint); err != nil {
		t.Fatal(err)
	}
	if err := sampling.Check(season, r.events, later); err != nil {
		t.Error(err)
	}
	if _, err := sampling.Redraw(season, r.events, committed, nonce, r.checkpoint(committed-1)); !errors.Is(err, domain.ErrRefused) || !strings.Contains(err.Error(), "does not have the commitment") {
		t.Errorf("a nonce that was chosen after the checkpoint: %v", err)
	}
	for name, edit := range map[string]func(*domain.SampleDrawn){
		"another nonce":   func(s *domain.SampleDrawn) { s.Nonce = strings.Repeat("00", 32) },
		"other cells":     func(s *domain.SampleDrawn) { s.Cells[1].Unit = "gamma" },
		"another order":   func(s *domain.SampleDrawn) { s.Cells[0], s.Cells[1] = s.Cells[1], s.Cells[0] },
		"a cell less":     func(s *domain.SampleDrawn) { s.Cells = s.Cells[:2] },
		"a cell more":     func(s *domain.SampleDrawn) { s.Cells = append(s.Cells, s.Cells[0]) },
		"an earlier seal": func(s *domain.SampleDrawn) { s.Checkpoint = r.checkpoint(committed - 1) },
		"another origin":  func(s *domain.SampleDrawn) { s.Checkpoint = strings.ReplaceAll(s.Checkpoint, "o.example", "p.example") },
	} {
		changed := sample
		changed.Cells = slices.Clone(sample.Cells)
		edit(&changed)
		if err := sampling.Check(season, r.events, changed); !errors.Is(err, domain.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCells(t *testing.T) {
	r, _, _ := newRecord(t, "1")
	w := domain.NewWorld(season, time.Time{})
	for _, e := range r.events {
		w.Evolve(e)
	}
	want := []sampling.Cell{
		{SampleCell: domain.SampleCell{Unit: "alpha", Period: "Q1", Criterion: "A1"}, Points: "40"},
		{SampleCell: domain.SampleCell{Unit: "alpha", Period: "Q1", Criterion: "A2"}, Points: "2.5"},
		{SampleCell: domain.SampleCell{Unit: "beta", Period: "Q1", Criterion: "A1"}, Points: "40"},
		{SampleCell: domain.SampleCell{Unit: "beta", Period: "Q1", Criterion: "A2"}, Points: "2.5"},
	}
	if diff := cmp.Diff(want, sampling.Cells(w)); diff != "" {
		t.Error(diff)
	}
}
