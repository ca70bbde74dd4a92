package domain_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"thidua/domain"
)

func TestMarks(t *testing.T) {
	hex, digest := strings.Repeat("0f", 32), strings.Repeat("A_-", 14)+"b"
	for text, sound := range map[string]bool{
		domain.PersonMark("p-" + hex[:32]): true, domain.TextMark(digest): true, domain.FileMark(hex, 0): true, domain.FileMark(hex, 20480): true,
		"erased:": false, "erased:p-": false, "erased:p-" + hex: false, "erased:" + digest + "x": false, "erased:" + hex + ":": false,
		"erased:" + hex + ":07": false, "erased:" + hex + ":-1": false, "erased:" + hex + ":+1": false, "erased:" + strings.ToUpper(hex) + ":1": false,
		"erased:x:1": false, "erased:" + digest + "\n": false,
	} {
		if !domain.IsMark(text) {
			t.Errorf("%q does not begin as a mark", text)
		}
		got, err := domain.ParseMark(text)
		if sound != (err == nil) || sound && got != text || !sound && !errors.Is(err, domain.ErrInvalid) {
			t.Errorf("ParseMark(%q) gives %q, %v; want it taken: %v", text, got, err, sound)
		}
	}
	if domain.IsMark(" erased:x") || domain.IsMark("Erased:x") {
		t.Error("what does not begin as a mark is taken for one")
	}
}

func TestFileMarkRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sha256 := rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "sha256")
		size := rapid.Int64Min(0).Draw(t, "size")
		if gotSHA, gotSize, ok := domain.ParseFileMark(domain.FileMark(sha256, size)); gotSHA != sha256 || gotSize != size || !ok {
			t.Errorf("%q, %d comes back as %q, %d, %v", sha256, size, gotSHA, gotSize, ok)
		}
	})
}
