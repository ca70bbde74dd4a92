package domain

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TextLimit is the most characters that a free text may have (spec "bundle").
const TextLimit = 1000

// ParseText reads a free text: valid UTF-8, made NFC, at most TextLimit characters, no control characters but line ends and tabs.
func ParseText(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", problem(RuleText, "", "văn bản không phải là UTF-8", "the text is not UTF-8")
	}
	text = norm.NFC.String(text)
	if n := utf8.RuneCountInString(text); n > TextLimit {
		return "", problem(RuleText, "", "văn bản dài %d ký tự, tối đa %d; hãy rút ngắn", "the text has %d characters, at most %d are taken; shorten it", n, TextLimit)
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return "", problem(RuleText, "", "văn bản có ký tự điều khiển U+%04X; hãy bỏ đi", "the text has the control character U+%04X; remove it", r)
		}
	}
	return text, nil
}
