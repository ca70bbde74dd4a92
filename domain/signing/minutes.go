package signing

import (
	"bufio"
	"regexp"
	"strings"
	"time"
)

// Minutes are what a reader of the record holds in his own hands of the minutes of conferences: which keys are whose, and which were taken
// back. It comes from him and never with the record.
type Minutes struct {
	keys    map[minutesKey]validity
	revoked map[string]time.Time
}

type minutesKey struct{ unit, id string }

// validity are the moments between which a key is valid, as far as the minutes say.
type validity struct{ from, to time.Time }

// minutesLimit is the most bytes that a list may have.
const minutesLimit = 1 << 20

// revokedWord begins a line about a key that was taken back. No unit's id has a colon.
const revokedWord = "revoked:"

// ParseMinutes reads a list of fingerprints, one a line; "#" begins a comment.
//
//	son-la  SHA256:Jh90ufY/6c0C5+5ZdI7T87hlzW7rYzuDXX6v8dW9Y74
//	ha-giang 261f 74b9 f63f e9cd 02e7 ee59 748e d3f3 b865 cd6e eb63 3b83 5d7e aff1 d5bd 63be  2019-01-01 2023-12-31
//	revoked: SHA256:Jh90ufY/6c0C5+5ZdI7T87hlzW7rYzuDXX6v8dW9Y74 2019-08-01
//
// A line names the unit whose key it is, the fingerprint in either writing, and, where the minutes say so, the first and the last moment at
// which the key is valid: a date (a day of Việt Nam) or a moment with its zone. The error is a *Fault.
func ParseMinutes(text string) (Minutes, error) {
	m := Minutes{keys: map[minutesKey]validity{}, revoked: map[string]time.Time{}}
	if len(text) > minutesLimit {
		return m, fault("danh sách vân tay quá dài", "the list of fingerprints is too long")
	}
	lines := bufio.NewScanner(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	lines.Buffer(nil, minutesLimit+1)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if fields := strings.Fields(line); len(fields) > 0 && !m.add(fields) {
			return m, fault("dòng %d của danh sách vân tay không đúng dạng; hãy viết: ĐƠN-VỊ VÂN-TAY [TỪ-NGÀY ĐẾN-NGÀY]",
				"line %d of the list of fingerprints is not of the form; write: UNIT FINGERPRINT [FROM TO]", n)
		}
	}
	return m, nil
}

var unitForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (m Minutes) add(fields []string) bool {
	id, dates := splitID(fields[1:])
	switch {
	case id == "" || len(dates) > 2:
		return false
	case fields[0] == revokedWord:
		from, ok := momentOf(strings.Join(dates, " "), false)
		m.revoked[id] = from
		return ok
	case !unitForm.MatchString(fields[0]):
		return false
	}
	var v validity
	ok := true
	if len(dates) > 0 {
		v.from, ok = momentOf(dates[0], false)
	}
	if len(dates) > 1 && ok {
		v.to, ok = momentOf(dates[1], true)
	}
	m.keys[minutesKey{fields[0], id}] = v
	return ok
}

// splitID takes a fingerprint from the beginning of a line's fields: one field, or as many groups of digits as make one.
func splitID(fields []string) (id string, rest []string) {
	const groups = 16
	for n := 1; n <= min(len(fields), groups); n++ {
		if id := IDOf(strings.Join(fields[:n], "")); id != "" {
			return id, fields[n:]
		}
	}
	return "", nil
}

// vietnam is the zone of the dates in minutes, which has been UTC+7 since 1975.
var vietnam = time.FixedZone("+07", 7*60*60)

// momentOf reads a moment, or a date: its first or its last second.
func momentOf(text string, last bool) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	t, err := time.ParseInLocation(time.DateOnly, text, vietnam)
	if last {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t, err == nil
}

// Confirm reports whether the minutes say that a key is a unit's, valid for all of the time from one moment to another.
func (m Minutes) Confirm(unit, id string, from, to time.Time) bool {
	v, ok := m.keys[minutesKey{unit, id}]
	return ok && (v.from.IsZero() || !from.Before(v.from)) && (v.to.IsZero() || !to.After(v.to))
}

// Revoked returns since when a key is taken back by the minutes, if it is.
func (m Minutes) Revoked(id string) (since time.Time, revoked bool) {
	since, revoked = m.revoked[id]
	return since, revoked
}

// Empty reports whether nothing stands in the minutes.
func (m Minutes) Empty() bool { return len(m.keys) == 0 && len(m.revoked) == 0 }
