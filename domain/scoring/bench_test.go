package scoring_test

import (
	"fmt"
	"math/big"
	"testing"

	"thidua/domain/scoring"
)

// BenchmarkRank ranks 10 units with 26 criteria over 12 months, every cell reported and one in ten verified.
func BenchmarkRank(b *testing.B) {
	s := fullSeason(10, 26, 12)
	b.ReportAllocs()
	for b.Loop() {
		if got := scoring.Rank(s, yearEnd); len(got) != len(s.Units) {
			b.Fatalf("%d standings, want %d", len(got), len(s.Units))
		}
	}
}

func fullSeason(units, criteria, periods int) scoring.Season {
	formulas := []scoring.Formula{"absolute", "relative", "steps", "deduction", "per_max", "count"}
	ways := []scoring.OverTime{"sum", "latest", "cumulative"}
	s := season(nil)
	s.Periods = nil
	for p := range periods {
		s.Periods = append(s.Periods, scoring.Period{ID: fmt.Sprint("M", p), Deadline: scoring.Date(fmt.Sprintf("2019-%02d-28", p+1))})
	}
	for i := range criteria {
		c := criterion(fmt.Sprint("C", i), stepped, deducting, counting, by(formulas[i%len(formulas)]), over("ratio", ways[i%len(ways)]))
		s.Ruleset.Criteria = append(s.Ruleset.Criteria, c)
	}
	for i := range units {
		s.Units = append(s.Units, fullUnit(i, s))
	}
	return s
}

func fullUnit(n int, s scoring.Season) scoring.Unit {
	u := unit(fmt.Sprint("unit-", n))
	for i, c := range s.Ruleset.Criteria {
		u.Targets[c.ID] = scoring.Target{Value: big.NewRat(int64(80+i), 1)}
		for j, p := range s.Periods {
			v := scoring.Submission{
				Criterion: c.ID, Period: p.ID, At: moment(fmt.Sprintf("%02d-27", j+1)),
				Value: big.NewRat(int64(1000+37*n+11*i+j), 10), Denominator: big.NewRat(int64(110+7*i+j), 1),
			}
			u.Submissions = append(u.Submissions, v)
			if (n+i+j)%10 == 0 {
				u.Verifications = append(u.Verifications, scoring.Verification(v))
			}
		}
	}
	return u
}
