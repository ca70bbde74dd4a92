package scoring

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Round returns x with a number of digits after the point, half away from zero (spec "scoring", Numbers). It leaves x as it is.
func Round(x *big.Rat, digits int) *big.Rat {
	if n, unit, ok := roundSmall(x, digits); ok {
		return big.NewRat(n, unit)
	}
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
	if n, unit, ok := roundSmall(x, digits); ok {
		return shortest(n, unit)
	}
	text := Round(x, digits).FloatString(digits)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// roundSmall is Round in machine words, as a numerator over 10^digits; not ok where a number on the way does not fit them. It is the same formula:
// ⌊(2a·10^digits + b) / 2b⌋, with a product of 128 bits and nothing cut off.
func roundSmall(x *big.Rat, digits int) (n, unit int64, ok bool) {
	a, b, ok := small(x)
	if !ok || digits < 0 || digits > maxDigits {
		return 0, 0, false
	}
	unit = powerOfTen(digits)
	high, low := bits.Mul64(2*uint64(max(a, -a)), uint64(unit))
	low, carry := bits.Add64(low, uint64(b), 0)
	high += carry
	if high >= 2*uint64(b) { // the quotient has more than 64 bits
		return 0, 0, false
	}
	quotient, _ := bits.Div64(high, low, 2*uint64(b))
	if quotient > math.MaxInt64 {
		return 0, 0, false
	}
	if n = int64(quotient); a < 0 {
		n = -n
	}
	return n, unit, true
}

// maxDigits is the most digits that a ruleset rounds to, and that a number of the papers has after the point.
const maxDigits = 6

// powerOfTen is 10^digits, for 0 to maxDigits.
func powerOfTen(digits int) int64 {
	power := int64(1)
	for range digits {
		power *= 10
	}
	return power
}

// small gives numerator and denominator where both fit: the numerator between ±(2^63−1), the denominator from 1 to 2^63−1.
func small(x *big.Rat) (a, b int64, ok bool) {
	const bits = 63
	n := x.Num()
	if n.BitLen() > bits {
		return 0, 0, false
	}
	if x.IsInt() {
		return n.Int64(), 1, true
	}
	d := x.Denom()
	return n.Int64(), d.Int64(), d.BitLen() <= bits
}

// order is -1, 0 or +1 as x is below y, the same or above: by the products crosswise, which have at most 126 bits where both are small.
func order(x, y *big.Rat) int {
	a, b, ok := small(x)
	c, d, fits := small(y)
	if !ok || !fits || a < 0 || c < 0 {
		return x.Cmp(y)
	}
	high, low := bits.Mul64(uint64(a), uint64(d))
	otherHigh, otherLow := bits.Mul64(uint64(c), uint64(b))
	return cmp.Or(cmp.Compare(high, otherHigh), cmp.Compare(low, otherLow))
}

// shortest writes n/unit, of which unit is a power of ten, without trailing zeros.
func shortest(n, unit int64) string {
	for unit > 1 && n%10 == 0 {
		n, unit = n/10, unit/10
	}
	if unit == 1 {
		return strconv.FormatInt(n, 10)
	}
	var room [24]byte
	text := room[:0]
	if n < 0 {
		text, n = append(text, '-'), -n
	}
	text = strconv.AppendInt(text, n/unit, 10)
	text = append(text, '.')
	for fraction := n % unit; unit > 1; fraction %= unit {
		unit /= 10
		text = append(text, byte('0'+fraction/unit))
	}
	return string(text)
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
	if order(b, a) < 0 {
		return b
	}
	return a
}

// greatest is the larger of two.
func greatest(a, b *big.Rat) *big.Rat {
	if order(b, a) > 0 {
		return b
	}
	return a
}

// whole is n as a rational.
func whole(n int) *big.Rat { return big.NewRat(int64(n), 1) }
