package faults_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// The log's server is killed while many append: what it acknowledged it still has, no append is there in part, and those who wait get the truth.
func TestRow01And03LogKilled(t *testing.T) {
	b := newBed(t)
	first, second := b.open(t, time.Now), b.open(t, time.Now)
	l := write(t, 8, first, second)
	for range rounds(3, 20) {
		l.awaitMore(t, 1+rand.IntN(40))
		b.killNATS(t)
		b.startNATS(t)
	}
	l.awaitMore(t, 8)
	l.check(t, b.open(t, time.Now))
}

// The acknowledgement of an append is lost on the way: the caller still learns where the one event is.
func TestRow04AcknowledgementLost(t *testing.T) {
	b := newBed(t)
	log := b.open(t, time.Now)
	l := write(t, 4, log)
	for range rounds(3, 10) {
		l.awaitMore(t, 4)
		b.natsLine.tell(mute, 0)
		hold(t, 50*time.Millisecond)
		b.natsLine.tell(cut, 0)
		b.natsLine.tell(pass, 0)
	}
	l.awaitMore(t, 4)
	l.check(t, b.open(t, time.Now))
}

// A command that comes again, however late and to whatever process, is answered with where it is. Under the same id another one is refused.
func TestRow05SameCommandMuchLater(t *testing.T) {
	b := newBed(t)
	a := report("unit", 0)
	want, err := b.open(t, time.Now).Append(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	b.killNATS(t)
	b.startNATS(t)
	later := b.open(t, func() time.Time { return time.Now().AddDate(1, 0, 0) })
	got, err := later.Append(t.Context(), a)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the same command again: %v (-want +got):\n%s", err, diff)
	}
	a.Digest = domain.Digest("another")
	if _, err := later.Append(t.Context(), a); !errors.Is(err, domain.ErrRefused) {
		t.Errorf("another command under the same id: %v, want %v", err, domain.ErrRefused)
	}
}

// Two processes race for the same version of one stream while their connections break: one wins each time.
func TestRow06RaceOverABreakingLine(t *testing.T) {
	b := newBed(t)
	logs := []domain.Log{b.open(t, time.Now), b.open(t, time.Now)}
	won := 0
	for round := range rounds(20, 200) {
		results := make(chan error, len(logs))
		for _, log := range logs {
			go func() {
				a := report("unit", uint64(round*form))
				_, err := log.Append(t.Context(), a)
				for err != nil && !errors.Is(err, domain.ErrConflict) && t.Context().Err() == nil {
					_, err = log.Append(t.Context(), a) // the same command, until its outcome is known
				}
				results <- err
			}()
		}
		if round%5 == 0 {
			b.natsLine.tell(cut, 0)
			b.natsLine.tell(pass, 0)
		}
		for range logs {
			if <-results == nil {
				won++
			}
		}
		if won != round+1 {
			t.Fatalf("after %d rounds %d appends won, want one each", round+1, won)
		}
	}
}

// An append over several streams of which one has moved stores nothing, and says which.
func TestRow08OneConflictAmongMany(t *testing.T) {
	b := newBed(t)
	log := b.open(t, time.Now)
	if _, err := log.Append(t.Context(), report("moved", 0)); err != nil {
		t.Fatal(err)
	}
	a, behind := report("still", 0), report("moved", 0)
	a.Changes = append(a.Changes, behind.Changes...)
	for stream := range behind.Expect {
		a.Expect[stream] = 0
	}
	_, err := log.Append(t.Context(), a)
	if !errors.Is(err, domain.ErrConflict) || !cmp.Equal(mentions(err, "load/moved", "load/still"), []bool{true, false}) {
		t.Errorf("append: %v; want a conflict that names the stream that moved, and no other", err)
	}
	last, err := log.Last(t.Context())
	if diff := cmp.Diff(domain.Position(form), last); err != nil || diff != "" {
		t.Errorf("the log's end: %v (-want +got):\n%s", err, diff)
	}
}

// The line to the log is slow and breaks again and again, for writers and projectors alike.
func TestRow14And16SlowAndBreakingLine(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 8, log)
	projected(t, db, form)
	for range rounds(5, 25) {
		b.natsLine.tell(pass, time.Duration(rand.IntN(40))*time.Millisecond)
		l.awaitMore(t, 4)
		b.natsLine.tell(cut, 0)
		hold(t, time.Duration(rand.IntN(100))*time.Millisecond)
	}
	b.natsLine.tell(pass, 0)
	l.awaitMore(t, 8)
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// Whoever reads the log is taken its consumer away: it goes on where it was.
func TestRow15ConsumersDeleted(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	js := b.jetStream(t)
	for range rounds(5, 30) {
		l.awaitMore(t, 4)
		for name := range js.ConsumerNames("EMULATION") {
			if err := js.DeleteConsumer("EMULATION", name); err != nil && !errors.Is(err, nats.ErrConsumerNotFound) {
				t.Fatal(err)
			}
		}
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// The clock jumps back and forth by an hour: what was recorded later never looks earlier.
func TestRow25ClockJumps(t *testing.T) {
	b := newBed(t)
	log := b.open(t, func() time.Time { return time.Now().Add(time.Duration(rand.IntN(7200)-3600) * time.Second) })
	l := write(t, 4, log)
	l.awaitMore(t, 100)
	l.check(t, log)
}
