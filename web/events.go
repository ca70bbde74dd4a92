package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"thidua/domain"
)

// Feed reads the log on from a position. Next waits for more, and returns what of it is wanted, in order, and the position up to which it has looked.
type Feed interface {
	Next(ctx context.Context) ([]domain.Recorded, domain.Position, error)
	Close()
}

// Events is the feed of events as this process can serve it. The zero value serves nothing.
type Events struct {
	// Open opens a feed of the wanted events behind a position.
	Open func(after domain.Position, w domain.Wanted) Feed
	// Last is where the log ends. The error is of kind ErrCorrupt where the log has lost something.
	Last func(ctx context.Context) (domain.Position, error)
	// Epoch names the log: one that was lost and made again has another.
	Epoch string
	// Admit judges a token: whether who has it may read the feed.
	Admit Admit
	// Now is the clock.
	Now func() time.Time
	// Ending is done when the process is told to stop; who follows is let go then.
	Ending context.Context
	// Heartbeat is how often somebody who waits hears that the line is alive, and how often the token is judged again; 0 is 15 seconds. Patience is how long a
	// reader may take for what he was sent; 0 is 30 seconds. Streams is how many each token may read at once; 0 is 4.
	Heartbeat, Patience time.Duration
	Streams             int
}

const (
	heartbeat  = 15 * time.Second
	patience   = 30 * time.Second
	streams    = 4
	allStreams = 32 // of all tokens: each has some megabytes in memory
)

var (
	textNoEventsToken = domain.Text{
		VI: "Luồng sự kiện chỉ dành cho bên có mã: hãy gửi mã trong tiêu đề Authorization: Bearer. Mã do đơn vị vận hành cấp (thidua token add).",
		EN: "The feed of events is for who has a token: send it in the header Authorization: Bearer. Who runs the record gives it (thidua token add).",
	}
	textCrowded = domain.Text{
		VI: "Đã có quá nhiều luồng mở cùng lúc. Hãy đóng bớt luồng cũ, hoặc thử lại sau.", EN: "Too many streams are open at once. Close those that you don't need, or try again later.",
	}
	textDamaged = domain.Text{
		VI: "Sổ sự kiện bị hỏng hoặc mất dữ liệu nên không phát tiếp: không có gì được bỏ qua. Đơn vị vận hành đã được báo; hãy thử lại sau từ vị trí của bạn.",
		EN: "The log is damaged or has lost events, so nothing more is handed on: nothing is passed over. Who runs the record is told; try again later from your position.",
	}
	textBeyond = domain.Text{
		VI: "Sổ sự kiện chưa đến vị trí mà bạn đã có: bạn đã đọc từ một sổ khác, hoặc sổ này đã mất sự kiện. Hãy hỏi đơn vị vận hành trước khi đọc tiếp.",
		EN: "The log is not at the position that you have: you have read another log, or this one has lost events. Ask who runs the record before you read on.",
	}
)

// feeds serves the feed and knows who reads.
type feeds struct {
	Events
	log *slog.Logger

	mu      sync.Mutex // guards what follows
	readers map[string]int
	all     int
}

func (e Events) routes(log *slog.Logger) map[string]http.HandlerFunc {
	if e.Open == nil {
		return nil
	}
	if e.Heartbeat == 0 {
		e.Heartbeat = heartbeat
	}
	if e.Patience == 0 {
		e.Patience = patience
	}
	if e.Streams == 0 {
		e.Streams = streams
	}
	f := &feeds{Events: e, log: log, readers: map[string]int{}}
	return map[string]http.HandlerFunc{"GET /api/v1/events": f.events}
}

// events gives the log's events: what there is, or on and on.
func (f *feeds) events(w http.ResponseWriter, r *http.Request) {
	wish, wrong := readWish(r)
	if wish.exposed {
		write(w, http.StatusBadRequest, wrong...)
		return
	}
	holder, ok := f.Admit.bearer(w, r, "events", textNoEventsToken)
	if !ok {
		return
	}
	if len(wrong) > 0 {
		write(w, http.StatusBadRequest, wrong...)
		return
	}
	if !f.enter(holder) {
		w.Header().Set("Retry-After", "10")
		write(w, http.StatusTooManyRequests, textCrowded)
		return
	}
	defer f.leave(holder)
	end, err := f.Last(r.Context())
	switch {
	case err != nil:
		f.fail(w, r, err)
	case wish.since > end:
		write(w, http.StatusConflict, textBeyond)
	default:
		f.stream(w, r, wish, end)
	}
}

// enter counts a reader in, where there is room.
func (f *feeds) enter(holder string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all >= allStreams || f.readers[holder] >= f.Streams {
		return false
	}
	f.all++
	f.readers[holder]++
	return true
}

func (f *feeds) leave(holder string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.readers[holder]--; f.readers[holder] == 0 {
		delete(f.readers, holder)
	}
}

// stream opens the feed, and gives it to who asks until one of both ends.
func (f *feeds) stream(w http.ResponseWriter, r *http.Request, wish eventsWish, end domain.Position) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(f.Ending, stop)()
	feed := f.Open(wish.since, wish.wanted)
	defer feed.Close()
	line := http.NewResponseController(w)
	_ = line.SetReadDeadline(time.Time{}) // nothing more is read: what ends the line is that nobody takes what is written
	header := w.Header()
	header.Set("Thidua-Epoch", f.Epoch)
	header.Set("Thidua-End", strconv.FormatUint(end, 10))
	s := newEventStream(f, w, line, feed, wish, end)
	s.again = func() error { return f.again(ctx, r) }
	if r.Method == http.MethodHead {
		return
	}
	err := s.run(ctx)
	switch {
	case err == nil || r.Context().Err() != nil:
	case !s.begun:
		f.fail(w, r, err)
	default:
		f.log.Info("a stream of events ends early", "position", s.cursor, "error", err)
		s.abort(err)
	}
}

// again judges whether who reads may still read, and whether there is still a log to read.
func (f *feeds) again(ctx context.Context, r *http.Request) error {
	if _, err := f.Admit(ctx, r.Header.Get("Authorization")[len("Bearer "):]); err != nil {
		return err
	}
	_, err := f.Last(ctx)
	return err
}

// fail answers who was not given anything yet.
func (f *feeds) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		f.log.Error("a request failed", "route", r.Pattern, "error", err)
	}
	w.Header().Del("Trailer")
	write(w, http.StatusServiceUnavailable, told(err))
}

// told says what keeps the log from being handed on, as far as it concerns who reads.
func told(err error) domain.Text {
	if p, ok := errors.AsType[*domain.Problem](err); ok {
		return p.Text
	}
	switch {
	case errors.Is(err, domain.ErrCorrupt):
		return textDamaged
	case errors.Is(err, domain.ErrNotFound):
		return textNoEventsToken
	}
	return textFailed
}
