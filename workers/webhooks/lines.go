package webhooks

import (
	"cmp"
	"container/heap"
	"time"

	"thidua/domain"
)

// pending is an event that waits for its delivery.
type pending struct {
	Position     domain.Position `db:"position"`
	Stream       string          `db:"stream"`
	EventID      string          `db:"event_id"`
	Attempts     int             `db:"attempts"` // that failed
	FailingSince *time.Time      `db:"failing_since"`
	DueAt        time.Time       `db:"due_at"`
	Dead         bool            `db:"dead"`
}

// line is what waits of one stream, in the order of the log. Only the first of a line is sent.
type line struct {
	waiting []*pending
}

func (l *line) first() *pending { return l.waiting[0] }

// lines are all that waits at an endpoint.
type lines struct {
	all   map[string]*line
	idle  resting
	count int // of events
}

func newLines(waiting []*pending) *lines {
	ls := &lines{all: map[string]*line{}}
	for _, p := range waiting {
		ls.add(p)
	}
	return ls
}

// add lets an event wait behind the others of its stream.
func (ls *lines) add(p *pending) {
	ls.count++
	if l, ok := ls.all[p.Stream]; ok {
		l.waiting = append(l.waiting, p)
		return
	}
	l := &line{waiting: []*pending{p}}
	ls.all[p.Stream] = l
	heap.Push(&ls.idle, l)
}

// due takes the line whose first event is to be sent before any other, or nil where none is due.
func (ls *lines) due(now time.Time) *line {
	if len(ls.idle) == 0 || ls.idle[0].first().DueAt.After(now) {
		return nil
	}
	return heap.Pop(&ls.idle).(*line)
}

// next is when the first event is due of those that are not being sent, and false where there is none.
func (ls *lines) next() (time.Time, bool) {
	if len(ls.idle) == 0 {
		return time.Time{}, false
	}
	return ls.idle[0].first().DueAt, true
}

// landed puts a line back whose first event was sent, without it where it was delivered.
func (ls *lines) landed(l *line, delivered bool) {
	if delivered {
		ls.count--
		if stream := l.first().Stream; len(l.waiting) == 1 {
			delete(ls.all, stream)
			return
		}
		l.waiting = l.waiting[1:]
	}
	heap.Push(&ls.idle, l)
}

// wake lets everything be due.
func (ls *lines) wake(now time.Time) {
	for _, l := range ls.all {
		l.first().DueAt = now
	}
	heap.Init(&ls.idle)
}

// resting are the lines of which nothing is being sent, in the order in which they are due.
type resting []*line

func (h resting) Len() int { return len(h) }

func (h resting) Less(i, j int) bool {
	a, b := h[i].first(), h[j].first()
	return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Position, b.Position)) < 0
}
func (h resting) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *resting) Push(l any)   { *h = append(*h, l.(*line)) }

func (h *resting) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	*h = (*h)[:last]
	return l
}
