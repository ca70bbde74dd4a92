package eventlog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

func TestAppendedEventsComeBack(t *testing.T) {
	l := open(t)
	a := domain.Append{
		Issue: domain.Issue{
			ID: uuid.NewString(), Digest: domain.Digest("a"), Actor: personRef,
			CausationID: "cause.1", CorrelationID: "journey", TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		},
		Changes: slices.DeleteFunc(released(t), func(c domain.Change) bool {
			return c.Event.Words() == "event.discarded" || c.Event.Words() == "log.gap" // they are about others
		}),
	}
	first := mustAppend(t, l, a)
	if first != 1 {
		t.Errorf("the first event is at position %d, want 1", first)
	}
	got := events(t, l)
	want := make([]domain.Recorded, len(a.Changes))
	versions, seasonVersion := map[domain.Stream]uint64{}, uint64(0)
	for i, change := range a.Changes {
		versions[change.Stream]++
		want[i] = domain.Recorded{
			Change: change, Position: uint64(i) + 1, ID: fmt.Sprintf("%s.%d", a.ID, i+1), Source: l.Origin(),
			Type: domain.TypePrefix + change.Event.Words() + ".v1", RecordedTime: got[0].RecordedTime, Actor: a.Actor,
			CommandID: a.ID, CommandDigest: a.Digest, CausationID: a.CausationID, CorrelationID: a.CorrelationID, TraceParent: a.TraceParent,
			StreamVersion: versions[change.Stream], Payload: got[i].Payload,
		}
		if change.Stream.Season != "" {
			seasonVersion++
			want[i].SeasonVersion = seasonVersion
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the events are not those appended (-want +got):\n%s", diff)
	}
}

func TestRecordedTimeNeverFalls(t *testing.T) {
	server := testenv.NATS(t)
	ahead := config()
	ahead.Now = func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 999_999_999, time.UTC) }
	first, err := eventlog.Open(t.Context(), connect(t, server), ahead)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, first, expecting(report("cao-bang", "1"), 0))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	behind := config()
	behind.Now = func() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }
	second, err := eventlog.Open(t.Context(), connect(t, server), behind)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	mustAppend(t, second, expecting(report("cao-bang", "2"), 1))
	want := time.Date(2030, 1, 1, 0, 0, 0, 999_000_000, time.UTC)
	for _, r := range events(t, second) {
		if !r.RecordedTime.Equal(want) {
			t.Errorf("position %d was recorded at %s, want %s", r.Position, r.RecordedTime, want)
		}
	}
}

func TestExpectations(t *testing.T) {
	l := open(t)
	pledge, other := domain.PledgeStream(season, "cao-bang"), domain.PledgeStream(season, "lang-son")
	targets := func(s domain.Stream) domain.Change {
		return domain.Change{Stream: s, Event: &domain.TargetsSet{Targets: []domain.Target{{Criterion: "A1", Target: "17"}}}}
	}
	mustAppend(t, l, domain.Append{Issue: issue("1"), Changes: []domain.Change{targets(pledge)}})
	tests := []struct {
		name    string
		expect  map[domain.Stream]uint64
		seasons map[string]uint64
		want    string // in the error; "" is none
	}{
		{name: "a written stream is further", expect: map[domain.Stream]uint64{pledge: 0}, want: "pledge/northern-border-2019/cao-bang/_ is at version 1, expected 0"},
		{name: "a written stream is not so far", expect: map[domain.Stream]uint64{pledge: 2}, want: "is at version 1, expected 2"},
		{name: "a stream that is only read", expect: map[domain.Stream]uint64{pledge: 1, other: 1}, want: "lang-son/_ is at version 0, expected 1"},
		{name: "a season", expect: map[domain.Stream]uint64{pledge: 1}, seasons: map[string]uint64{season: 0}, want: "has 1 events, expected 0"},
		{name: "a season not begun", expect: map[domain.Stream]uint64{pledge: 1}, seasons: map[string]uint64{season: 1, "other": 1}, want: "season other has 0 events"},
		{name: "all as expected", expect: map[domain.Stream]uint64{pledge: 1, other: 0}, seasons: map[string]uint64{season: 1, "other": 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Append(t.Context(), domain.Append{
				Issue: issue(test.name), Changes: []domain.Change{targets(pledge)}, Expect: test.expect, ExpectSeasons: test.seasons,
			})
			if test.want == "" && err != nil {
				t.Error(err)
			}
			if test.want != "" && (!errors.Is(err, domain.ErrConflict) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want a conflict that says %q", err, test.want)
			}
		})
	}
	if got := len(events(t, l)); got != 2 {
		t.Errorf("%d events are on the log, want 2", got)
	}
}

