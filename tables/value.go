package tables

import (
	"fmt"
	"math/bits"
	"strconv"
	"time"
)

// unfit says that a value has no form in the files. It quotes nothing of it but numbers and times, which name nobody.
func unfit(c *column, value []byte, why string) error {
	return fmt.Errorf("column %s: %.60q %s", c.name, value, why)
}

// checkNumber judges that a number is digits with at most one point in them: PostgreSQL also has NaN and Infinity.
func checkNumber(c *column, value []byte) error {
	digits, points := 0, 0
	for i, b := range value {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b == '.':
			points++
		case b != '-' || i > 0:
			return unfit(c, value, "is no number")
		}
	}
	if digits == 0 || points > 1 {
		return unfit(c, value, "is no number")
	}
	return nil
}

// unscaled returns a number without its point, of the column's scale, as 128 bits in two's complement. Nothing is ever rounded: digits that the column's
// precision and scale have no room for are an error, but for zeros.
func unscaled(c *column, value []byte) (high, low uint64, err error) {
	if err := checkNumber(c, value); err != nil {
		return 0, 0, err
	}
	digits, negative := value, value[0] == '-'
	if negative {
		digits = digits[1:]
	}
	significant, decimals, behind := 0, 0, false
	add := func(digit byte) {
		if significant > 0 || digit > 0 {
			significant++
		}
		over, tenfold := bits.Mul64(low, 10)
		var carry uint64
		low, carry = bits.Add64(tenfold, uint64(digit), 0)
		high = high*10 + over + carry
	}
	for _, b := range digits {
		switch {
		case b == '.':
			behind = true
		case behind && decimals == c.scale:
			if b != '0' {
				return 0, 0, unfit(c, value, fmt.Sprintf("has more than %d digits behind the point", c.scale))
			}
		default:
			if behind {
				decimals++
			}
			add(b - '0')
		}
		if significant > c.precision {
			break
		}
	}
	for ; decimals < c.scale && significant <= c.precision; decimals++ {
		add(0)
	}
	if significant > c.precision {
		return 0, 0, unfit(c, value, fmt.Sprintf("has more than the %d digits of numeric(%d,%d)", c.precision, c.precision, c.scale))
	}
	if negative {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	return high, low, nil
}

// daySize is the length of a day as 2019-11-20.
const daySize = len(time.DateOnly)

// checkDay judges that a day is written as 2019-11-20: PostgreSQL also has infinity, and years before Christ and after 9999.
func checkDay(c *column, value []byte) error {
	if len(value) != daySize || value[4] != '-' || value[7] != '-' {
		return unfit(c, value, "is no day from year 1 to 9999")
	}
	return nil
}

// unixDay is the number of a day from 1970-01-01 on.
func unixDay(c *column, value []byte) (int32, error) {
	if err := checkDay(c, value); err != nil {
		return 0, err
	}
	return int32(midnight(value).Unix() / (24 * 60 * 60)), nil
}

func midnight(value []byte) time.Time {
	return time.Date(digits(value[:4]), time.Month(digits(value[5:7])), digits(value[8:10]), 0, 0, 0, 0, time.UTC)
}

// digits reads a number that was checked.
func digits(value []byte) int {
	n := 0
	for _, b := range value {
		n = n*10 + int(b-'0')
	}
	return n
}

// checkMoment judges that a moment is written as 2019-11-20 17:00:00+00, perhaps with up to six digits behind the seconds, as PostgreSQL does in the
// session of an export.
func checkMoment(c *column, value []byte) error {
	n := len(value)
	if n < 22 || n > 29 || value[4] != '-' || value[7] != '-' || value[10] != ' ' || value[13] != ':' || string(value[n-3:]) != "+00" {
		return unfit(c, value, "is no moment from year 1 to 9999")
	}
	return nil
}

// unixMicros are the microseconds from 1970 on.
func unixMicros(c *column, value []byte) (int64, error) {
	if err := checkMoment(c, value); err != nil {
		return 0, err
	}
	seconds := midnight(value).Unix() + int64(digits(value[11:13])*3600+digits(value[14:16])*60+digits(value[17:19]))
	fraction := 0
	if n := len(value) - 3; n > 20 {
		fraction = digits(value[20:n])
		for range 6 - (n - 20) {
			fraction *= 10
		}
	}
	return seconds*1e6 + int64(fraction), nil
}

// wholeNumber reads a bigint.
func wholeNumber(c *column, value []byte) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, unfit(c, value, "is no whole number")
	}
	return n, nil
}

// isTrue reads a boolean, which PostgreSQL writes as t or f.
func isTrue(c *column, value []byte) (bool, error) {
	if s := string(value); s == "t" || s == "f" {
		return s == "t", nil
	}
	return false, unfit(c, value, "is no boolean")
}
