package domain

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
)

// Canonical writes a value as RFC 8785 canonical JSON. It serves the digests of rules and decisions, whose values are trees of texts,
// whole numbers and truth values; a number that is not whole is an error, so that the hard half of the RFC is never needed. Events'
// payloads are made canonical by the log.
func Canonical(value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	return appendCanonical(nil, tree)
}

// Digest is the SHA-256 in hex of a value's canonical JSON. Every value of this package has one; for another that has none it is "".
func Digest(value any) string {
	canonical, err := Canonical(value)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

func appendCanonical(b []byte, tree any) ([]byte, error) {
	var err error
	switch v := tree.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 54)
		return strconv.AppendInt(b, n, 10), err
	case string:
		return appendString(b, v), nil
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendCanonical(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	default:
		return appendObject(b, v.(map[string]any))
	}
}

// appendObject sorts names by their UTF-16 code units (RFC 8785, 3.2.3).
func appendObject(b []byte, object map[string]any) ([]byte, error) {
	names := slices.SortedFunc(maps.Keys(object), func(x, y string) int {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	})
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		var err error
		if b, err = appendCanonical(b, object[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendString escapes what RFC 8785, 3.2.2.2 asks for and nothing else.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	short := map[rune]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
	b = append(b, '"')
	for _, r := range s {
		switch letter, ok := short[r]; {
		case ok:
			b = append(b, '\\', letter)
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
