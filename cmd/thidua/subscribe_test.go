package main_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// seasonsRead is how many seasons come in while the example consumer reads and is killed.
const seasonsRead = 3

// TestExampleConsumerKilled kills the example consumer, an import and the whole server at random moments. Every event has its effect once and in order,
// and half of an import never shows.
func TestExampleConsumerKilled(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	s := newSubscriber(t)
	up := s.up(t)
	s.prepare(t, "reader")
	s.start(t)
	for i := range seasonsRead {
		season := fmt.Sprintf("read-%d", i)
		papers := s.server.season(t, season)
		importing := s.server.command(t, "import", papers)
		if err := importing.Start(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s.wait(t, time.Duration(chance.IntN(300))*time.Millisecond)
			s.kill(t)
			s.start(t)
		}
		switch i {
		case 1:
			_ = importing.Process.Kill()
		case 2:
			s.wait(t, time.Duration(chance.IntN(300))*time.Millisecond)
			up()
			_ = importing.Process.Kill() // it would look for the server that was for a while
			up = s.up(t)
		}
		_ = importing.Wait() // it may have been killed, and goes on when it is run again
		s.server.answer(t, nil, "import", papers)
	}
	s.finish(t)
	s.judge(t, "")
	up()
}

// TestExampleConsumerGivenAgain has somebody else take the first events and let them lie, and then the consumer made anew, so that all come again. Each
// has its effect once and in order, with a filter and without.
func TestExampleConsumerGivenAgain(t *testing.T) {
	s := newSubscriber(t)
	up := s.up(t)
	s.server.answer(t, nil, "import", s.server.season(t, "given"))
	for name, test := range map[string]struct{ filter, kind string }{
		"all": {"subject=emulation.>", ""}, "some": {"type=indicator.reported", "vn.thidua.indicator.reported.v1"},
	} {
		t.Run(name, func(t *testing.T) {
			s.prepare(t, name, "--filter", test.filter)
			batch, err := s.consumer(t).Fetch(40)
			if err != nil {
				t.Fatal(err)
			}
			taken := 0
			for range batch.Messages() {
				taken++
			}
			if taken != 40 {
				t.Fatalf("%d events were taken, want 40", taken)
			}
			s.start(t)
			s.done(t)
			s.kill(t)
			s.judge(t, test.kind)

			s.server.answer(t, nil, "consumer", "remove", name)
			s.server.answer(t, nil, "consumer", "add", name, "--filter", test.filter, "--public-key", s.public, "--json")
			s.start(t)
			s.done(t)
			s.kill(t)
			s.judge(t, test.kind)
		})
	}
	up()
}
