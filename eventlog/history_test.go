package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// try is one append as its caller sends it: at a version of one of the streams.
type try struct {
	command  string
	unit     int
	expected uint64
	events   int
}

// answer is what its caller hears: a position, that it conflicts, or nothing, for a caller that went away.
type answer struct {
	position domain.Position
	conflict bool
}

// state is what a log of the model knows: each stream's version, and where the log ends.
type state struct {
	versions [historyUnits]uint64
	last     domain.Position
}

const historyUnits = 3

// linear is the model: appends come about one after the other, each between its call and its answer.
var linear = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(at, input, output any) (bool, any) {
		s, in, out := at.(state), input.(try), output.(answer)
		fits := s.versions[in.unit] == in.expected
		if out.conflict {
			return !fits, s
		}
		ok := fits && out.position == s.last+1
		s.versions[in.unit] += uint64(in.events)
		s.last += domain.Position(in.events)
		return ok, s
	},
}

// chronicle is what the callers of some logs see.
type chronicle struct {
	logs    []*eventlog.Log
	begun   time.Time
	enough  int           // how many appends are to come about before something else happens
	halfway chan struct{} // closed then

	mu       sync.Mutex
	all      []porcupine.Operation
	versions [historyUnits]uint64 // as last heard by anybody
}

// history lets callers append through several logs and returns what they saw. What a caller expects is what it last knew, so that many conflict.
// meanwhile runs once some appends have come about.
func history(t *testing.T, logs []*eventlog.Log, callers, appends int, meanwhile func()) []porcupine.Operation {
	t.Helper()
	c := &chronicle{logs: logs, begun: time.Now(), enough: callers * appends / 3, halfway: make(chan struct{})}
	var group sync.WaitGroup
	for caller := range callers {
		chance := rand.New(rand.NewPCG(uint64(caller), 1))
		group.Go(func() {
			for range appends {
				if !c.append(t, caller, chance) {
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-c.halfway:
		meanwhile()
	case <-done: // none got so far, and each has said why
	}
	<-done
	return c.all
}

// append appends something once and notes the answer, false for one that may not be.
func (c *chronicle) append(t *testing.T, caller int, chance *rand.Rand) bool {
	in := try{unit: chance.IntN(historyUnits), events: 1 + chance.IntN(3)*chance.IntN(2)}
	c.mu.Lock()
	in.expected = c.versions[in.unit]
	c.mu.Unlock()
	a := manyEvents(fmt.Sprintf("unit-%d", in.unit), in.events, in.expected)
	in.command = a.ID
	called := time.Since(c.begun)
	ctx, cancel := context.WithCancel(t.Context())
	if chance.IntN(20) == 0 { // a caller of little patience
		ctx, cancel = context.WithTimeout(ctx, time.Millisecond)
	}
	position, err := c.logs[caller%len(c.logs)].Append(ctx, a)
	cancel()
	returned := time.Since(c.begun)
	out := answer{position: position, conflict: errors.Is(err, domain.ErrConflict)}
	if err != nil && !out.conflict && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an append was answered with %v", err)
		return false
	}
	heard := in.expected + uint64(in.events)
	if err != nil {
		heard = version(err, in.expected)
	}
	c.note(heard, porcupine.Operation{ClientId: caller, Input: in, Call: int64(called), Output: out, Return: int64(returned)})
	return true
}

// note adds what came about, and which version of its stream was heard of.
func (c *chronicle) note(heard uint64, o porcupine.Operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	unit := o.Input.(try).unit
	c.versions[unit] = max(c.versions[unit], heard)
	c.all = append(c.all, o)
	if len(c.all) == c.enough {
		close(c.halfway)
	}
}

// version is the one that a conflict tells.
func version(err error, otherwise uint64) uint64 {
	var stream string
	var have uint64
	if _, scanned := fmt.Sscanf(err.Error(), "eventlog: stream %s is at version %d,", &stream, &have); scanned == nil {
		return have
	}
	return otherwise
}

// linearizable checks a history, and that the log holds exactly what it tells.
func linearizable(t *testing.T, l *eventlog.Log, history []porcupine.Operation) {
	t.Helper()
	type place struct {
		first  domain.Position
		events int
	}
	on := map[string]place{}
	for _, r := range events(t, l) {
		p, known := on[r.CommandID]
		if !known {
			p.first = r.Position
		}
		on[r.CommandID] = place{p.first, p.events + 1}
	}
	var told []porcupine.Operation
	for i, o := range history {
		in, out := o.Input.(try), o.Output.(answer)
		is, known := on[in.command]
		if out == (answer{}) && known { // its caller went away, and it came about all the same, at any time
			o.ClientId, o.Return, o.Output = 1000+i, int64(time.Hour), answer{position: is.first}
			out.position = is.first
		}
		want := place{}
		if out.position > 0 {
			want = place{out.position, in.events}
		}
		if diff := cmp.Diff(want, is, cmp.AllowUnexported(place{})); diff != "" {
			t.Errorf("an append that was answered with %+v is on the log as (-want +got):\n%s", out, diff)
		}
		if o.Output != (answer{}) {
			told = append(told, o)
		}
	}
	if result := porcupine.CheckOperationsTimeout(linear, told, time.Minute); result != porcupine.Ok {
		t.Errorf("%d appends: no order explains what the callers saw (%s)", len(told), result)
	}
}

// Whatever many callers over two committers see, on one server or three, while its leader changes or dies: it is as if their appends had come one
// after the other.
func TestHistoriesAreLinear(t *testing.T) {
	one := func(t *testing.T) (connection func(n int) *nats.Conn, replicas int, meanwhile func()) {
		server := testenv.NATS(t)
		return func(int) *nats.Conn { return connect(t, server) }, 1, func() {}
	}
	three := func(disturb func(*testenv.NATSCluster, *testing.T)) func(*testing.T) (func(int) *nats.Conn, int, func()) {
		return func(t *testing.T) (func(int) *nats.Conn, int, func()) {
			cluster := testenv.NATSThree(t)
			return func(n int) *nats.Conn { return cluster.Connect(t, n) }, 3, func() { disturb(cluster, t) }
		}
	}
	for name, start := range map[string]func(*testing.T) (func(int) *nats.Conn, int, func()){
		"one server":    one,
		"three servers": three(func(*testenv.NATSCluster, *testing.T) {}),
		"the leader steps down": three(func(c *testenv.NATSCluster, t *testing.T) {
			c.StepDown(t, c.Connect(t, 0), eventlog.StreamName)
			c.StepDown(t, c.Connect(t, 0), eventlog.StreamName)
		}),
		"the leader is stopped": three(func(c *testenv.NATSCluster, t *testing.T) { c.StopLeader(t, eventlog.StreamName) }),
	} {
		t.Run(name, func(t *testing.T) {
			connection, replicas, meanwhile := start(t)
			logs := make([]*eventlog.Log, 2)
			for i := range logs {
				cfg := config()
				cfg.Replicas, cfg.Timeout = replicas, 2*time.Second
				l, err := eventlog.Open(t.Context(), connection(i), cfg)
				if err != nil {
					t.Fatal(err)
				}
				logs[i] = l
			}
			seen := history(t, logs, 8, 60, meanwhile)
			for _, l := range logs {
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			}
			linearizable(t, logs[0], seen)
		})
	}
}
