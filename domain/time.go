package domain

import (
	"strings"
	"time"
)

// Date is a civil date "YYYY-MM-DD". Dates compare as their texts do. The zero value is "not given".
type Date string

// ParseDate reads a date that exists in the calendar.
func ParseDate(text string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", problem(RuleDate, "", "%q không phải là một ngày có thật; hãy viết NĂM-THÁNG-NGÀY, ví dụ 2019-03-15",
			"%q is not a date that exists; write YYYY-MM-DD, as in 2019-03-15", shorten(text))
	}
	return Date(text), nil
}

// DateOf returns the local date of an instant in a zone.
func DateOf(t time.Time, zone *time.Location) Date { return Date(t.In(zone).Format(time.DateOnly)) }

// In returns the first instant of the date in a zone.
func (d Date) In(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Instant is a moment as a person or machine wrote it. The text is kept; Time compares. The zero value is "not given".
type Instant struct {
	text string
	at   time.Time
}

// ParseInstant reads "YYYY-MM-DDTHH:MM:SS" with at most six digits of a second and Z or ±HH:MM (RFC 3339).
func ParseInstant(text string) (Instant, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !instantForm(text) {
		return Instant{}, problem(RuleInstant, "", "%q không phải là một thời điểm hợp lệ; hãy viết như 2019-04-05T17:30:00+07:00",
			"%q is not a moment of the accepted form; write it like 2019-04-05T17:30:00+07:00", shorten(text))
	}
	return Instant{text: text, at: at}, nil
}

// instantForm reports whether a text has the form of an instant, of which package time takes some others too: with a comma, more digits, or a zone that is
// a day away. Every event has an instant, and a regular expression would take as long as all the rest of reading it.
func instantForm(text string) bool {
	const seconds = "0000-00-00T00:00:00"
	if len(text) < len(seconds) || !digitsAs(text[:len(seconds)], seconds) {
		return false
	}
	zone := text[len(seconds):]
	if fraction, ok := strings.CutPrefix(zone, "."); ok {
		zone = strings.TrimLeft(fraction, "0123456789")
		if n := len(fraction) - len(zone); n < 1 || n > 6 {
			return false
		}
	}
	return zone == "Z" || len(zone) == 6 && (zone[0] == '+' || zone[0] == '-') && digitsAs(zone[1:], "00:00") && zone[1:3] < "24" && zone[4:6] < "60"
}

// digitsAs reports whether a text has digits where a form of the same length has zeros, and is the same elsewhere.
func digitsAs(text, form string) bool {
	for i := range len(form) {
		if digit := text[i] >= '0' && text[i] <= '9'; text[i] != form[i] && (form[i] != '0' || !digit) {
			return false
		}
	}
	return true
}

// InstantOf writes a time as an instant, to the millisecond.
func InstantOf(t time.Time) Instant {
	t = t.Truncate(time.Millisecond)
	return Instant{text: t.Format("2006-01-02T15:04:05.000Z07:00"), at: t}
}

// String returns the text as written, "" where none is given.
func (i Instant) String() string { return i.text }

// Time returns the moment, the zero time where none is given.
func (i Instant) Time() time.Time { return i.at }

// Given reports whether there is a moment at all.
func (i Instant) Given() bool { return i.text != "" }

// Equal reports whether both are the same moment, however written.
func (i Instant) Equal(o Instant) bool { return i.Given() == o.Given() && i.at.Equal(o.at) }

// MarshalText writes the text as it was written.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.text), nil }

// UnmarshalText reads what MarshalText wrote.
func (i *Instant) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = Instant{}
		return nil
	}
	parsed, err := ParseInstant(string(text))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}
