package domain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// resultSHA256 is the digest of testdata/ranking.json, made canonical and hashed by another program.
const resultSHA256 = "ac06a9102fb12106398353d08b22ee7f6b05ba6a7a97513195936a54059b5a0f"

// The ranking of the season's papers, computed by hand in testdata/ranking.json:
//
//	alpha  N 9.5/10 of 40 = 38; R 60 %/50 % = 1.2, the largest, 30; Y 20; bonus 12, of which 10 count
//	beta   N 8/10 of 40 = 32; R 50 %/50 % = 1, half of 30; Y 0; the first report came on the day after its deadline, ½ off; the second on the
//	       last day of its own deadline
//	gamma  N recounted as 5/10 of 40 = 20, brought from 60 to 90 points: 30; the second report is absent, ½ off; a penalty of 1.25
func TestRanking(t *testing.T) {
	file, err := os.ReadFile("testdata/ranking.json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	var want []domain.Standing
	if err := decoder.Decode(&want); err != nil {
		t.Fatal(err)
	}
	got := reported().world(t).Ranking(instant(finalisedAt).Time())
	if diff := cmp.Diff(want, got.Standings); diff != "" {
		t.Errorf("standings (-want +got):\n%s", diff)
	}
	if got.Digest() != resultSHA256 {
		t.Errorf("digest %s, want %s", got.Digest(), resultSHA256)
	}
	for i, d := range got.Detail {
		if d.Unit != got.Standings[i].Unit {
			t.Errorf("detail %d is of %s, the standing of %s", i, d.Unit, got.Standings[i].Unit)
		}
	}
}

// totals shows a ranking as "1 alpha 98, 2 beta 46.5".
func totals(r domain.Ranking) string {
	var lines []string
	for _, s := range r.Standings {
		lines = append(lines, fmt.Sprint(s.Rank, " ", s.Unit, " ", s.Total))
	}
	return strings.Join(lines, ", ")
}

// A ranking counts what had happened by its moment: values, corrections, recounts, points, and deadlines whose day has passed.
func TestRankingAt(t *testing.T) {
	w := reported().world(t)
	for at, want := range map[string]string{
		"2019-03-20T08:59:59+07:00":     "1 alpha 0, 1 beta 0, 1 gamma 0",
		"2019-03-20T02:00:00Z":          "1 alpha 66, 2 gamma 54, 3 beta 0",
		"2019-04-01T09:00:00+07:00":     "1 alpha 66, 2 gamma 36, 3 beta 0",
		"2019-04-05T23:59:59+07:00":     "1 alpha 66, 2 gamma 36, 3 beta 0",
		"2019-04-05T17:00:00Z":          "1 alpha 66, 2 beta 46.5, 3 gamma 36",
		"2019-07-05T23:59:59+07:00":     "1 alpha 88, 2 beta 46.5, 3 gamma 36",
		"2019-07-06T00:00:00+07:00":     "1 alpha 88, 2 beta 46.5, 3 gamma 35.5",
		"2019-10-10T08:59:59+07:00":     "1 alpha 88, 2 beta 46.5, 3 gamma 35.5",
		"2019-10-10T09:00:00+07:00":     "1 alpha 88, 2 beta 46.5, 3 gamma 29.5",
		"2019-10-11T09:00:00+07:00":     "1 alpha 98, 2 beta 46.5, 3 gamma 28.25",
		"2119-01-01T00:00:00+07:00":     "1 alpha 98, 2 beta 46.5, 3 gamma 28.25",
		"1999-12-31T23:59:59.999+07:00": "1 alpha 0, 1 beta 0, 1 gamma 0",
	} {
		if got := totals(w.Ranking(instant(at).Time())); got != want {
			t.Errorf("at %s: %s; want %s", at, got, want)
		}
	}
}

// A ranking is final from the moment that it was finalised at, and no later moment changes it: not what came on the log, nor what day it is.
func TestFinalRanking(t *testing.T) {
	w := final().and(hold("alpha", "2019-12-07", "")).world(t)
	for at, want := range map[string]bool{
		"2019-12-06T14:59:59.999999+07:00": false,
		"2019-12-06T08:00:00Z":             true,
		"2019-12-25T09:00:00+07:00":        true,
	} {
		r := w.Ranking(instant(at).Time())
		if r.Final != want {
			t.Errorf("at %s the ranking is final: %t", at, r.Final)
		}
		if r.Digest() != resultSHA256 {
			t.Errorf("at %s the result is %s: %s", at, r.Digest(), totals(r))
		}
	}
	if r := reported().world(t).Ranking(instant(finalisedAt).Time()); r.Final {
		t.Error("a ranking that was never finalised is final")
	}
}

// A unit on hold is ranked, but not eligible on the days of the hold.
func TestEligible(t *testing.T) {
	w := reported().and(hold("beta", "2019-11-01", "2019-11-30")).world(t)
	for at, want := range map[string]bool{
		"2019-10-31T23:59:59+07:00": true, "2019-10-31T17:00:00Z": false, "2019-11-30T23:59:59+07:00": false, "2019-12-01T00:00:00+07:00": true,
	} {
		r := w.Ranking(instant(at).Time())
		if second := r.Standings[1]; second.Unit != "beta" || second.Eligible != want {
			t.Errorf("at %s %s is second, eligible: %t", at, second.Unit, second.Eligible)
		}
	}
}

func TestNoRanking(t *testing.T) {
	r := given(register("alpha", "")).world(t).Ranking(clock)
	if diff := cmp.Diff(domain.Ranking{}, r); diff != "" {
		t.Errorf("ranking of nothing (-want +got):\n%s", diff)
	}
	if got, want := r.Digest(), domain.Digest([]string{}); got != want {
		t.Errorf("digest %s, want that of an empty list %s", got, want)
	}
}

// ranking.finalised names what it was made from, and what came of it.
func TestRankingFinalised(t *testing.T) {
	w := reported().world(t)
	want := &domain.RankingFinalised{
		T: instant(finalisedAt), Position: w.Position(), SeasonVersion: w.SeasonVersion(), RulesetSHA256: w.Season.RulesetSHA256, ResultSHA256: resultSHA256,
		Standings: []domain.FinalStanding{
			{Unit: "alpha", Rank: 1, Total: "98", Tier: "excellent"}, {Unit: "beta", Rank: 2, Total: "46.5", Tier: "good"}, {Unit: "gamma", Rank: 3, Total: "28.25", Tier: "done"},
		},
	}
	reported().when(finalise(finalisedAt)).then(t, want)

	// A unit of another cluster moves the log on, not the season.
	reported().and(register("delta", "")).when(finalise(finalisedAt)).then(t, want)
}

// Whoever ranks the record again finds what a final ranking says, or in what it differs.
func TestDifferentFinal(t *testing.T) {
	final := func(edit func(*domain.RankingFinalised)) *domain.RankingFinalised {
		e, ok := finalise(finalisedAt).Changes(reported().world(t))[0].Event.(*domain.RankingFinalised)
		if !ok {
			t.Fatal("the ranking is not finalised by ranking.finalised")
		}
		edit(e)
		return e
	}
	if got := domain.DifferentFinal(reported().world(t), final(func(*domain.RankingFinalised) {})); got != "" {
		t.Errorf("the same record differs: %s", got)
	}
	for name, edit := range map[string]func(*domain.RankingFinalised){
		"moment":      func(e *domain.RankingFinalised) { e.T = instant("2019-10-11T08:59:59+07:00") },
		"position":    func(e *domain.RankingFinalised) { e.Position++ },
		"events":      func(e *domain.RankingFinalised) { e.SeasonVersion-- },
		"ruleset":     func(e *domain.RankingFinalised) { e.RulesetSHA256 = domain.Digest("another") },
		"result":      func(e *domain.RankingFinalised) { e.ResultSHA256 = domain.Digest("another") },
		"rank":        func(e *domain.RankingFinalised) { e.Standings[1].Rank = 1 },
		"total":       func(e *domain.RankingFinalised) { e.Standings[2].Total = "28.26" },
		"tier":        func(e *domain.RankingFinalised) { e.Standings[2].Tier = "good" },
		"a unit less": func(e *domain.RankingFinalised) { e.Standings = e.Standings[:2] },
	} {
		if got := domain.DifferentFinal(reported().world(t), final(edit)); got == "" {
			t.Errorf("a final ranking with another %s does not differ", name)
		}
	}
}
