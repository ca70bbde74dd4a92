package eventlog_test

import (
	"errors"
	"strings"
	"testing"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// A log that holds no longer what was seen of it takes no more appends, and can still be read.
func TestAttest(t *testing.T) {
	tests := []struct {
		name string
		mark func(seen eventlog.Mark) eventlog.Mark
		want string // in the error, "" for none
	}{
		{"what was seen", func(m eventlog.Mark) eventlog.Mark { return m }, ""},
		{"nothing seen", func(eventlog.Mark) eventlog.Mark { return eventlog.Mark{Epoch: "other"} }, ""},
		{"another epoch", func(m eventlog.Mark) eventlog.Mark { m.Epoch = "other"; return m }, "read from the epoch other"},
		{"another event", func(m eventlog.Mark) eventlog.Mark { m.EventID = "other.1"; return m }, "held other.1"},
		{"a shorter log", func(m eventlog.Mark) eventlog.Mark { m.Position += 3; return m }, "ends at 1; positions 2 to 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := open(t)
			a := expecting(report("lang-son", "1"), 0)
			position := mustAppend(t, l, a)
			err := l.Attest(t.Context(), test.mark(eventlog.Mark{Epoch: l.Epoch(), Position: position, EventID: a.ID + ".1"}))
			_, appendErr := l.Append(t.Context(), expecting(report("cao-bang", "1"), 0))
			for name, err := range map[string]error{"Attest": err, "Append": appendErr} {
				if test.want == "" && err != nil {
					t.Errorf("%s gives %v, want no error", name, err)
				}
				if test.want != "" && (!errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("%s gives %v, want an error of kind ErrCorrupt with %q", name, err, test.want)
				}
			}
			if _, err := l.At(t.Context(), position); err != nil {
				t.Errorf("reading gives %v, want it to go on", err)
			}
		})
	}
}

// A stream that was deleted and put back from an older copy opens like any other; what was read from it tells.
func TestAttestFindsAnOlderCopy(t *testing.T) {
	server := testenv.NATS(t)
	l := openOn(t, server)
	mustAppend(t, l, expecting(report("lang-son", "1"), 0))
	a := expecting(report("cao-bang", "1"), 0)
	seen := eventlog.Mark{Epoch: l.Epoch(), Position: mustAppend(t, l, a), EventID: a.ID + ".1"}
	js := streams(t, connect(t, server))
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	first, err := stream.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), eventlog.StreamName); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), stream.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), first.Subject, first.Data); err != nil {
		t.Fatal(err)
	}
	older := openOn(t, server)
	if err := older.Attest(t.Context(), seen); !errors.Is(err, domain.ErrCorrupt) || !strings.Contains(err.Error(), "positions 2 to 2") {
		t.Errorf("Attest gives %v, want an error of kind ErrCorrupt that names position 2", err)
	}
	if _, err := older.Append(t.Context(), expecting(report("ha-giang", "1"), 0)); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("Append gives %v, want ErrCorrupt", err)
	}
}
