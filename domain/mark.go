package domain

import (
	"regexp"
	"strconv"
	"strings"
)

// A mark stands where a bundle would name who or what was erased. It is a text like any other where it comes in again, so that a season that was exported
// after an erasure can be taken in elsewhere, with persons kept apart; no other text may begin as a mark does.
const markPrefix = "erased:"

// PersonMark stands for a person: "erased:<ref>".
func PersonMark(ref string) string { return markPrefix + ref }

// TextMark stands for a text: "erased:<digest>".
func TextMark(digest string) string { return markPrefix + digest }

// FileMark stands for a file of evidence: "erased:<sha256>:<size>".
func FileMark(sha256 string, size int64) string {
	return markPrefix + sha256 + ":" + strconv.FormatInt(size, 10)
}

// IsMark reports whether a text begins as a mark does.
func IsMark(text string) bool { return strings.HasPrefix(text, markPrefix) }

// ParseMark judges a text that begins as a mark does. The error is of kind ErrInvalid.
func ParseMark(text string) (string, error) {
	if _, _, file := ParseFileMark(text); file || soundMark().MatchString(text) {
		return text, nil
	}
	return "", problem(RuleText, "", "“erased:” ở đầu chỉ dành cho dấu thay cho phần đã xoá (erased:<mã>); hãy viết khác",
		"a text begins with “erased:” only where it is the mark of what was erased (erased:<ref or digest>); write it otherwise")
}

// soundMark is the form of the marks of persons and texts.
func soundMark() *regexp.Regexp {
	return regexp.MustCompile(`^erased:(p-[0-9a-f]{32}|[A-Za-z0-9_-]{43})$`)
}

// ParseFileMark reads the mark of a file of evidence.
func ParseFileMark(text string) (sha256 string, size int64, ok bool) {
	rest, marked := strings.CutPrefix(text, markPrefix)
	sha256, number, two := strings.Cut(rest, ":")
	size, err := strconv.ParseInt(number, 10, 64)
	ok = marked && two && err == nil && size >= 0 && strconv.FormatInt(size, 10) == number && hexDigest(sha256)
	return sha256, size, ok
}

// hexDigest reports whether a text is a SHA-256 in hex.
func hexDigest(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}
