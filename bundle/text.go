package bundle

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// decode makes a file's bytes text: UTF-8 without a byte order mark, in NFC. The fault is nil where they are text.
func decode(file string, raw []byte) ([]byte, *Fault) {
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if at := invalid(raw); at >= 0 {
		f := fault(file, 1+bytes.Count(raw[:at], []byte("\n")), "", RuleUTF8, "tệp không phải là UTF-8 ở dòng này; hãy lưu lại với bảng mã UTF-8",
			"the file is not UTF-8 in this line; save it again as UTF-8")
		return nil, &f
	}
	return norm.NFC.Bytes(raw), nil
}

// invalid returns the offset of the first byte that is not UTF-8, -1 where all are.
func invalid(raw []byte) int {
	if utf8.Valid(raw) {
		return -1
	}
	for at := 0; at < len(raw); {
		r, size := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}
