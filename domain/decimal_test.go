package domain_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain"
)

func TestParseDecimal(t *testing.T) {
	for _, good := range []string{"0", "12", "12.5", "007.50", "0.000001", "123456789012345678901234567890.123456", strings.Repeat("9", 100)} {
		if d, err := domain.ParseDecimal(good); err != nil || string(d) != good {
			t.Errorf("ParseDecimal(%q) = %q, %v; want it as written", good, d, err)
		}
	}
	for _, bad := range []string{
		"", " 1", "1 ", "-1", "+1", "1e5", "1E5", "NaN", "Inf", "0x10", "1_000", "1,000", "1,5", ".5", "5.", "1.1234567", "1/3", "١٢", "1\n", strings.Repeat("9", 101),
	} {
		if d, err := domain.ParseDecimal(bad); !errors.Is(err, domain.ErrInvalid) || d.Given() {
			t.Errorf("ParseDecimal(%q) = %q, %v; want ErrInvalid", bad, d, err)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, tt := range []struct {
		text     domain.Decimal
		plain    domain.Decimal
		decimals int
		value    *big.Rat
	}{
		{"", "", 0, big.NewRat(0, 1)},
		{"0", "0", 0, big.NewRat(0, 1)},
		{"000.000", "0", 0, big.NewRat(0, 1)},
		{"007.50", "7.5", 1, big.NewRat(15, 2)},
		{"100", "100", 0, big.NewRat(100, 1)},
		{"0.000001", "0.000001", 6, big.NewRat(1, 1_000_000)},
		{"0.1", "0.1", 1, big.NewRat(1, 10)},
	} {
		if got := domain.Decimal(tt.text.Plain()); got != tt.plain {
			t.Errorf("%q is plainly %q, want %q", tt.text, got, tt.plain)
		}
		if got := tt.text.Decimals(); got != tt.decimals {
			t.Errorf("%q has %d decimals, want %d", tt.text, got, tt.decimals)
		}
		if got := tt.text.Rat(); got.Cmp(tt.value) != 0 {
			t.Errorf("%q is %s, want %s", tt.text, got, tt.value)
		}
	}
	if domain.Decimal("").Equal("0") || domain.Decimal("0").Equal("") {
		t.Error("0 is a number, not given is none")
	}
}

// anyDecimal is a number of the accepted form, zeros at both ends often among them.
func anyDecimal() *rapid.Generator[domain.Decimal] {
	return rapid.Custom(func(t *rapid.T) domain.Decimal {
		return domain.Decimal(rapid.StringMatching(`[0-9]{1,4}(\.[0-9]{1,6})?|0{0,2}[01](\.[05]0{0,4})?`).Draw(t, "decimal"))
	})
}

// Equal, Plain, Rat and Decimals tell the same of a number: two are equal where their values are, the plain text has the same value and
// is the shortest, and the decimals are those that the value needs.
func TestDecimalAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal().Draw(t, "a"), anyDecimal().Draw(t, "b")
		if _, err := domain.ParseDecimal(string(a)); err != nil {
			t.Fatal(err)
		}
		if same := a.Rat().Cmp(b.Rat()) == 0; a.Equal(b) != same || (a.Plain() == b.Plain()) != same {
			t.Fatalf("%s and %s: equal %t, plain %s and %s, the same value %t", a, b, a.Equal(b), a.Plain(), b.Plain(), same)
		}
		plain := domain.Decimal(a.Plain())
		if _, err := domain.ParseDecimal(string(plain)); err != nil || plain.Rat().Cmp(a.Rat()) != 0 || len(plain) > len(a) {
			t.Fatalf("%s is plainly %s: %v", a, plain, err)
		}
		if digits, exact := a.Rat().FloatPrec(); !exact || digits != a.Decimals() {
			t.Fatalf("%s has %d decimals, its value needs %d", a, a.Decimals(), digits)
		}
	})
}

func TestParseWhole(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "12": 12, "007": 7, "999999999999999": 999_999_999_999_999} {
		if w, err := domain.ParseWhole(text); err != nil || string(w) != text || w.Int() != want {
			t.Errorf("ParseWhole(%q) = %q, %v of value %d; want it as written and %d", text, w, err, w.Int(), want)
		}
	}
	for _, bad := range []string{"", " 1", "-1", "+1", "1.0", "1e3", "1,000", "x", "١", "1000000000000000"} {
		if w, err := domain.ParseWhole(bad); !errors.Is(err, domain.ErrInvalid) || w.Given() {
			t.Errorf("ParseWhole(%q) = %q, %v; want ErrInvalid", bad, w, err)
		}
	}
}
