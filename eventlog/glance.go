package eventlog

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
)

// One glance is at so many streams at most, whose newest events the server gives in one answer, and takes no longer than this.
const (
	glanceStreams = 128
	glanceTime    = time.Second
	// sightAnswers is how many answers fit at once: the server gives no more than 1,024, and then the end.
	sightAnswers = 1_100
)

// glance looks up streams with one question for many, where one server keeps the log, and returns the look-ups that it leaves to be asked of the
// leader. That is asked one by one, by way of the server's interface for administrators, which takes about as long as a single event does to be stored.
//
// Any replica may answer a glance, and the log may have come to have more than one since it was opened. So an answer is taken only where it says by itself
// that it knows the log at least as far as this committer does. It says so at its end, and it has one only where it has found something: therefore
// the subject of an event that is known to be there is asked for with the others.
func (c *committer) glance(ctx context.Context, wanted []*lookUp) (left []*lookUp) {
	if c.log.replicas > 1 || c.landed == "" {
		return wanted
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(glanceTime, c.log.cfg.Timeout))
	defer cancel()
	var streams []*lookUp
	for _, w := range wanted {
		if w.whole() {
			left = append(left, w)
		} else {
			streams = append(streams, w)
		}
	}
	for some := range slices.Chunk(streams, glanceStreams) {
		if !c.glanceAt(ctx, some) {
			left = append(left, some...)
		}
	}
	return left
}

// glanceAt reports whether the answer was one to rely on.
func (c *committer) glanceAt(ctx context.Context, streams []*lookUp) bool {
	request, under := directGet{Last: []string{c.landed}, MaxBytes: getBytes}, make(map[string]*lookUp, len(streams))
	for _, w := range streams {
		filter := w.stream.Filter()
		request.Last, under[filter[:len(filter)-1]] = append(request.Last, filter), w
	}
	newest := make(map[*lookUp]message, len(streams))
	end, err := c.sight.ask(ctx, request, func(m message) error {
		w := under[m.subject[:strings.LastIndexByte(m.subject, '.')+1]]
		if w != nil && m.sequence > newest[w].sequence {
			newest[w] = m
		}
		return nil
	})
	if err != nil || end.pending > 0 || end.upTo < c.reached() {
		return false
	}
	for w, m := range newest {
		w.newest = c.log.trust(m)
	}
	return true
}

// sight is the committer's way of asking for messages of the log. It has one subscription for all answers: one for each question would cost more than the
// question.
type sight struct {
	nc      *nats.Conn
	inbox   string
	asked   uint64
	answers chan *nats.Msg
	sub     *nats.Subscription
}

func newSight(nc *nats.Conn) (s sight, err error) {
	s = sight{nc: nc, inbox: nc.NewInbox() + ".", answers: make(chan *nats.Msg, sightAnswers)}
	s.sub, err = nc.ChanSubscribe(s.inbox+"*", s.answers)
	return s, err
}

func (s *sight) close() { _ = s.sub.Unsubscribe() } // it fails where the connection is closed, and then there is nothing to undo

// ask does what Log.directGet does. What comes of an earlier question is passed over.
func (s *sight) ask(ctx context.Context, request directGet, visit func(message) error) (end answerEnd, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return end, err
	}
	s.asked++
	reply := s.inbox + strconv.FormatUint(s.asked, 10)
	if err := s.nc.PublishRequest("$JS.API.DIRECT.GET."+StreamName, reply, body); err != nil {
		return end, err
	}
	for {
		select {
		case answer := <-s.answers:
			if answer.Subject != reply {
				continue
			}
			if end, ended, err := take(StreamName, answer, visitAnswer(visit)); err != nil || ended {
				return end, err
			}
		case <-ctx.Done():
			return end, ctx.Err()
		}
	}
}
