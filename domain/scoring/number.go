package scoring

import (
	"math/big"
	"strings"
)

// Round returns x with a number of digits after the point, half away from zero (spec "scoring", Numbers). It leaves x as it is.
func Round(x *big.Rat, digits int) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	doubled := new(big.Int).Mul(x.Num(), unit)
	doubled.Abs(doubled).Lsh(doubled, 1)
	// ⌊(2a + b) / 2b⌋ is a/b rounded, half upwards; on the absolute value that is half away from zero.
	doubled.Add(doubled, x.Denom())
	doubled.Quo(doubled, new(big.Int).Lsh(x.Denom(), 1))
	if x.Sign() < 0 {
		doubled.Neg(doubled)
	}
	return new(big.Rat).SetFrac(doubled, unit)
}

// Text writes x rounded to a number of digits after the point, without trailing zeros: "16.67", "20", "0".
func Text(x *big.Rat, digits int) string {
	text := Round(x, digits).FloatString(digits)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// TextOrNil is Text of what may not be there; nil where it is not.
func TextOrNil(x *big.Rat, digits int) *string {
	if x == nil {
		return nil
	}
	text := Text(x, digits)
	return &text
}

// ExactText writes x with as many digits as it has, and none more. What has no end as a decimal is written as a fraction, "1/3", so that
// the text is never wrong; sums of numbers that people wrote always end.
func ExactText(x *big.Rat) string {
	digits, ends := x.FloatPrec()
	if !ends {
		return x.RatString()
	}
	return x.FloatString(digits)
}

// sum adds up.
func sum(terms ...*big.Rat) *big.Rat {
	total := new(big.Rat)
	for _, t := range terms {
		total.Add(total, t)
	}
	return total
}

// quotient is a/b; b is not 0.
func quotient(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

// product is a·b.
func product(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// difference is a−b.
func difference(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

// least is the smaller of two.
func least(a, b *big.Rat) *big.Rat {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

// greatest is the larger of two.
func greatest(a, b *big.Rat) *big.Rat {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}

// whole is n as a rational.
func whole(n int) *big.Rat { return big.NewRat(int64(n), 1) }
