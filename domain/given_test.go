package domain_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"thidua/domain"
)

// The tests of the rules are stories: given what was done, when a command comes, then these events are to be appended, or these rules
// forbid it. A breach is written as its rule and its field, "window submitted_at"; several are separated by ", ", in any order.

// accepted is the verdict on a command that breaks no rule.
const accepted = ""

// clock is the server's, in every story that does not name its own: after everything that the season's papers tell.
var clock = instant("2020-01-31T12:00:00+07:00").Time()

// story is a decision and what it stands on.
type story struct {
	past []domain.Command
	now  time.Time
	next domain.Command
}

// given begins a story with what was done before. It must have been lawful.
func given(done ...domain.Command) story { return story{past: done, now: clock} }

// and adds to what was done before.
func (s story) and(done ...domain.Command) story {
	s.past = slices.Concat(s.past, done)
	return s
}

// by sets the server's clock.
func (s story) by(now string) story {
	s.now = instant(now).Time()
	return s
}

// when names the command that is to be decided.
func (s story) when(c domain.Command) story {
	s.next = c
	return s
}

// then asks for the events of the command, and nothing else.
func (s story) then(t *testing.T, want ...domain.Event) {
	t.Helper()
	changes, err := domain.Decide(s.world(t), s.next)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	got := make([]domain.Event, len(changes))
	for i, c := range changes {
		got[i] = c.Event
	}
	if diff := cmp.Diff(want, got, exact()...); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// thenProblems asks for the breaches of the command, and no others.
func (s story) thenProblems(t *testing.T, want string) {
	t.Helper()
	_, err := domain.Decide(s.world(t), s.next)
	if diff := cmp.Diff(breaches(want), verdict(t, err), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("breaches (-want +got):\n%s\n%v", diff, err)
	}
}

// trial is one line of a table: a command, and the breaches that it must be refused for.
type trial struct {
	name string
	when domain.Command
	then string
}

// tries decides every command of a table, each in a world of its own.
func (s story) tries(t *testing.T, trials []trial) {
	t.Helper()
	for _, tt := range trials {
		t.Run(tt.name, func(t *testing.T) { s.when(tt.when).thenProblems(t, tt.then) })
	}
}

// world folds what was done.
func (s story) world(t *testing.T) *domain.World {
	t.Helper()
	w := domain.NewWorld(season, s.now)
	for _, c := range s.past {
		if _, err := domain.Decide(w, c); err != nil {
			t.Fatalf("given %T: %v", c, err)
		}
	}
	return w
}

// together judges a season's papers as a whole: everything happens first, in the order given, then every change is asked.
func together(t *testing.T, papers ...domain.Command) []string {
	t.Helper()
	w := domain.NewWorld(season, clock)
	var changes []domain.Change
	for _, c := range papers {
		these := c.Changes(w)
		w.Apply(these)
		changes = append(changes, these...)
	}
	var ps domain.Problems
	for _, c := range changes {
		ps = append(ps, w.Check(c)...)
	}
	return verdict(t, ps)
}

// verdict lists the breaches in an error, sorted, and holds every problem to be readable in both languages.
func verdict(t *testing.T, err error) []string {
	t.Helper()
	var ps domain.Problems
	if err != nil && !errors.As(err, &ps) {
		t.Fatalf("not a list of problems: %v", err)
	}
	var found []string
	for _, p := range ps {
		if p.Text.VI == "" || p.Text.EN == "" || p.Text.VI == p.Text.EN || strings.Contains(p.Text.VI+p.Text.EN, "%!") {
			t.Errorf("rule %s cannot be read in both languages: %q, %q", p.Rule, p.Text.VI, p.Text.EN)
		}
		found = append(found, strings.TrimSpace(string(p.Rule)+" "+p.Field))
	}
	slices.Sort(found)
	return found
}

func breaches(list string) []string {
	if list == accepted {
		return nil
	}
	found := strings.Split(list, ", ")
	slices.Sort(found)
	return found
}

// exact compares values of the domain to the last letter: an instant by its text, and what a type keeps to itself as well.
func exact() cmp.Options {
	return cmp.Options{
		cmp.Exporter(func(reflect.Type) bool { return true }),
		cmp.Comparer(func(a, b domain.Instant) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b domain.Decimal) bool { return string(a) == string(b) }),
	}
}
