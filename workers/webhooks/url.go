package webhooks

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"thidua/domain"
)

// urlLimit is how long a URL may be, in bytes.
const urlLimit = 2000

// Refusal says what is wrong with what was asked, and what to do. It is an error of kind domain.ErrInvalid.
type Refusal struct{ text domain.Text }

func (r *Refusal) Error() string { return r.text.EN }

// Text is the refusal in both languages.
func (r *Refusal) Text() domain.Text { return r.text }

// Unwrap gives the kind.
func (r *Refusal) Unwrap() error { return domain.ErrInvalid }

func refuse(vi, en string) error { return &Refusal{domain.Text{VI: vi, EN: en}} }

// checkURL judges a URL before anything is sent there. The refusals quote nothing of it: it may have a password in it.
func checkURL(text string, allowPrivate bool) error {
	if len(text) > urlLimit {
		return refuse("URL dài quá "+strconv.Itoa(urlLimit)+" byte", "the URL is longer than "+strconv.Itoa(urlLimit)+" bytes")
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return refuse("đó không phải là URL đầy đủ, như https://example.vn/hook", "that is no full URL, such as https://example.vn/hook")
	}
	switch {
	case u.User != nil:
		return refuse("URL không được chứa tên người dùng hay mật khẩu; bên nhận kiểm tra chữ ký", "the URL must have no user or password in it; receivers check the signature")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return refuse("URL không được có phần sau dấu #", "the URL must have nothing behind a #")
	case u.Scheme == "http" && !allowPrivate:
		return refuse("chỉ dùng https; http chỉ được trong mạng riêng, với --allow-private", "only https; http is for a network of one's own, with --allow-private")
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("URL phải bắt đầu bằng https://", "the URL must begin with https://")
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return refuse("cổng trong URL không hợp lệ", "the port in the URL is none")
	}
	if address, err := netip.ParseAddr(u.Hostname()); err == nil && judgeAddress(address, allowPrivate) != nil {
		return refuse("không gửi tới địa chỉ này: nó không phải là địa chỉ công cộng; địa chỉ trong mạng riêng cần --allow-private",
			"nothing is sent to this address: it is not a public one; one in a network of one's own needs --allow-private")
	}
	return nil
}

// Place is a URL as it is shown: without its query, which may be a secret.
func Place(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	shown := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.RawQuery != "" {
		shown += "?…"
	}
	return shown
}

// nameOf makes a name of a URL's host.
func nameOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	words := strings.FieldsFunc(strings.ToLower(u.Hostname()), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	name := strings.Join(words, "-")
	return name[:min(len(name), nameLimit)]
}
