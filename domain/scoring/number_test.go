package scoring_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain/scoring"
)

func TestRound(t *testing.T) {
	for _, tt := range []struct {
		x      string
		digits int
		want   string
	}{
		{"0", 2, "0"},
		{"2.5", 0, "3"},
		{"-2.5", 0, "-3"},
		{"2.4999999", 0, "2"},
		{"0.005", 2, "0.01"},
		{"-0.005", 2, "-0.01"},
		{"0.0049999", 2, "0"},
		{"40/3", 2, "13.33"},
		{"50/3", 2, "16.67"},
		{"2/3", 6, "0.666667"},
		{"99.995", 2, "100"},
	} {
		if got := text(scoring.Round(number(tt.x), tt.digits)); got != tt.want {
			t.Errorf("Round(%s, %d) = %s, want %s", tt.x, tt.digits, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		x      string
		digits int
		want   string
	}{
		{"0", 2, "0"},
		{"-0.001", 2, "0"},
		{"20", 2, "20"},
		{"100", 0, "100"},
		{"16.50", 2, "16.5"},
		{"50/3", 2, "16.67"},
		{"0.04", 4, "0.04"},
		{"-13.335", 2, "-13.34"},
		{"12345678901234567890123456789012345678.125", 2, "12345678901234567890123456789012345678.13"},
	} {
		if got := scoring.Text(number(tt.x), tt.digits); got != tt.want {
			t.Errorf("Text(%s, %d) = %q, want %q", tt.x, tt.digits, got, tt.want)
		}
	}
}

func TestExactText(t *testing.T) {
	for x, want := range map[string]string{
		"0": "0", "100": "100", "7.50": "7.5", "0.000001": "0.000001", "1/8": "0.125", "-2.5": "-2.5", "1/3": "1/3",
	} {
		if got := scoring.ExactText(number(x)); got != want {
			t.Errorf("ExactText(%s) = %q, want %q", x, got, want)
		}
	}
}

// Rounding goes to the nearest multiple, and of two equally near to the one farther from zero.
func TestRoundIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := big.NewRat(rapid.Int64().Draw(t, "numerator"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "denominator"))
		if rapid.Bool().Draw(t, "close to a half") {
			x = big.NewRat(rapid.Int64Range(-1e9, 1e9).Draw(t, "numerator"), rapid.SampledFrom([]int64{1, 2, 3, 2000, 2e6, 1e18}).Draw(t, "denominator"))
		}
		if rapid.Bool().Draw(t, "large") {
			x.Mul(x, new(big.Rat).SetInt64(rapid.Int64Range(1, math.MaxInt64).Draw(t, "times")))
		}
		digits := rapid.IntRange(0, 6).Draw(t, "digits")
		got := scoring.Round(x, digits)

		if want := plainText(got.FloatString(digits)); scoring.Text(x, digits) != want {
			t.Fatalf("Text(%s, %d) = %q, want %q", x, digits, scoring.Text(x, digits), want)
		}
		unit := number("1" + "000000"[:digits])
		if !new(big.Rat).Mul(got, unit).IsInt() {
			t.Fatalf("Round(%s, %d) = %s has more digits", x, digits, got)
		}
		off := new(big.Rat).Sub(got, x)
		twice := new(big.Rat).Mul(off.Abs(off), new(big.Rat).Add(unit, unit))
		switch twice.Cmp(number("1")) {
		case 1:
			t.Fatalf("Round(%s, %d) = %s is not the nearest", x, digits, got)
		case 0:
			if new(big.Rat).Abs(got).Cmp(new(big.Rat).Abs(x)) < 0 {
				t.Fatalf("Round(%s, %d) = %s goes towards zero", x, digits, got)
			}
		}
	})
}

// plainText drops the zeros at the end of a decimal.
func plainText(decimal string) string {
	if !strings.Contains(decimal, ".") {
		return decimal
	}
	return strings.TrimRight(strings.TrimRight(decimal, "0"), ".")
}
