package eventlog

import (
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
)

var (
	errSilent = errors.New("the server did not answer in time")
	errOdd    = errors.New("the server gave an answer to what it was not asked")
	errCut    = errors.New("the connection to the server was lost")
)

// line is the committer's way to the server and back. One subscription takes all answers, each under a subject of its own.
type line struct {
	nc      *nats.Conn
	inbox   string
	replies uint64
	answers chan *nats.Msg
	sub     *nats.Subscription
	cut     chan nats.Status
	timer   *time.Timer // fires when an answer has not come
	wait    time.Duration
	message nats.Msg // used again and again, for sending copies it
}

// heading is what an event is sent with. One that goes alone, and the first of a batch, is fenced.
type heading struct {
	batch    string          // "" for one that goes alone
	sequence int             // in the batch, from 1 on
	after    domain.Position // the fence: it is to be stored only behind this position
	commit   bool            // is the last of its batch
}

func newLine(nc *nats.Conn, wait time.Duration) (l line, err error) {
	l = line{nc: nc, inbox: nc.NewInbox() + ".", wait: wait, answers: make(chan *nats.Msg, 256), timer: time.NewTimer(wait)}
	l.timer.Stop()
	if l.sub, err = nc.ChanSubscribe(l.inbox+"*", l.answers); err != nil {
		return l, err
	}
	l.cut = nc.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	return l, nil
}

func (l *line) close() {
	l.timer.Stop()
	l.nc.RemoveStatusListener(l.cut)
	_ = l.sub.Unsubscribe() // it fails where the connection is closed, and then there is nothing to undo
}

// newReply is a subject for one answer.
func (l *line) newReply() string {
	l.replies++
	return l.inbox + strconv.FormatUint(l.replies, 10)
}

// arm gives the server its time from now on.
func (l *line) arm() { l.timer.Reset(l.wait) }

// send sends one event, "" for a reply that nobody waits for.
func (l *line) send(p payload, reply string, h heading) error {
	m := &l.message
	if m.Header == nil {
		m.Header = nats.Header{headerBatchSequence: {""}, headerBatchID: {""}}
	}
	if h.batch != "" {
		m.Header[headerBatchID] = append(m.Header[headerBatchID][:0], h.batch)
		m.Header[headerBatchSequence] = append(m.Header[headerBatchSequence][:0], strconv.Itoa(h.sequence))
	} else {
		clear(m.Header)
	}
	if delete(m.Header, headerBatchCommit); h.commit {
		m.Header[headerBatchCommit] = []string{"1"}
	}
	if delete(m.Header, jetstream.ExpectedLastSeqHeader); h.batch == "" || h.sequence == 1 {
		m.Header[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatUint(h.after, 10)}
	}
	m.Subject, m.Reply, m.Data = p.subject, reply, p.data
	return l.nc.PublishMsg(m)
}

// drain forgets what was heard of the connection.
func (l *line) drain() {
	for len(l.cut) > 0 {
		<-l.cut
	}
}

// abandon ends a batch that is staged and will not be committed. A number that can't follow makes the server drop it; otherwise it would keep it
// for ten seconds, and it keeps no more than fifty.
func (l *line) abandon(b *batch) {
	if b.staged > 0 {
		_ = l.send(b.payloads[0], "", heading{batch: b.id, sequence: batchLimit + 1}) // if it does not arrive, the server's timer ends the batch
	}
}
