package faults_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// The server that leads the replicated stream is killed while several processes append: another leads on, and nothing that was acknowledged is lost.
func TestRow01LeaderOfThreeKilled(t *testing.T) {
	c := newCluster(t)
	logs := []*eventlog.Log{c.open(t), c.open(t)}
	l := write(t, 8, logs...)
	for range rounds(1, 6) {
		l.awaitMore(t, 20)
		dead := c.nodes[c.leader(t)]
		kill(dead.process)
		l.awaitMore(t, 20)
		dead.start(t)
	}
	c.leader(t)
	l.check(t, logs[0])
}

// Two of three servers stand still: no append is acknowledged until one of them goes on, and then every one gets the truth.
func TestRow01MajorityOfThreeStopped(t *testing.T) {
	c := newCluster(t)
	logs := []*eventlog.Log{c.open(t), c.open(t)}
	l := write(t, 8, logs...)
	for round := range rounds(1, 4) {
		l.awaitMore(t, 20)
		leader := c.leader(t)
		left := c.nodes[(leader+round%servers)%servers]
		for _, n := range c.nodes {
			if n != left {
				n.signal(t, syscall.SIGSTOP)
			}
		}
		if err := l.one(t, logs[0], 4*time.Second); err == nil {
			t.Error("an append was acknowledged while one server of three was left")
		}
		for _, n := range c.nodes {
			if n != left {
				n.signal(t, syscall.SIGCONT)
			}
		}
		l.awaitMore(t, 20)
	}
	c.leader(t)
	l.check(t, logs[0])
}

// The leader is parted from the two others and does not know it; its clients reach it still. What it takes meanwhile counts for nothing, and nobody
// is told otherwise.
func TestRow14LeaderParted(t *testing.T) {
	c := newCluster(t)
	logs := []*eventlog.Log{c.open(t), c.open(t), c.open(t)}
	l := write(t, 9, logs...)
	for round := range rounds(1, 6) {
		l.awaitMore(t, 20)
		leader := c.leader(t)
		is := []fault{blackHole, cut}[round%2]
		c.part(leader, is)
		nc := connect(t, "nats://"+c.nodes[(leader+1)%servers].line.address())
		testenv.Eventually(t, "the others to choose a leader", func() bool {
			s, err := standingOf(nc)
			return err == nil && s.Cluster.Leader != "" && c.number(s.Cluster.Leader) != leader
		})
		nc.Close()
		c.part(leader, pass)
		l.awaitMore(t, 20)
	}
	c.leader(t)
	l.check(t, logs[0])
}

// A process has appended over the new leader, loses its line to it, and reaches the old one, which knows of nothing yet: that the log looks shorter
// there is no damage, and nothing but time is lost.
func TestRow14DeposedLeaderAsked(t *testing.T) {
	c := newCluster(t)
	l := steadily(t, 2, c.open(t))
	l.awaitMore(t, 4)
	leader := c.leader(t)
	near, far := c.nodes[(leader+1)%servers], c.nodes[leader]
	log := c.openAt(t, near, far)
	nc := connect(t, "nats://"+near.line.address())
	c.part(leader, blackHole)
	testenv.Eventually(t, "the others to choose a leader", func() bool {
		s, err := standingOf(nc)
		return err == nil && s.Cluster.Leader != "" && c.number(s.Cluster.Leader) != leader
	})
	testenv.Within(t, 90*time.Second, "an append to come through", func() bool { return l.one(t, log, 10*time.Second) == nil })
	near.line.tell(cut, 0)
	if err := l.one(t, log, 3*time.Second); err == nil || errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("an append over the leader that was: %v; want that nobody knows", err)
	}
	near.line.tell(pass, 0)
	c.part(leader, pass)
	c.leader(t)
	testenv.Within(t, 90*time.Second, "an append to come through", func() bool { return l.one(t, log, 10*time.Second) == nil })
	l.check(t, log)
}
