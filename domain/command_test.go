package domain_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"thidua/domain"
)

// Execute appends what was decided, with the issue, and expects every stream that it read at the version that it saw.
func TestExecute(t *testing.T) {
	l := onRecord(t, signed())
	before := len(l.events)
	position, err := l.execute(report("alpha", "Q1", "N", "4", reportedAt), "c-1")
	if err != nil || position != domain.Position(before+1) || len(l.events) != before+1 {
		t.Fatalf("position %d of %d events, %v; want %d", position, len(l.events), err, before+1)
	}
	got := l.events[before]
	c := report("alpha", "Q1", "N", "4", reportedAt)
	want := domain.Recorded{
		Change:   domain.Change{Stream: domain.ReportStream(season, "alpha", "Q1"), Time: c.At, Event: &c.IndicatorReported},
		Position: position, ID: "c-1.1", Actor: "p-clerk", CommandID: "c-1", CommandDigest: "digest of c-1", RecordedTime: clock, StreamVersion: 1, SeasonVersion: got.SeasonVersion,
	}
	if diff := cmp.Diff(want, got, exact()...); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// What the command reads is what its append expects: all streams that it names, at their versions.
func TestExecuteExpects(t *testing.T) {
	for _, tt := range []struct {
		rival domain.Command
		read  bool
	}{
		{correct("alpha", "3", correctedAt), true},                         // the report itself
		{domain.StartImport{Season: season, At: instant(decidedAt)}, true}, // the season
		{report("beta", "Q1", "N", "1", reportedAt), false},                // another unit's report
		{adjust("alpha", domain.Bonus, "1", adjustedAt), false},            // the unit's conduct
		{register("delta", ""), false},                                     // the register
	} {
		t.Run(fmt.Sprintf("%T", tt.rival), func(t *testing.T) {
			l := onRecord(t, signed().and(report("alpha", "Q1", "N", "4", reportedAt)))
			l.rival = func() {
				if err := l.decide(tt.rival, "rival"); err != nil {
					t.Error(err)
				}
			}
			if _, err := l.execute(verify("alpha", "Q1", "N", "4", verifiedAt), "c-1"); err != nil {
				t.Fatal(err)
			}
			if again := l.appends > 2; again != tt.read {
				t.Errorf("decided again: %t, want %t", again, tt.read)
			}
		})
	}
}

// A command that comes again answers with the position of its first event, however much came in between; under the same id another command
// is refused.
func TestExecuteAgain(t *testing.T) {
	l := onRecord(t, given(draft(), sign("alpha", signedAt), sign("beta", signedAt)))
	position, err := l.execute(sign("gamma", signedAt), "c-1") // two events: the covenant enters into force
	if err != nil || len(l.events) != int(position)+1 {
		t.Fatalf("position %d of %d events: %v", position, len(l.events), err)
	}
	if _, err := l.execute(report("gamma", "Q1", "N", "1", reportedAt), "c-2"); err != nil {
		t.Fatal(err)
	}
	events, appends := len(l.events), l.appends
	if again, err := l.execute(sign("gamma", signedAt), "c-1"); err != nil || again != position {
		t.Errorf("again: position %d, %v; want %d", again, err, position)
	}

	issue := domain.Issue{ID: "c-1", Digest: "another digest", Actor: "p-clerk"}
	_, err = domain.Execute(context.Background(), l, season, sign("gamma", signedAt), issue, func() time.Time { return clock })
	var p *domain.Problem
	if !errors.Is(err, domain.ErrRefused) || !errors.As(err, &p) || p.Rule != domain.RuleCommand {
		t.Errorf("another command under the same id: %v, want rule %s", err, domain.RuleCommand)
	}
	if len(l.events) != events || l.appends != appends {
		t.Errorf("%d appends more", l.appends-appends)
	}
}

// Where somebody else was faster the command is decided again, in the world that came of it.
func TestExecuteConflict(t *testing.T) {
	voted := final().and(tally("title", "alpha", "9", "0", "9"), tally("title", "beta", "9", "0", "9"), tally("title", "gamma", "9", "0", "9"))
	faster := func(t *testing.T, l *record, c domain.Command) {
		l.rival = func() {
			if err := l.decide(c, "rival"); err != nil {
				t.Error(err)
			}
		}
	}
	t.Run("with room for both", func(t *testing.T) {
		l := onRecord(t, voted)
		faster(t, l, grant("title", "alpha"))
		position, err := l.execute(grant("title", "beta"), "c-1")
		if err != nil || position != domain.Position(len(l.events)) || l.appends != 3 {
			t.Errorf("position %d of %d after %d appends: %v", position, len(l.events), l.appends, err)
		}
	})
	t.Run("for the last one", func(t *testing.T) {
		l := onRecord(t, voted.and(grant("title", "gamma")))
		faster(t, l, grant("title", "alpha"))
		_, err := l.execute(grant("title", "beta"), "c-1")
		if diff := cmp.Diff(breaches("limit award"), verdict(t, err)); diff != "" {
			t.Errorf("breaches (-want +got):\n%s", diff)
		}
	})
	t.Run("a hold", func(t *testing.T) {
		l := onRecord(t, final())
		faster(t, l, hold("beta", "2019-12-01", ""))
		_, err := l.execute(grant("merit", "beta"), "c-1")
		if diff := cmp.Diff(breaches("hold decided_at"), verdict(t, err)); diff != "" {
			t.Errorf("breaches (-want +got):\n%s", diff)
		}
	})
	t.Run("the same command", func(t *testing.T) {
		l := onRecord(t, final())
		l.rival = func() {
			if err := l.decide(grant("merit", "beta"), "c-1"); err != nil {
				t.Error(err)
			}
		}
		position, err := l.execute(grant("merit", "beta"), "c-1")
		if err != nil || position != domain.Position(len(l.events)) {
			t.Errorf("position %d of %d: %v", position, len(l.events), err)
		}
	})
}

// A caller that is always outrun is told so in the end.
func TestExecuteGivesUp(t *testing.T) {
	l := onRecord(t, signed())
	var rival func()
	rival = func() {
		l.add(domain.Recorded{Change: domain.Change{Stream: domain.SeasonStream(season), Event: &domain.ImportStarted{}}})
		l.rival = rival
	}
	l.rival = rival
	if _, err := l.execute(adjust("alpha", domain.Bonus, "1", adjustedAt), "c-1"); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
	if l.appends != 4 {
		t.Errorf("tried %d times, want 4", l.appends)
	}
}

func TestExecuteFails(t *testing.T) {
	l := onRecord(t, signed())
	if _, err := l.execute(adjust("delta", domain.Bonus, "1", adjustedAt), "c-1"); !errors.Is(err, domain.ErrRefused) || l.appends != 0 {
		t.Errorf("a refused command: %v after %d appends", err, l.appends)
	}
	l.broken = errors.New("no log")
	if _, err := l.execute(adjust("alpha", domain.Bonus, "1", adjustedAt), "c-2"); !errors.Is(err, l.broken) || l.appends != 0 {
		t.Errorf("a log that cannot be read: %v after %d appends", err, l.appends)
	}
}

// The targets of a signed pledge are frozen also where the pledge's events are later than all others that the command reads.
func TestExecuteFrozenTargets(t *testing.T) {
	l := onRecord(t, given(draft(), register("alpha", ""), targets("alpha", "N", "10"), sign("alpha", signedAt)))
	_, err := l.execute(targets("alpha", "N", "1"), "c-1")
	if diff := cmp.Diff(breaches("frozen target"), verdict(t, err)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

// A ranking stands on the whole season: whatever comes into the season before it is on the log is in it.
func TestExecuteFinalise(t *testing.T) {
	l := onRecord(t, reported())
	l.rival = func() {
		if err := l.decide(adjust("beta", domain.Bonus, "5", adjustedAt), "rival"); err != nil {
			t.Error(err)
		}
	}
	position, err := l.execute(finalise(finalisedAt), "c-1")
	if err != nil || position != domain.Position(len(l.events)) {
		t.Fatalf("position %d of %d: %v", position, len(l.events), err)
	}
	before := domain.NewWorld(season, clock)
	for _, r := range l.events[:position-1] {
		before.Evolve(r)
	}
	if differs := domain.DifferentFinal(before, l.world().Season.Final); differs != "" {
		t.Errorf("finalised another ranking than the record's: %s", differs)
	}
}

// A unit's registration reads its parent's.
func TestExecuteRegisterUnit(t *testing.T) {
	l := onRecord(t, given(register("union", "")))
	if _, err := l.execute(register("north", "union"), "c-1"); err != nil {
		t.Error(err)
	}
	_, err := l.execute(register("district", "south"), "c-2")
	if diff := cmp.Diff(breaches("unit-listed parent"), verdict(t, err)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

// Every command's first stream is that of its first change, and it reads every stream that it changes.
func TestCommandStreams(t *testing.T) {
	w := reported().and(finalise(finalisedAt)).world(t)
	start := domain.StartImport{Season: season, At: instant(decidedAt)}
	for _, c := range []domain.Command{
		draft(), register("delta", "alpha"),
		domain.RegisterPerson{Ref: "p-1"},
		targets("alpha", "N", "1"), sign("alpha", signedAt), correct("alpha", "1", correctedAt),
		verify("alpha", "Q1", "N", "1", verifiedAt), extend("alpha", "Q1", "2019-04-10"), adjust("alpha", domain.Bonus, "1", adjustedAt), hold("alpha", "2019-12-08", ""),
		lift("alpha", decidedAt), finalise(finalisedAt), tally("flag", "alpha", "2", "1", "3"), grant("merit", "alpha"), start,
		domain.CompleteImport{Season: season, At: instant(decidedAt)},
	} {
		streams, changes := c.Streams(), c.Changes(w)
		if changes[0].Stream != streams[0] {
			t.Errorf("%T: its first change goes to %s, its first stream is %s", c, changes[0].Stream, streams[0])
		}
		for _, change := range changes {
			if !slices.Contains(streams, change.Stream) {
				t.Errorf("%T changes %s without reading it", c, change.Stream)
			}
		}
	}
}

// anyCommand is a command of the season's year, of few units, values and moments, so that commands meet.
func anyCommand() *rapid.Generator[domain.Command] {
	return rapid.Custom(func(t *rapid.T) domain.Command {
		unit := rapid.SampledFrom([]string{"alpha", "beta"}).Draw(t, "unit")
		award := rapid.SampledFrom([]string{"flag", "title", "merit"}).Draw(t, "award")
		at := func(moments ...string) string { return rapid.SampledFrom(moments).Draw(t, "at") }
		reason := rapid.SampledFrom([]func(*domain.ReportIndicator){func(*domain.ReportIndicator) {}, because("cộng sót")}).Draw(t, "reason")
		value := rapid.SampledFrom([]string{"0", "1", "9"}).Draw(t, "value")
		return rapid.SampledFrom([]domain.Command{
			targets(unit, "N", value), targets(unit, "N", "na"),
			sign(unit, at(signedAt, "2019-02-01T09:00:00+07:00", reportedAt)), sign("gamma", signedAt),
			report(unit, "Q1", "N", value, at("2019-01-15T09:00:00+07:00", reportedAt, correctedAt), reason),
			report(unit, "Q1", "N", value, at("2019-01-15T09:00:00+07:00", reportedAt, correctedAt), reason),
			verify(unit, "Q1", "N", value, at(correctedAt, verifiedAt)),
			extend(unit, "Q2", domain.Date(rapid.SampledFrom([]string{"2019-07-05", "2019-07-30"}).Draw(t, "deadline"))),
			adjust(unit, domain.Bonus, "1", at(adjustedAt, votedAt)),
			hold(unit, "2019-12-09", ""), lift(unit, at("2019-12-09T09:00:00+07:00", decidedAt)),
			finalise(at(finalisedAt, "2019-07-10T09:00:00+07:00")), finalise(finalisedAt),
			tally(award, unit, rapid.SampledFrom([]domain.Whole{"1", "3"}).Draw(t, "yes"), "0", "3", func(c *domain.TallyBallot) { c.Present = c.Yes }),
			grant(award, unit), grant("merit", unit),
		}).Draw(t, "command")
	})
}

// Execute reads only what a command stands on. It accepts what one who sees the whole record accepts, and nothing else.
func TestExecuteSeesEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &record{}
		for i, c := range append([]domain.Command{draft()}, rapid.SliceOfN(anyCommand(), 1, 30).Draw(t, "commands")...) {
			id := fmt.Sprintf("c-%d", i)
			_, whole := domain.Decide(l.world(), c)
			if _, err := l.execute(c, id); (err == nil) != (whole == nil) {
				t.Fatalf("%T of the streams it names: %v; of the whole record: %v", c, err, whole)
			}
		}
	})
}

// What was accepted one by one is lawful as a whole: no later command makes an earlier one a breach.
func TestAcceptedIsLawful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &record{}
		for i, c := range append([]domain.Command{draft()}, rapid.SliceOfN(anyCommand(), 1, 30).Draw(t, "commands")...) {
			_ = l.decide(c, fmt.Sprintf("c-%d", i)) // refused or not, the record goes on
		}
		w := l.world()
		for _, r := range l.events {
			if ps := w.Check(r.Change); len(ps) > 0 {
				t.Fatalf("%s at %d was accepted: %v", r.Event.Words(), r.Position, ps)
			}
		}
	})
}
