package explain

import (
	"math/big"
	"strconv"

	"thidua/domain"
	"thidua/domain/scoring"
)

// Term is one number of a calculation, in a list in which each comes after those that it is made of: so a program gets the last one by going
// through the list, with nothing but the operations of Op.
type Term struct {
	Name string `json:"name"`
	// Value is exact: a decimal, or a fraction "a/b" where no decimal ends.
	Value string `json:"value"`
	Op    Op     `json:"op,omitempty"`
	// Of are the operands: names of earlier terms, or numbers.
	Of []string `json:"of,omitempty"`
	// From is where a number without an operation comes from.
	From *From `json:"from,omitempty"`
}

// From is the origin of a given number: one field of the event at a position, a term explained elsewhere, or a rule of spec "scoring".
type From struct {
	*Place
	// Field is the way to the number in the event's data, such as "value" or "targets.A1".
	Field string `json:"field,omitempty"`
	// Item names the criterion whose own calculation ends in the number, or whose state it tells.
	Item string `json:"item,omitempty"`
	// Report names the period whose report it tells of.
	Report string `json:"report,omitempty"`
	// Rule says in words what the number is by, where no event has it.
	Rule string `json:"rule,omitempty"`
}

// Place is an event's place: its position in the log, counted from 1, and its leaf in the tree over the log, counted from 0.
type Place struct {
	Position domain.Position `json:"position"`
	Leaf     uint64          `json:"leaf"`
}

func placeOf(position domain.Position) Place {
	return Place{Position: position, Leaf: max(position, 1) - 1}
}

// Op is what makes a term of its operands. All are exact.
type Op string

// The operations.
const (
	OpSum        Op = "sum"        // of all; 0 of none
	OpDifference Op = "difference" // a − b
	OpProduct    Op = "product"    // of all
	OpQuotient   Op = "quotient"   // a / b; 0 where b is 0
	OpMin        Op = "min"        // the smallest
	OpMax        Op = "max"        // the largest
	OpRound      Op = "round"      // a to b digits after the point, half away from zero
	OpCeiling    Op = "ceiling"    // the smallest whole number that is not below a
	OpEqual      Op = "equal"      // 1 where a = b, else 0
	OpIfZero     Op = "if_zero"    // b where a = 0, else c
	OpStep       Op = "step"       // a, then pairs of a bound and a share, highest bound first: the share of the first bound ≤ a, else 0
)

// apply computes the operation.
func (op Op) apply(of []*big.Rat) *big.Rat {
	result := new(big.Rat)
	switch op {
	case OpSum:
		for _, x := range of {
			result.Add(result, x)
		}
	case OpDifference:
		result.Sub(of[0], of[1])
	case OpProduct:
		result.SetInt64(1)
		for _, x := range of {
			result.Mul(result, x)
		}
	case OpQuotient:
		if of[1].Sign() != 0 {
			result.Quo(of[0], of[1])
		}
	case OpMin, OpMax:
		result = extreme(of, op == OpMax)
	default:
		return op.choose(of)
	}
	return result
}

// choose computes the operations that round and compare.
func (op Op) choose(of []*big.Rat) *big.Rat {
	switch {
	case op == OpRound:
		return scoring.Round(of[0], int(of[1].Num().Int64()))
	case op == OpCeiling:
		whole, rest := new(big.Int).QuoRem(of[0].Num(), of[0].Denom(), new(big.Int))
		if rest.Sign() > 0 {
			whole.Add(whole, big.NewInt(1))
		}
		return new(big.Rat).SetInt(whole)
	case op == OpEqual && of[0].Cmp(of[1]) == 0:
		return big.NewRat(1, 1)
	case op == OpIfZero && of[0].Sign() == 0:
		return of[1]
	case op == OpIfZero:
		return of[2]
	case op == OpStep:
		for i := 1; i+1 < len(of); i += 2 {
			if of[0].Cmp(of[i]) >= 0 {
				return of[i+1]
			}
		}
	}
	return new(big.Rat)
}

func extreme(of []*big.Rat, largest bool) *big.Rat {
	result := of[0]
	for _, x := range of[1:] {
		if x.Cmp(result) > 0 == largest {
			result = x
		}
	}
	return result
}

// calculation is a list of terms that is being written.
type calculation struct {
	terms  []Term
	values map[string]*big.Rat
}

func newCalculation() *calculation { return &calculation{values: map[string]*big.Rat{}} }

// given adds a number that comes from somewhere, and returns its name.
func (c *calculation) given(name string, value *big.Rat, from From) string {
	return c.add(Term{Name: name, From: &from}, value)
}

// event adds a number that stands in an event.
func (c *calculation) event(name string, value *big.Rat, position domain.Position, field string) string {
	place := placeOf(position)
	return c.given(name, value, From{Place: &place, Field: field})
}

// compute adds what an operation makes of earlier terms and numbers, and returns its name.
func (c *calculation) compute(name string, op Op, of ...string) string {
	operands := make([]*big.Rat, len(of))
	for i, operand := range of {
		operands[i] = c.value(operand)
	}
	return c.add(Term{Name: name, Op: op, Of: of}, op.apply(operands))
}

func (c *calculation) add(t Term, value *big.Rat) string {
	t.Value = scoring.ExactText(value)
	c.terms, c.values[t.Name] = append(c.terms, t), value
	return t.Name
}

// value is that of a term, or the number itself.
func (c *calculation) value(operand string) *big.Rat {
	if value, ok := c.values[operand]; ok {
		return value
	}
	return domain.Decimal(operand).Rat()
}

func whole(n int) string { return strconv.Itoa(n) }
