package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"thidua/domain"
)

// eventStream gives one reader what a feed gives, in the log's bytes: as NDJSON, an event a line, or as server-sent events.
type eventStream struct {
	*feeds
	header http.Header
	line   *http.ResponseController
	out    *bufio.Writer
	feed   Feed
	wish   eventsWish
	end    domain.Position // where the log ended when it began
	again  func() error    // judges that it may go on

	begun  bool
	cursor domain.Position // up to here the reader was given all that is wanted
	marked domain.Position // the last position that a pushed stream has told
	given  uint64          // events
	judged time.Time       // when again was last asked
}

// streamBuffer is how much is gathered before it is sent.
const streamBuffer = 64 << 10

// markEvery is how many events that are not wanted a pushed stream passes over before it says so.
const markEvery = 1000

func newEventStream(f *feeds, w http.ResponseWriter, line *http.ResponseController, feed Feed, wish eventsWish, end domain.Position) *eventStream {
	s := &eventStream{feeds: f, header: w.Header(), line: line, feed: feed, wish: wish, end: end, cursor: wish.since, marked: wish.since, judged: f.Now()}
	s.out = bufio.NewWriterSize(&patient{w, line, f}, streamBuffer)
	contentType := "application/x-ndjson; charset=utf-8"
	if wish.pushed {
		contentType = pushType
	} else {
		s.header.Set("Trailer", "Thidua-Cursor")
	}
	s.header.Set("Content-Type", contentType)
	s.header.Set("X-Accel-Buffering", "no") // for nginx, which would keep what is sent until it has much of it
	return s
}

// patient gives each piece of an answer its time. Who does not take it is cut off.
type patient struct {
	http.ResponseWriter
	line *http.ResponseController
	*feeds
}

func (p *patient) Write(piece []byte) (int, error) {
	_ = p.line.SetWriteDeadline(p.Now().Add(p.Patience)) // where that can't be set, the server's own limit holds
	return p.ResponseWriter.Write(piece)
}

// run gives what there is, and goes on where the reader follows. An error says that the reader was not given all that he has asked for.
func (s *eventStream) run(ctx context.Context) error {
	if s.cursor == s.end {
		s.begin() // when more comes nobody knows
		if err := s.flush(); err != nil {
			return err
		}
	}
	for !s.done() {
		if err := s.step(ctx); err != nil {
			if ctx.Err() != nil && s.wish.follow {
				break // it has no end of its own
			}
			return err
		}
	}
	s.begin()
	s.mark(1)
	s.header.Set("Thidua-Cursor", strconv.FormatUint(s.cursor, 10)) // the trailer
	return s.flush()
}

func (s *eventStream) done() bool {
	return s.wish.limit > 0 && s.given == s.wish.limit || !s.wish.follow && s.cursor >= s.end
}

// step gives what comes next, or says that the line is alive.
func (s *eventStream) step(ctx context.Context) error {
	wait, stop := context.WithTimeout(ctx, s.Heartbeat)
	defer stop()
	events, upTo, err := s.feed.Next(wait)
	idle := err != nil && wait.Err() != nil && ctx.Err() == nil
	if err != nil && !idle {
		return err
	}
	if now := s.Now(); idle || now.Sub(s.judged) >= s.Heartbeat {
		if err := s.again(); err != nil {
			return err
		}
		s.judged = now
	}
	s.begin()
	if idle {
		s.beat()
	} else {
		s.give(events, upTo)
	}
	return s.flush()
}

// begin promises an answer. Before it, what goes wrong is told by a status.
func (s *eventStream) begin() {
	if !s.begun && s.wish.pushed {
		_, _ = s.out.WriteString("retry: 2000\n\n")
	}
	s.begun = true
}

// give writes events up to where the reader wants no more. What goes wrong is told when they are flushed.
func (s *eventStream) give(events []domain.Recorded, upTo domain.Position) {
	for _, r := range events {
		if !s.wish.follow && r.Position > s.end || s.wish.limit > 0 && s.given == s.wish.limit {
			break
		}
		s.write(r)
		s.given, s.cursor = s.given+1, r.Position
	}
	switch {
	case s.wish.limit > 0 && s.given == s.wish.limit:
		return
	case s.wish.follow:
		s.cursor = upTo
	default:
		s.cursor = min(upTo, s.end)
	}
	s.mark(markEvery)
}

func (s *eventStream) write(r domain.Recorded) {
	if s.wish.pushed {
		s.id(r.Position)
		_, _ = s.out.WriteString("data: ")
	}
	_, _ = s.out.Write(r.Payload)
	_ = s.out.WriteByte('\n')
	if s.wish.pushed {
		_ = s.out.WriteByte('\n')
	}
}

func (s *eventStream) id(position domain.Position) {
	_, _ = s.out.WriteString("id: ")
	_, _ = s.out.Write(strconv.AppendUint(s.out.AvailableBuffer(), position, 10))
	_ = s.out.WriteByte('\n')
	s.marked = position
}

// mark moves the cursor of a pushed stream over what was not wanted, where that is so many events. An id without data is no event.
func (s *eventStream) mark(least domain.Position) {
	if s.wish.pushed && s.cursor-s.marked >= least {
		s.id(s.cursor)
		_ = s.out.WriteByte('\n')
	}
}

// beat says that the line is alive. In lines of NDJSON there is no room for it.
func (s *eventStream) beat() {
	if s.mark(1); s.wish.pushed {
		_, _ = s.out.WriteString(":\n\n")
	}
}

func (s *eventStream) flush() error {
	_ = s.line.SetWriteDeadline(s.Now().Add(s.Patience))
	err := s.out.Flush()
	if err == nil {
		err = s.line.Flush()
	}
	return err
}

// abort ends an answer so that nobody takes it for a whole one: of server-sent events the last says why, and any other is cut off.
func (s *eventStream) abort(err error) {
	if s.wish.pushed {
		content, errJSON := json.Marshal(newProblem(http.StatusServiceUnavailable, told(err)))
		_, errWrite := s.out.WriteString("event: problem\ndata: " + string(content) + "\n\n")
		if errors.Join(errJSON, errWrite, s.flush()) == nil {
			return
		}
	}
	_ = s.line.SetWriteDeadline(time.Unix(1, 0)) // so the server can't write the end of the answer, and closes the line
}
