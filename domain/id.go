package domain

import "regexp"

var (
	idForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)
)

// ParseID reads the id of a unit or a season: small letters, digits and hyphens, at most 64.
func ParseID(text string) (string, error) {
	if !idForm.MatchString(text) {
		return "", problem(RuleID, "", "%q không phải là mã hợp lệ; chỉ dùng chữ thường a-z, chữ số và dấu gạch nối, nhiều nhất 64 ký tự",
			"%q is not an id; use small letters a-z, digits and hyphens, at most 64", shorten(text))
	}
	return text, nil
}

// ParseCode reads the id of a criterion, period, award or tier: letters, digits and hyphens, at most 64.
func ParseCode(text string) (string, error) {
	if !codeForm.MatchString(text) {
		return "", problem(RuleID, "", "%q không phải là mã hợp lệ; chỉ dùng chữ a-z, A-Z, chữ số và dấu gạch nối, nhiều nhất 64 ký tự",
			"%q is not an id; use letters a-z, A-Z, digits and hyphens, at most 64", shorten(text))
	}
	return text, nil
}
