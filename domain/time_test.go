package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"thidua/domain"
)

func TestParseDate(t *testing.T) {
	for _, good := range []string{"2019-03-15", "2020-02-29", "0001-01-01", "9999-12-31"} {
		if d, err := domain.ParseDate(good); err != nil || string(d) != good {
			t.Errorf("ParseDate(%q) = %q, %v; want it as written", good, d, err)
		}
	}
	for _, bad := range []string{"", "2019-02-29", "2019-02-30", "2019-13-01", "2019-00-10", "2019-3-15", "15/03/2019", "2019-03-15T00:00:00Z", " 2019-03-15", "19-03-15", "20190315"} {
		if d, err := domain.ParseDate(bad); !errors.Is(err, domain.ErrInvalid) || d != "" {
			t.Errorf("ParseDate(%q) = %q, %v; want ErrInvalid", bad, d, err)
		}
	}
}

// A date is a day of the season's zone, whatever zone an instant was written in.
func TestDateOf(t *testing.T) {
	zone, err := domain.LoadZone("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]domain.Date{
		"2019-04-05T23:59:59+07:00":        "2019-04-05",
		"2019-04-05T23:59:59.999999+07:00": "2019-04-05",
		"2019-04-06T00:00:00+07:00":        "2019-04-06",
		"2019-04-05T16:59:59Z":             "2019-04-05",
		"2019-04-05T17:00:00Z":             "2019-04-06",
		"2019-04-06T01:59:59+09:00":        "2019-04-05",
		"2019-04-05T12:00:00-05:00":        "2019-04-06",
	} {
		if got := domain.DateOf(instant(text).Time(), zone); got != want {
			t.Errorf("%s is on %s in Hà Nội, want %s", text, got, want)
		}
	}
	if got, want := domain.Date("2019-04-06").In(zone), instant("2019-04-05T17:00:00Z").Time(); !got.Equal(want) {
		t.Errorf("2019-04-06 begins at %s, want %s", got, want)
	}
}

func TestParseInstant(t *testing.T) {
	for _, good := range []string{
		"2019-04-05T17:30:00+07:00", "2019-04-05T10:30:00Z", "2019-04-05T10:30:00.5Z", "2019-04-05T10:30:00.123456-03:30", "2019-04-05T17:30:00-00:00", "2019-04-05T17:30:00+14:00",
	} {
		if i, err := domain.ParseInstant(good); err != nil || i.String() != good {
			t.Errorf("ParseInstant(%q) = %q, %v; want it as written", good, i, err)
		}
	}
	for _, bad := range []string{
		"", "2019-04-05", "2019-04-05T17:30:00", "2019-04-05T17:30Z", "2019-04-05 17:30:00Z", "2019-04-05t17:30:00z", "2019-04-05T17:30:00+0700", "2019-04-05T17:30:00+07",
		"2019-04-05T24:00:00Z", "2019-04-05T17:60:00Z", "2019-04-05T17:30:60Z", "2019-02-29T00:00:00Z", "2019-04-05T17:30:00.Z", "2019-04-05T17:30:00,5Z",
		"2019-04-05T17:30:00.1234567Z", "2019-04-05T17:30:00+24:00", "2019-04-05T17:30:00+07:60", " 2019-04-05T17:30:00Z",
	} {
		if i, err := domain.ParseInstant(bad); !errors.Is(err, domain.ErrInvalid) || i.Given() {
			t.Errorf("ParseInstant(%q) = %q, %v; want ErrInvalid", bad, i, err)
		}
	}
}

func TestInstantEqual(t *testing.T) {
	hanoi, utc, millis := instant("2019-04-05T17:30:00+07:00"), instant("2019-04-05T10:30:00Z"), instant("2019-04-05T10:30:00.000Z")
	if !hanoi.Equal(utc) || !utc.Equal(millis) {
		t.Error("the same moment, written differently, is not equal")
	}
	if hanoi.Equal(instant("2019-04-05T17:30:00.000001+07:00")) {
		t.Error("a microsecond apart is equal")
	}
	if none := (domain.Instant{}); none.Equal(instant("0001-01-01T00:00:00Z")) || none.Given() || none.String() != "" {
		t.Error("no instant is one")
	}
}

// An instant goes through JSON with its text as it was written, and no instant stays none.
func TestInstantKeepsItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2019, 1, 1, 0, 0, rapid.IntRange(0, 400*86400).Draw(t, "second"), 0, time.UTC).Format("2006-01-02T15:04:05")
		fraction := rapid.StringMatching(`(\.[0-9]{1,6})?`).Draw(t, "fraction")
		offset := rapid.SampledFrom([]string{"Z", "+07:00", "-03:30", "+14:00", "-00:00"}).Draw(t, "offset")
		want := instant(day + fraction + offset)

		data, err := json.Marshal(want)
		if err != nil || string(data) != fmt.Sprintf("%q", day+fraction+offset) {
			t.Fatalf("%s is written %s: %v", want, data, err)
		}
		var got domain.Instant
		if err := json.Unmarshal(data, &got); err != nil || got.String() != want.String() || !got.Equal(want) {
			t.Fatalf("%s is read back as %s: %v", want, got, err)
		}
	})
	got := instant("2019-04-05T10:30:00Z")
	if err := json.Unmarshal([]byte(`""`), &got); err != nil || got.Given() {
		t.Errorf("no instant is read as %q: %v", got, err)
	}
	if err := json.Unmarshal([]byte(`"yesterday"`), &got); !errors.Is(err, domain.ErrInvalid) {
		t.Errorf("yesterday is read as %q: %v", got, err)
	}
}

func TestInstantOf(t *testing.T) {
	for want, at := range map[string]time.Time{
		"2019-04-05T10:30:00.123Z":      time.Date(2019, 4, 5, 10, 30, 0, 123_999_999, time.UTC),
		"2019-04-05T17:30:00.000+07:00": time.Date(2019, 4, 5, 17, 30, 0, 0, time.FixedZone("", 7*60*60)),
	} {
		got := domain.InstantOf(at)
		if got.String() != want || !got.Equal(instant(want)) {
			t.Errorf("InstantOf(%s) = %s, want %s", at, got, want)
		}
	}
}