func TestSameCommandAgain(t *testing.T) {
	for _, blind := range []bool{false, true} {
		t.Run(fmt.Sprintf("blind=%v", blind), func(t *testing.T) {
			l := open(t)
			a := expecting(report("cao-bang", "1"), 0)
			if blind {
				a.Expect = nil
			}
			want := mustAppend(t, l, a)
			mustAppend(t, l, expecting(report("cao-bang", "2"), 1))
			if got := mustAppend(t, l, a); got != want {
				t.Errorf("the second time it is at position %d, want %d", got, want)
			}
			a.Digest = domain.Digest("another command")
			_, err := l.Append(t.Context(), a)
			var problem *domain.Problem
			if !errors.As(err, &problem) || problem.Rule != domain.RuleCommand || !errors.Is(err, domain.ErrRefused) {
				t.Errorf("with another digest: got %v, want a problem of rule %s", err, domain.RuleCommand)
			}
			if got := len(events(t, l)); got != 2 {
				t.Errorf("%d events are on the log, want 2", got)
			}
		})
	}
}

// The same command from many callers at once lands once, and all of them hear the same position.
func TestSameCommandAtOnce(t *testing.T) {
	server := testenv.NATS(t)
	logs := []*eventlog.Log{openOn(t, server), openOn(t, server)}
	a := domain.Append{Issue: issue("once"), Changes: []domain.Change{report("cao-bang", "1"), report("lang-son", "1")}}
	positions := make([]domain.Position, 64)
	var group sync.WaitGroup
	for i := range positions {
		group.Go(func() {
			var err error
			if positions[i], err = logs[i%2].Append(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, position := range positions {
		if position != 1 {
			t.Errorf("a caller was told position %d, want 1", position)
		}
	}
	if got := len(events(t, logs[0])); got != 2 {
		t.Errorf("%d events are on the log, want 2", got)
	}
}

// The same command twice in what waits for one batch lands once.
func TestSameCommandInOneBatch(t *testing.T) {
	l := open(t)
	for round := range 20 {
		var appends []domain.Append
		for i := range 50 { // keeps the committer busy while the two arrive
			appends = append(appends, expecting(report(fmt.Sprintf("unit-%d-%d", round, i), "1"), 0))
		}
		twice := domain.Append{Issue: issue("twice"), Changes: []domain.Change{report(fmt.Sprintf("twice-%d", round), "1")}}
		positions, err := l.AppendAll(t.Context(), append(appends, twice, twice))
		if err != nil {
			t.Fatal(err)
		}
		if first, second := positions[50], positions[51]; first != second {
			t.Fatalf("round %d: the command is at position %d and at %d", round, first, second)
		}
	}
}

func TestAppendsThatAreRefused(t *testing.T) {
	long := report("cao-bang", "1")
	long.Event = &domain.TargetsSet{Targets: []domain.Target{{Criterion: strings.Repeat("x", 70_000), Target: "1"}}}
	long.Stream = domain.PledgeStream(season, "cao-bang")
	decomposed := domain.Change{Stream: domain.UnitStream("x"), Event: &domain.UnitRegistered{Name: domain.Names{VI: "Cao Ba\u0306\u0300ng"}}}
	latin1 := domain.Change{Stream: domain.UnitStream("x"), Event: &domain.UnitRegistered{Name: domain.Names{VI: "B\xe0"}}}
	elsewhere := report("cao-bang", "1")
	elsewhere.Stream = domain.PledgeStream(season, "cao-bang")
	wildcard := report("cao-bang", "1")
	wildcard.Stream.Unit = "*"
	tests := []struct {
		name   string
		append domain.Append
		rule   domain.Rule // where it is a problem
	}{
		{name: "no changes", append: domain.Append{Issue: issue("")}},
		{name: "an event too large", append: domain.Append{Issue: issue(""), Changes: []domain.Change{long}}, rule: domain.RuleSize},
		{name: "too many events", append: manyEvents("cao-bang", 1001, 0), rule: domain.RuleSize},
		{name: "a text not in NFC", append: domain.Append{Issue: issue(""), Changes: []domain.Change{decomposed}}},
		{name: "a text not in UTF-8", append: domain.Append{Issue: issue(""), Changes: []domain.Change{latin1}}},
		{name: "a stream of another aggregate", append: domain.Append{Issue: issue(""), Changes: []domain.Change{elsewhere}}},
		{name: "a wildcard", append: domain.Append{Issue: issue(""), Changes: []domain.Change{wildcard}}},
		{name: "an id that is no UUID", append: domain.Append{Issue: domain.Issue{ID: "1", Digest: sha, Actor: "system:test"}, Changes: []domain.Change{report("a", "1")}}},
		{name: "a digest that is none", append: domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Actor: "system:test"}, Changes: []domain.Change{report("a", "1")}}},
		{name: "a name as the actor", append: domain.Append{Issue: domain.Issue{ID: uuid.NewString(), Digest: sha, Actor: "Nguyễn Thị A"}, Changes: []domain.Change{report("a", "1")}}},
		{name: "a disclosure of another digest", append: domain.Append{
			Issue: opening(issue(""), domain.Disclosure{Digest: strings.Repeat("A", 43), Encoded: "x"}), Changes: []domain.Change{report("a", "1")},
		}},
		{name: "no event", append: domain.Append{Issue: issue(""), Changes: []domain.Change{{Stream: domain.UnitStream("x")}}}},
	}
	l := open(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Append(t.Context(), test.append)
			if !errors.Is(err, domain.ErrInvalid) {
				t.Fatalf("got %v, want an error of kind ErrInvalid", err)
			}
			var problem *domain.Problem
			if test.rule != "" && (!errors.As(err, &problem) || problem.Rule != test.rule) {
				t.Errorf("got %v, want a problem of rule %s", err, test.rule)
			}
		})
	}
	// What is refused leaves no trace: the next append is the first.
	if position := mustAppend(t, l, manyEvents("cao-bang", 1000, 0)); position != 1 {
		t.Errorf("the next append is at position %d, want 1", position)
	}
}

