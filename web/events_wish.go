package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"thidua/domain"
)

// eventsWish is what a reader asks the feed for.
type eventsWish struct {
	since   domain.Position
	limit   uint64 // 0 for none
	wanted  domain.Wanted
	follow  bool
	pushed  bool // as server-sent events
	exposed bool // the address has a token in it
}

// The limits of what can be asked in one address.
const (
	mostQuery  = 4 << 10
	mostTypes  = 50
	mostEvents = 10_000_000
	// mostPosition is what a number in JSON holds exactly.
	mostPosition = 1 << 53
	pushType     = "text/event-stream"
)

var textExposed = domain.Text{
	VI: "Mã không được đặt trong địa chỉ, vì địa chỉ bị ghi lại ở nhiều nơi. Hãy gửi mã trong tiêu đề Authorization: Bearer, và xin đơn vị vận hành thay mã này.",
	EN: "A token must not stand in an address, which is written down in many places. Send it in the header Authorization: Bearer, and let who runs the record replace this one.",
}

// readWish reads the parameters. It returns what is wrong with them, nothing where all is well.
func readWish(r *http.Request) (w eventsWish, wrong []domain.Text) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if w.exposed = slices.ContainsFunc([]string{"token", "access_token", "authorization", "key", "api_key"}, query.Has); w.exposed {
		return w, []domain.Text{textExposed}
	}
	if err != nil || len(r.URL.RawQuery) > mostQuery || len(query["type"]) > mostTypes {
		return w, []domain.Text{{
			VI: fmt.Sprintf("Không đọc được các tham số của địa chỉ: quá dài, sai dạng, hoặc có hơn %d loại.", mostTypes),
			EN: fmt.Sprintf("The parameters of the address can't be read: they are too long or malformed, or have more than %d types.", mostTypes),
		}}
	}
	w.pushed = strings.Contains(r.Header.Get("Accept"), pushType)
	w.follow = w.pushed
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if len(query[name]) > 1 && name != "type" {
			wrong = append(wrong, domain.Text{VI: name + " chỉ được có một lần", EN: name + " can be given only once"})
		}
		wrong = append(wrong, w.read(name, query.Get(name))...)
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" && w.pushed {
		wrong = append(wrong, number(&w.since, "Last-Event-ID", last, 0, mostPosition)...)
	}
	wanted, unknown := domain.NewWanted(query.Get("season"), query["type"])
	w.wanted = wanted
	return w, append(wrong, unknown...)
}

// read reads one parameter.
func (w *eventsWish) read(name, text string) []domain.Text {
	switch name {
	case "season", "type":
		return nil
	case "since":
		return number(&w.since, name, text, 0, mostPosition)
	case "limit":
		return number(&w.limit, name, text, 1, mostEvents)
	case "follow":
		if text == "true" || text == "false" && !w.pushed {
			w.follow = text == "true"
			return nil
		}
		return []domain.Text{{VI: "follow là true hoặc false; với text/event-stream luôn là true", EN: "follow is true or false; with text/event-stream it is always true"}}
	}
	return []domain.Text{{
		VI: fmt.Sprintf("không có tham số %.40q; có: since, limit, season, type, follow", name),
		EN: fmt.Sprintf("there is no parameter %.40q; there are: since, limit, season, type, follow", name),
	}}
}

// number reads a whole number as it is written: digits, and no other way to say the same.
func number(into *uint64, name, text string, least, most uint64) []domain.Text {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatUint(n, 10) != text {
		return []domain.Text{{
			VI: fmt.Sprintf("%s là một số nguyên từ %d đến %d", name, least, most), EN: fmt.Sprintf("%s is a whole number from %d to %d", name, least, most),
		}}
	}
	*into = n
	return nil
}
