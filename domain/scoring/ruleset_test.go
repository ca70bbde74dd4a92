package scoring_test

import (
	"testing"

	"thidua/domain/scoring"
)

func TestValidCombination(t *testing.T) {
	all := map[scoring.Kind]map[scoring.OverTime]bool{
		scoring.KindNumber: {"sum": true, "latest": true, "cumulative": true, "mean": true, "max": true},
		scoring.KindRatio:  {"sum": true, "latest": true, "cumulative": true},
		scoring.KindYesNo:  {"latest": true},
		"colour":           {},
	}
	for kind, valid := range all {
		for _, overTime := range []scoring.OverTime{"sum", "latest", "cumulative", "mean", "max", "median", ""} {
			if got := scoring.ValidCombination(kind, overTime); got != valid[overTime] {
				t.Errorf("ValidCombination(%q, %q) = %v, want %v", kind, overTime, got, valid[overTime])
			}
		}
	}
}

func TestValidFormula(t *testing.T) {
	type pair struct {
		kind      scoring.Kind
		direction scoring.Direction
	}
	both := map[pair]bool{{"number", "higher"}: true, {"number", "lower"}: true, {"ratio", "higher"}: true, {"ratio", "lower"}: true}
	higher := map[pair]bool{{"number", "higher"}: true, {"ratio", "higher"}: true}
	for formula, valid := range map[scoring.Formula]map[pair]bool{
		"absolute": both, "relative": both, "steps": both, "deduction": both, "per_max": higher, "count": higher,
		"yes_no": {{"yes_no", "higher"}: true}, "guess": {},
	} {
		for _, kind := range []scoring.Kind{"number", "ratio", "yes_no"} {
			for _, direction := range []scoring.Direction{"higher", "lower", ""} {
				if got := scoring.ValidFormula(formula, kind, direction); got != valid[pair{kind, direction}] {
					t.Errorf("ValidFormula(%q, %q, %q) = %v, want %v", formula, kind, direction, got, valid[pair{kind, direction}])
				}
			}
		}
	}
}

func TestDefaultCap(t *testing.T) {
	for formula, want := range map[scoring.Formula]string{
		"absolute": "1", "relative": "1.5", "steps": "1.5", "deduction": "1", "per_max": "-", "yes_no": "-", "count": "-",
	} {
		if got := text(formula.DefaultCap()); got != want {
			t.Errorf("%s: default cap %s, want %s", formula, got, want)
		}
		if got := formula.NeedsTarget(); got != (want != "-") {
			t.Errorf("%s: needs a target: %v", formula, got)
		}
		if got := formula.TakesCap(); got != (want != "-" && formula != "deduction") {
			t.Errorf("%s: takes a cap: %v", formula, got)
		}
	}
}

func TestDateOf(t *testing.T) {
	at := moment("04-06 06:30")
	if got := scoring.DateOf(at.UTC(), hanoi); got != "2019-04-06" {
		t.Errorf("the local date is %s, want 2019-04-06", got)
	}
	if got := scoring.DateOf(at, at.UTC().Location()); got != "2019-04-05" {
		t.Errorf("the date in UTC is %s, want 2019-04-05", got)
	}
}