func TestAppendAllStopsAtTheFirstRefusal(t *testing.T) {
	l := open(t)
	var appends []domain.Append
	for i := range 2500 {
		appends = append(appends, expecting(report(fmt.Sprintf("unit-%d", i%50), fmt.Sprint(i)), uint64(i/50)))
	}
	appends[1700].Expect = map[domain.Stream]uint64{domain.SeasonStream(season): 9}
	positions, err := l.AppendAll(t.Context(), appends)
	if !errors.Is(err, domain.ErrConflict) || len(positions) != 1700 {
		t.Fatalf("got %d positions and %v, want 1700 and a conflict", len(positions), err)
	}
	if last, err := l.Last(t.Context()); err != nil || last != 1700 {
		t.Fatalf("the log ends at %d (%v), want 1700", last, err)
	}
	// Sent again, those that landed answer with their old positions.
	appends[1700].Expect = nil
	positions, err = l.AppendAll(t.Context(), appends)
	if err != nil {
		t.Fatal(err)
	}
	for i, position := range positions {
		if want := domain.Position(i) + 1; position != want {
			t.Fatalf("append %d is at position %d, want %d", i, position, want)
		}
	}
	for i, r := range events(t, l) {
		if got, want := string(r.Event.(*domain.IndicatorReported).Value), fmt.Sprint(i); got != want {
			t.Fatalf("position %d holds the value %s, want %s", r.Position, got, want)
		}
	}
}

func TestCloseAnswersEverybody(t *testing.T) {
	server := testenv.NATS(t)
	l, err := eventlog.Open(t.Context(), connect(t, server), config())
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 100)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = l.Append(t.Context(), expecting(report(fmt.Sprintf("unit-%d", i), "1"), 0)) })
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	landed := 0
	for _, err := range errs {
		if err == nil {
			landed++
		}
	}
	if got := len(events(t, openOn(t, server))); got != landed {
		t.Errorf("%d events are on the log, %d appends were told that theirs are", got, landed)
	}
}
