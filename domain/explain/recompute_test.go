package explain_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"thidua/domain/explain"
	"thidua/domain/scoring"
)

// term is what a stranger reads of a term.
type term struct {
	Name, Value, Op string
	Of              []string
	From            *struct {
		Position, Leaf            uint64
		Field, Item, Report, Rule string
	}
}

// told is what a stranger reads of an explanation.
type told struct {
	Rank                            int
	Total, Penalty, Bonus, Lateness string
	IndicatorPoints                 string `json:"indicator_points"`
	Calculation                     []term
	Placing                         struct {
		TieBreak  []string `json:"tie_break"`
		Standings []map[string]any
	}
	Tier struct {
		Tier string
		Rows []struct {
			Tier         string
			MinTotal     string `json:"min_total"`
			MinItemShare string `json:"min_item_share"`
		}
		Items []struct {
			Points    string
			MaxPoints string `json:"max_points"`
		}
	}
	Eligibility struct {
		Eligible bool
		Day      string
		Holds    []struct{ From, Last string }
	}
	Reports []struct {
		Period, Deadline, Submitted string
		Passed, Late, Absent        bool
	}
	Items []struct {
		Criterion, State, Points string
		Verified                 bool
		Calculation              []term
	}
}

// TestNumbersFollowFromTheirTerms recomputes every number of an explanation from its JSON alone, and compares it with the ranking's.
func TestNumbersFollowFromTheirTerms(t *testing.T) {
	everySeason(t, func(r *record) {
		w, at := r.world(0), r.moment("as of")
		for _, line := range explain.Of(w, at).Ranking().Standings {
			encoded, err := json.Marshal(explain.Of(w, at).Unit(line.Unit))
			if err != nil {
				r.Fatal(err)
			}
			var u told
			if err := json.Unmarshal(encoded, &u); err != nil {
				r.Fatal(err)
			}
			want := map[string]string{}
			for i, item := range u.Items {
				want["points."+item.Criterion] = line.Items[i].Points
				same(r, item.Criterion, recompute(r, item.Calculation, nil)["points"], line.Items[i].Points)
				if actual := line.Items[i].Actual; actual != nil {
					r.shown(item.Calculation, "A", *actual)
				}
				if attainment := line.Items[i].Attainment; attainment != nil {
					r.shown(item.Calculation, "r", *attainment)
				}
			}
			total := recompute(r, u.Calculation, want)
			for name, number := range map[string]string{"total": line.Total, "bonus": line.Bonus, "penalty": line.Penalty, "indicator_points": line.IndicatorPoints, "lateness": u.Lateness} {
				same(r, name, total[name], number)
			}
			if text := scoring.Text(total["verified_share"], 4); text != line.VerifiedShare {
				r.Fatalf("verified share %s, want %s", text, line.VerifiedShare)
			}
			for _, report := range u.Reports {
				if report.Late != (report.Submitted > report.Deadline) || report.Absent != (report.Passed && report.Submitted == "") {
					r.Fatalf("the dates say otherwise: %+v", report)
				}
			}
			r.placed(u, line.Rank)
			if tier := reached(u); tier != line.Tier {
				r.Fatalf("tier %s, want %s", tier, line.Tier)
			}
			if free(u) != line.Eligible || u.Eligibility.Eligible != line.Eligible {
				r.Fatalf("eligible %t, want %t", free(u), line.Eligible)
			}
		}
	})
}

// recompute goes through a calculation with arithmetic of its own. What comes from another item must be what that item ends in.
func recompute(r *record, terms []term, items map[string]string) map[string]*big.Rat {
	values := map[string]*big.Rat{}
	for _, t := range terms {
		of := make([]*big.Rat, len(t.Of))
		for i, operand := range t.Of {
			if of[i] = values[operand]; of[i] == nil {
				of[i] = rat(r, operand)
			}
		}
		if t.Op == "" {
			if values[t.Name] = rat(r, t.Value); items != nil && items[t.Name] != "" {
				same(r, t.Name, values[t.Name], items[t.Name])
			}
			r.traced(t)
			continue
		}
		values[t.Name] = operate(r, t.Op, of)
		same(r, t.Name, values[t.Name], t.Value)
	}
	return values
}

func operate(r *record, op string, of []*big.Rat) *big.Rat {
	result := new(big.Rat)
	switch op {
	case "sum":
		for _, x := range of {
			result.Add(result, x)
		}
	case "product":
		result.SetInt64(1)
		for _, x := range of {
			result.Mul(result, x)
		}
	case "difference":
		result.Sub(of[0], of[1])
	case "quotient":
		if of[1].Sign() != 0 {
			result.Quo(of[0], of[1])
		}
	case "min", "max":
		result.Set(of[0])
		for _, x := range of {
			if op == "min" && x.Cmp(result) < 0 || op == "max" && x.Cmp(result) > 0 {
				result.Set(x)
			}
		}
	case "round":
		result.SetString(of[0].FloatString(int(of[1].Num().Int64()))) // half away from zero
	case "ceiling":
		n := new(big.Int).Add(of[0].Num(), of[0].Denom())
		result.SetInt(n.Sub(n, big.NewInt(1)).Div(n, of[0].Denom()))
	case "equal":
		if of[0].Cmp(of[1]) == 0 {
			result.SetInt64(1)
		}
	case "if_zero":
		result = of[2]
		if of[0].Sign() == 0 {
			result = of[1]
		}
	case "step":
		for i := len(of) - 2; i > 0; i -= 2 {
			if of[0].Cmp(of[i]) >= 0 {
				result = of[i+1]
			}
		}
	default:
		r.Fatalf("operation %q", op)
	}
	return result
}

func rat(r *record, text string) *big.Rat {
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		r.Fatalf("%q is no number and no earlier term", text)
	}
	return x
}

func same(r *record, what string, got *big.Rat, want string) {
	if got == nil || got.Cmp(rat(r, want)) != 0 {
		r.Fatalf("%s is %v, want %s", what, got, want)
	}
}

// shown asks that a term, rounded as the ranking shows it, is the ranking's.
func (r *record) shown(terms []term, name, want string) {
	for _, t := range terms {
		if t.Name == name {
			if text := scoring.Text(rat(r, t.Value), 6); text != want {
				r.Fatalf("%s is %s, want %s", name, text, want)
			}
			return
		}
	}
	r.Fatalf("there is no term %s", name)
}

// traced asks that a given number stands in the event that it names.
func (r *record) traced(t term) {
	if t.From == nil {
		r.Fatalf("%s comes from nowhere", t.Name)
	}
	if t.From.Position == 0 {
		if t.From.Item+t.From.Report+t.From.Rule == "" {
			r.Fatalf("%s comes from nothing", t.Name)
		}
		return
	}
	if t.From.Leaf != t.From.Position-1 {
		r.Fatalf("leaf %d at position %d", t.From.Leaf, t.From.Position)
	}
	encoded, err := json.Marshal(r.events[t.From.Position-1].Event)
	if err != nil {
		r.Fatal(err)
	}
	if stands := standing(r, encoded, t.From.Field); rat(r, stands).Cmp(rat(r, t.Value)) != 0 {
		r.Fatalf("%s is %s, position %d has %s", t.Name, t.Value, t.From.Position, stands)
	}
}
