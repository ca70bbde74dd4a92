package scoring

import (
	"math"
	"math/big"
	"math/bits"
)

// Amount is an exact number, 0 or more, that takes eight bytes where it has at most six digits after the point and is below 9·10^12, as nearly all
// are. The zero value is 0.
type Amount struct {
	millionths int64
	exact      *big.Rat // the number, where millionths can't be
}

// Millionths is n/10^6; n is not negative.
func Millionths(n int64) Amount { return Amount{millionths: n} }

// Exactly is any number.
func Exactly(x *big.Rat) Amount {
	if n, ok := millionths(x); ok && n >= 0 {
		return Amount{millionths: n}
	}
	return Amount{exact: x}
}

const million = 1_000_000

// millionths is x·10^6 where that is a whole number of 64 bits.
func millionths(x *big.Rat) (n int64, ok bool) {
	a, b, ok := small(x)
	if !ok || million%b != 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(max(a, -a)), uint64(million/b))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	if a < 0 {
		return -int64(low), true
	}
	return int64(low), true
}

// total is a sum that takes no fractions while its terms are whole millionths. The zero value is 0.
type total struct {
	millionths int64
	rest       *big.Rat // what is to be added to the millionths, nil for nothing
}

// add adds a number that is not changed.
func (t *total) add(x *big.Rat) {
	if n, ok := millionths(x); ok && t.addMillionths(n) {
		return
	}
	if t.rest == nil {
		t.rest = new(big.Rat)
	}
	t.rest.Add(t.rest, x)
}

// addMillionths adds n/10^6 unless the sum would not fit.
func (t *total) addMillionths(n int64) bool {
	sum := t.millionths + n
	if (sum > t.millionths) != (n > 0) && n != 0 { // it went over the end
		return false
	}
	t.millionths = sum
	return true
}

// addAmount adds an amount.
func (t *total) addAmount(a Amount) {
	if a.exact != nil || !t.addMillionths(a.millionths) {
		t.add(a.rat())
	}
}

// sign is that of the sum.
func (t *total) sign() int {
	if t.rest == nil {
		return Millionths(t.millionths).sign()
	}
	return t.rat().Sign()
}

// rat is the sum as a number of its own.
func (t *total) rat() *big.Rat {
	whole := big.NewRat(t.millionths, million)
	if t.rest == nil {
		return whole
	}
	return whole.Add(whole, t.rest)
}

// over is times·t/divisor; the divisor is not 0.
func (t *total) over(divisor *total, times int64) *big.Rat {
	if t.rest == nil && divisor.rest == nil && t.millionths <= math.MaxInt64/times {
		return big.NewRat(times*t.millionths, divisor.millionths)
	}
	return product(big.NewRat(times, 1), quotient(t.rat(), divisor.rat()))
}

// rat is the amount as a number that must not be changed.
func (a Amount) rat() *big.Rat {
	if a.exact != nil {
		return a.exact
	}
	return big.NewRat(a.millionths, million)
}

func (a Amount) sign() int {
	switch {
	case a.exact != nil:
		return a.exact.Sign()
	case a.millionths > 0:
		return 1
	case a.millionths < 0:
		return -1
	}
	return 0
}

// above reports whether a is larger than b.
func (a Amount) above(b Amount) bool {
	if a.exact == nil && b.exact == nil {
		return a.millionths > b.millionths
	}
	return a.rat().Cmp(b.rat()) > 0
}
