package eventlog

import (
	"time"

	"github.com/nats-io/nats.go"
)

// turnSubject is where processes that append tell each other whose turn it is. Nothing of it is stored, and nothing is wrong where it is not heard.
const turnSubject = "thidua.turn." + StreamName

// missesToAsk is how often in a row somebody else must have been first before a committer asks for a turn. turnLength is how long it gets one at most:
// a batch is through long before, and whoever asked may have ended.
const (
	missesToAsk = 2
	turnLength  = 250 * time.Millisecond
)

// turn lets a committer that others are always ahead of come through. A fence is won by who is quickest: one event overtakes every batch, which takes
// longer to be sent, and a process far from the server loses against one beside it, each time, for as long as the other goes on. Who has missed some
// asks for a turn, and all others let what is under way come to its end and commit nothing until it has.
type turn struct {
	nc     *nats.Conn
	self   string
	heard  chan *nats.Msg
	sub    *nats.Subscription
	misses int
	asked  bool
	given  string // who has the turn, "" for nobody else
	timer  *time.Timer
}

func newTurn(nc *nats.Conn) (t turn, err error) {
	t = turn{nc: nc, self: nc.NewInbox(), heard: make(chan *nats.Msg, 64), timer: time.NewTimer(turnLength)}
	t.timer.Stop()
	t.sub, err = nc.ChanSubscribe(turnSubject, t.heard)
	return t, err
}

func (t *turn) close() {
	t.timer.Stop()
	_ = t.sub.Unsubscribe() // it fails where the connection is closed, and then there is nothing to undo
}

// missed says that somebody else was first.
func (t *turn) missed() {
	if t.misses++; t.misses >= missesToAsk {
		t.asked = true
		t.say("ask")
	}
}

// came says that something has come through.
func (t *turn) came() {
	if t.asked {
		t.say("done")
	}
	t.misses, t.asked = 0, false
}

// say tells the others. Where it gets lost, they go on as they would have.
func (t *turn) say(what string) {
	_ = t.nc.PublishMsg(&nats.Msg{Subject: turnSubject, Reply: t.self, Header: nats.Header{"Turn": {what}}})
}

// hear takes what another says. Of several that ask, the one with the least name comes first.
func (t *turn) hear(m *nats.Msg) {
	switch who := m.Reply; {
	case who == t.self:
	case m.Header.Get("Turn") == "done" && who == t.given:
		t.end()
	case m.Header.Get("Turn") == "ask" && (!t.asked || who < t.self) && (t.given == "" || who <= t.given):
		t.given, t.misses = who, 0
		t.timer.Reset(turnLength)
	}
}

// end ends the turn of another.
func (t *turn) end() {
	t.given = ""
	t.timer.Stop()
}
