package domain

import (
	"math/big"
	"regexp"
	"strings"
)

// Decimal is a number as a person wrote it: its text is kept, because digests and papers need it; arithmetic goes through Rat, which is
// exact. The zero value is "not given". The form is that of spec "scoring", Numbers.
type Decimal string

var decimalForm = regexp.MustCompile(`^[0-9]+(\.[0-9]{1,6})?$`)

// decimalLimit bounds what is read as a number, far above anything that is counted.
const decimalLimit = 100

// ParseDecimal reads a number without sign, exponent or separators, with at most six digits after the point.
func ParseDecimal(text string) (Decimal, error) {
	if len(text) > decimalLimit || !decimalForm.MatchString(text) {
		return "", problem(RuleNumber, "",
			"%q không phải là số hợp lệ; hãy viết như 12 hoặc 12.5 (dấu chấm thập phân, không dấu âm, nhiều nhất 6 chữ số lẻ)",
			"%q is not a number of the accepted form; write it like 12 or 12.5 (decimal point, no sign, at most 6 decimals)", shorten(text))
	}
	return Decimal(text), nil
}

// Given reports whether there is a number at all.
func (d Decimal) Given() bool { return d != "" }

// Rat returns the exact value, 0 where none is given.
func (d Decimal) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// Decimals counts the digits after the point without trailing zeros: those that a sum could need.
func (d Decimal) Decimals() int {
	_, fraction, _ := strings.Cut(string(d), ".")
	return len(strings.TrimRight(fraction, "0"))
}

// Equal reports whether two numbers have the same value, however they are written.
func (d Decimal) Equal(o Decimal) bool { return d.Plain() == o.Plain() }

// Plain returns the one shortest way to write the same value: "007.50" is "7.5".
func (d Decimal) Plain() string {
	whole, fraction, _ := strings.Cut(string(d), ".")
	fraction = strings.TrimRight(fraction, "0")
	if trimmed := strings.TrimLeft(whole, "0"); trimmed != "" || whole == "" {
		whole = trimmed
	} else {
		whole = "0"
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// Whole is a whole number as a person wrote it; the zero value is "not given".
type Whole string

// wholeLimit is the most digits a whole number may have, so that it always fits an int64.
const wholeLimit = 15

// ParseWhole reads a whole number without sign, of at most 15 digits.
func ParseWhole(text string) (Whole, error) {
	if text == "" || len(text) > wholeLimit || strings.Trim(text, "0123456789") != "" {
		return "", problem(RuleNumber, "", "%q không phải là số nguyên; hãy viết như 12", "%q is not a whole number; write it like 12", shorten(text))
	}
	return Whole(text), nil
}

// Int returns the value, 0 where none is given.
func (w Whole) Int() int64 {
	var n int64
	for _, c := range []byte(w) {
		n = n*10 + int64(c-'0')
	}
	return n
}

// Given reports whether there is a number at all.
func (w Whole) Given() bool { return w != "" }

// shorten keeps what a message quotes readable.
func shorten(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "…"
}
