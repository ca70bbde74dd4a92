package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"thidua/domain"
)

// Admit judges a token: it returns the name of who has it. The error is of kind ErrNotFound where it does not let its bearer in.
type Admit func(ctx context.Context, token string) (holder string, err error)

// bearer returns who asks, by the token in the header Authorization, and answers who may not.
func (admit Admit) bearer(w http.ResponseWriter, r *http.Request, realm string, none domain.Text) (holder string, ok bool) {
	err := domain.ErrNotFound
	if token, sent := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); sent && admit != nil {
		holder, err = admit(r.Context(), token)
	}
	switch {
	case err == nil:
		return holder, true
	case errors.Is(err, domain.ErrNotFound):
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm+`"`)
		write(w, http.StatusUnauthorized, none)
	default:
		write(w, http.StatusServiceUnavailable, textFailed)
	}
	return "", false
}
