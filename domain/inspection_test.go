package domain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"thidua/domain"
)

var sampleNonce = strings.Repeat("0123456789abcdef", 4)

func commitmentTo(t *testing.T, nonce string) string {
	t.Helper()
	raw, err := hex.DecodeString(nonce)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func commit(t *testing.T, nonce, size string) domain.CommitSample {
	return domain.CommitSample{Season: season, At: instant(verifiedAt), SampleCommitted: domain.SampleCommitted{Size: domain.Whole(size), Commitment: commitmentTo(t, nonce)}}
}

func drawSample(committed, size domain.Position, edits ...func(*domain.SampleDrawn)) domain.DrawSample {
	d := domain.DrawSample{Season: season, At: instant(verifiedAt), SampleDrawn: domain.SampleDrawn{
		Committed: committed, Nonce: sampleNonce, Checkpoint: fmt.Sprintf("thidua.example.vn/log\n%d\nAAAA\n\n— thidua.example.vn/log AAAA\n", size),
		Cells: []domain.SampleCell{{Unit: "alpha", Period: "Q1", Criterion: "N"}, {Unit: "beta", Period: "Q1", Criterion: "N"}},
	}}
	for _, edit := range edits {
		edit(&d.SampleDrawn)
	}
	return d
}

func TestCommitSample(t *testing.T) {
	c := commit(t, sampleNonce, "2")
	reported().when(c).then(t, &c.SampleCommitted)
	final().when(c).then(t, &c.SampleCommitted)
	form := func(text string) domain.CommitSample {
		return domain.CommitSample{Season: season, SampleCommitted: domain.SampleCommitted{Size: "2", Commitment: text}}
	}
	reported().tries(t, []trial{
		{"of the most cells", commit(t, sampleNonce, "500"), accepted},
		{"of too many cells", commit(t, sampleNonce, "501"), "sample-size size"},
		{"of no cell", commit(t, sampleNonce, "0"), "sample-size size"},
		{"of no size", commit(t, sampleNonce, ""), "sample-size size"},
		{"in capitals", form(strings.ToUpper(c.Commitment)), "sample-nonce commitment"},
		{"too short", form(c.Commitment[2:]), "sample-nonce commitment"},
		{"in no hex", form("x" + c.Commitment[1:]), "sample-nonce commitment"},
	})
	reported().and(c).when(commit(t, sampleNonce, "3")).thenProblems(t, "duplicate commitment")
	given().when(c).thenProblems(t, "known season")
}

func TestDrawSample(t *testing.T) {
	c := commit(t, sampleNonce, "2")
	at := reported().world(t).Position() + 1 // of the commitment
	d := drawSample(at, at)
	committed := reported().and(c)
	committed.when(d).then(t, &d.SampleDrawn)
	final().and(commit(t, sampleNonce, "2")).when(drawSample(final().world(t).Position()+1, 1000)).thenProblems(t, accepted)
	committed.tries(t, []trial{
		{"with a checkpoint behind the commitment", drawSample(at, at+100), accepted},
		{"with a nonce that was chosen after the checkpoint", drawSample(at, at-1), "sample-order checkpoint"},
		{"with no checkpoint", drawSample(at, at, func(e *domain.SampleDrawn) { e.Checkpoint = "" }), "sample-order checkpoint"},
		{"with another nonce", drawSample(at, at, func(e *domain.SampleDrawn) { e.Nonce = strings.Repeat("00", 32) }), "sample-nonce nonce"},
		{"with the commitment for a nonce", drawSample(at, at, func(e *domain.SampleDrawn) { e.Nonce = c.Commitment }), "sample-nonce nonce"},
		{"of nothing", drawSample(at, at, func(e *domain.SampleDrawn) { e.Cells = nil }), "sample-size cells"},
		{"of more than was announced", drawSample(at, at, func(e *domain.SampleDrawn) {
			e.Cells = append(e.Cells, domain.SampleCell{Unit: "gamma", Period: "Q1", Criterion: "N"})
		}), "sample-size cells"},
		{"of a cell twice", drawSample(at, at, func(e *domain.SampleDrawn) { e.Cells[1] = e.Cells[0] }), "duplicate cells"},
		{"that nobody announced", drawSample(at-1, at), "known committed"},
	})
	committed.and(d).when(drawSample(at, at+5)).thenProblems(t, "duplicate committed")
}
