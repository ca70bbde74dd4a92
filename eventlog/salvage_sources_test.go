package eventlog_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// signed is what was signed, by position.
type signed map[domain.Position][]byte

// Vouches implements eventlog.Sealed.
func (s signed) Vouches(position domain.Position, payload []byte) bool {
	sealed, ok := s[position]
	return !ok || bytes.Equal(sealed, payload)
}

// Payload implements eventlog.Sealed.
func (s signed) Payload(position domain.Position) []byte { return s[position] }

// What neither the stream nor the copy has comes from the sealed log, and what that has not either is a gap.
func TestSalvageFromTheSealedLog(t *testing.T) {
	l := open(t)
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	n := copied(t, l)
	sealed := signed{4: n[4].Payload}
	delete(n, 4)
	delete(n, 7)
	found, transcript, err := salvage(t, connect(t, testenv.NATS(t)), n, func(s *eventlog.Salvage) { s.Sealed, s.End = sealed, 10 })
	if err != nil {
		t.Fatal(err)
	}
	want := eventlog.Findings{Origin: l.Origin(), Last: 10, FromCopy: 8, FromSeal: 1, Lost: []eventlog.Span{{From: 7, To: 7}}}
	again := refilled(t, found, transcript)
	found.Disclosures = nil
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if r, err := again.At(t.Context(), 4); err != nil || !bytes.Equal(r.Payload, sealed[4]) {
		t.Errorf("at position 4 stands %q and %v", r.Payload, err)
	}
}

// A log whose stream is gone altogether is put together from the copy alone. What is not the event that it was is no part of it.
func TestSalvageWithoutAStream(t *testing.T) {
	l := open(t)
	mustAppend(t, l, manyEvents("lang-son", 10, 0))
	n := copied(t, l)
	n.forge(4, `"value":"17"`, `"value": "17"`) // with its digest: no event any more
	found, transcript, err := salvage(t, connect(t, testenv.NATS(t)), n)
	if err != nil {
		t.Fatal(err)
	}
	want := eventlog.Findings{Origin: l.Origin(), Last: 10, FromCopy: 9, Lost: []eventlog.Span{{From: 4, To: 4}}, Unsound: []eventlog.Span{{From: 4, To: 4}}}
	if diff := cmp.Diff(want, found, cmpopts.IgnoreFields(eventlog.Findings{}, "Disclosures")); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	refilled(t, found, transcript)
}
