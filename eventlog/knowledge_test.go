package eventlog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/internal/testenv"
)

// A committer that has followed a season from its first event on does not ask for streams of it that it has not met. What others put there it learns of
// all the same.
func TestSeasonFollowedFromItsBeginning(t *testing.T) {
	server := testenv.NATS(t)
	nc := connect(t, server)
	one, other := openOn(t, server), openOn(t, server)
	mustAppend(t, one, expecting(report("cao-bang", "1"), 0))
	mustAppend(t, other, expecting(report("ha-giang", "2"), 0))
	mustAppend(t, other, expecting(report("ha-giang", "3"), 1))

	if _, err := one.Append(t.Context(), expecting(report("ha-giang", "4"), 0)); !errors.Is(err, domain.ErrConflict) {
		t.Errorf("an append that expects nothing where there are two events: %v, want %v", err, domain.ErrConflict)
	}
	mustAppend(t, one, expecting(report("ha-giang", "4"), 2))
	mustAppend(t, one, expecting(report("lang-son", "5"), 0))
	var versions [][2]uint64
	for _, r := range events(t, one) {
		versions = append(versions, [2]uint64{r.StreamVersion, r.SeasonVersion})
	}
	if diff := cmp.Diff([][2]uint64{{1, 1}, {1, 2}, {2, 3}, {3, 4}, {1, 5}}, versions); diff != "" {
		t.Errorf("versions of streams and of the season (-want +got):\n%s", diff)
	}

	stray := report("lao-cai", "6")
	if _, err := nc.RequestMsg(nats.NewMsg(stray.Stream.Subject(stray.Event.Words())), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	_, err := one.Append(t.Context(), expecting(stray, 0))
	if p, ok := errors.AsType[*domain.Problem](err); !ok || p.Rule != domain.RuleUnreadable {
		t.Errorf("an append behind what is no event: %v, want the rule %s", err, domain.RuleUnreadable)
	}
}
