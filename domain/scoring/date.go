package scoring

import (
	"strings"
	"time"
)

// Date is a civil date "YYYY-MM-DD". The zero value is "no date", before every other.
type Date string

// DateOf returns the local date of an instant in a zone.
func DateOf(t time.Time, zone *time.Location) Date { return Date(t.In(zone).Format(time.DateOnly)) }

// Compare returns -1, 0 or +1 as d is before, on or after o.
func (d Date) Compare(o Date) int { return strings.Compare(string(d), string(o)) }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }
