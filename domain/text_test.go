package domain_test

import (
	"errors"
	"strings"
	"testing"

	"thidua/domain"
)

func TestParseText(t *testing.T) {
	long := strings.Repeat("ệ", domain.TextLimit)
	for text, want := range map[string]string{
		"":                             "",
		"Hội Phụ nữ":                   "Hội Phụ nữ",
		"Hô\u0323i Phu\u0323 nư\u0303": "Hội Phụ nữ", // NFD
		"một\n\thai\r\nba":             "một\n\thai\r\nba",
		long:                           long,
		strings.Repeat("e\u0323\u0302", domain.TextLimit): long, // counted as NFC
		" kept as it is ": " kept as it is ",
	} {
		if got, err := domain.ParseText(text); err != nil || got != want {
			t.Errorf("ParseText(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{long + "x", "\xff", "a\x00b", "a\x1bb", "a\x7fb", "a\u0085b"} {
		if got, err := domain.ParseText(bad); !errors.Is(err, domain.ErrInvalid) || got != "" {
			t.Errorf("ParseText(%q) = %q, %v; want ErrInvalid", bad, got, err)
		}
	}
}

func TestParseIDs(t *testing.T) {
	longest := "a" + strings.Repeat("-", 63)
	for _, tt := range []struct {
		text     string
		id, code bool
	}{
		{"cao-bang", true, true},
		{"2019", true, true},
		{"a", true, true},
		{"a-", true, true},
		{longest, true, true},
		{"A1", false, true},
		{"2019-Q1", false, true},
		{"", false, false},
		{"-a", false, false},
		{longest + "x", false, false},
		{"cao bang", false, false},
		{"cao_bang", false, false},
		{"cao.bang", false, false},
		{"cao/bang", false, false},
		{"cao-bằng", false, false},
		{"a\n", false, false},
		{"*", false, false},
		{">", false, false},
	} {
		id, err := domain.ParseID(tt.text)
		if (err == nil) != tt.id || err == nil && id != tt.text || err != nil && !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ParseID(%q) = %q, %v", tt.text, id, err)
		}
		code, err := domain.ParseCode(tt.text)
		if (err == nil) != tt.code || err == nil && code != tt.text || err != nil && !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ParseCode(%q) = %q, %v", tt.text, code, err)
		}
	}
}
