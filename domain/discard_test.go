package domain_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
)

// A discard names what lies there and says why. What says that something was erased stays: the stores have forgotten it.
func TestDiscard(t *testing.T) {
	stream, reason := domain.PersonStream("p-1"), &domain.Disclosable{Digest: "d"}
	tests := map[string]struct {
		event   domain.Event
		reason  *domain.Disclosable
		refused domain.Rule
	}{
		"no reason":          {&domain.PersonRegistered{}, nil, domain.RuleReason},
		"a reason":           {&domain.PersonRegistered{}, reason, ""},
		"what is no event":   {nil, reason, ""},
		"an erasure":         {&domain.DisclosureErased{}, reason, domain.RuleErased},
		"that it was done":   {&domain.DisclosurePurged{}, reason, domain.RuleErased},
		"a proposal of one":  {&domain.ErasureProposed{}, reason, ""},
		"an earlier discard": {&domain.EventDiscarded{}, reason, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := domain.Recorded{Change: domain.Change{Stream: stream, Event: test.event}, Position: 3, ID: "x.1", Payload: []byte("x")}
			change, err := domain.Discard(r, test.reason)
			if test.refused != "" {
				problem, ok := errors.AsType[*domain.Problem](err)
				if !ok || problem.Rule != test.refused || problem.Text.VI == "" || problem.Text.EN == "" {
					t.Errorf("it gives %v, want the rule %s in both languages", err, test.refused)
				}
				return
			}
			want := domain.Change{Stream: stream, Event: &domain.EventDiscarded{
				Position: 3, ID: "x.1", SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("x"))), Reason: reason,
			}}
			if diff := cmp.Diff(want, change); err != nil || diff != "" {
				t.Errorf("it gives %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A discarded event counts its version and nothing else; what does not name it exactly, or comes before it, discards nothing.
func TestVoid(t *testing.T) {
	stream := domain.ConductStream(season, "son-la")
	at := func(position domain.Position, id string, e domain.Event) domain.Recorded {
		return domain.Recorded{
			Change: domain.Change{Stream: stream, Event: e}, Position: position, ID: id, StreamVersion: position, SeasonVersion: position,
			Payload: []byte(id),
		}
	}
	discard := func(position domain.Position, id string) domain.Event {
		return &domain.EventDiscarded{Position: position, ID: id, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(id)))}
	}
	bonus := func() domain.Event { return &domain.PointsAdjusted{Kind: domain.Bonus, Points: "1"} }
	unreadable := at(5, "sha256:ab", nil)
	unreadable.Fault = errors.New("unreadable")
	events := []domain.Recorded{
		at(1, "a.1", discard(2, "b.1")), // too early
		at(2, "b.1", bonus()),
		at(3, "c.1", bonus()),
		at(4, "d.1", bonus()),
		unreadable,
		at(6, "e.1", discard(3, "c.1")),
		at(7, "f.1", discard(4, "another.1")),
		at(8, "g.1", discard(5, "sha256:ab")),
	}
	var voided []domain.Position
	w := domain.NewWorld(season, clock)
	for _, r := range domain.Void(events) {
		if _, ok := r.Event.(*domain.Voided); ok {
			voided = append(voided, r.Position)
		}
		if r.Fault != nil {
			t.Errorf("position %d still has the fault %v", r.Position, r.Fault)
		}
		w.Evolve(r)
	}
	if diff := cmp.Diff([]domain.Position{3, 5}, voided); diff != "" {
		t.Errorf("voided positions (-want +got):\n%s", diff)
	}
	if n := len(w.Conduct("son-la").Adjustments); n != 2 {
		t.Errorf("%d adjustments count, want 2", n)
	}
	if w.Version(stream) != 8 || w.SeasonVersion() != 8 {
		t.Errorf("versions %d and %d, want 8", w.Version(stream), w.SeasonVersion())
	}
	if events[2].Event.Words() != "points.adjusted" {
		t.Error("Void has changed what it was given")
	}
}

func TestNotParked(t *testing.T) {
	err := domain.NotParked(7)
	if problem, ok := errors.AsType[*domain.Problem](err); !ok || problem.Rule != domain.RuleParked || !errors.Is(err, domain.ErrRefused) {
		t.Errorf("NotParked gives %v, want a refusal by the rule %s", err, domain.RuleParked)
	}
}
