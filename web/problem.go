package web

import (
	"encoding/json"
	"net/http"

	"thidua/domain"
)

// problem is the form of an answer that is none (RFC 9457), with its causes in both languages.
type problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Causes []cause `json:"causes"`
}

type cause struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

var (
	textNoPage       = domain.Text{VI: "Không có trang này.", EN: "There is no such page."}
	textNoSeason     = domain.Text{VI: "Không có mùa thi đua này.", EN: "There is no such season."}
	textMethod       = domain.Text{VI: "Địa chỉ này chỉ để đọc (GET).", EN: "This address is for reading only (GET)."}
	textNoParameters = domain.Text{VI: "Địa chỉ này không nhận tham số.", EN: "This address takes no parameters."}
	textFailed       = domain.Text{VI: "Máy chủ tạm thời không trả lời được. Hãy thử lại sau.", EN: "The server can't answer for now. Try again later."}
)

func newProblem(status int, why ...domain.Text) problem {
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Causes: []cause{}}
	for _, text := range why {
		p.Causes = append(p.Causes, cause(text))
	}
	return p
}

func write(w http.ResponseWriter, status int, why ...domain.Text) {
	p := newProblem(status, why...)
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(p) // a reader who is gone needs no problem
}
