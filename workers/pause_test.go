package workers_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/projections"
)

// foreign puts an event on the log that a newer version wrote.
func (b *bed) foreign(t *testing.T) domain.Position {
	t.Helper()
	last, err := b.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.log.At(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.NewReplacer("import.completed.v1", "import.reviewed.v1", "import.completed:1", "import.reviewed:1").Replace(string(r.Payload))
	msg := nats.NewMsg(strings.Replace(r.Stream.Subject("import.completed"), "import-completed", "import-reviewed", 1))
	msg.Data = []byte(payload)
	if _, err := b.nc.RequestMsgWithContext(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	return last + 1
}

// knowing is a projection of a newer program, which knows every event and makes nothing of those that this version does not know.
func knowing(p projections.Projection) projections.Projection {
	sound := p.New
	p.TakesAll = true
	p.New = func() projections.Applier { return learned{sound()} }
	return p
}

type learned struct{ projections.Applier }

func (l learned) Apply(ctx context.Context, tx *projections.Tx, events []domain.Recorded) error {
	known := slices.Clone(events)
	for i := range known {
		if known[i].Event == nil {
			known[i].Event = &domain.Voided{}
		}
	}
	return l.Applier.Apply(ctx, tx, known)
}

// A projection that meets an event of a newer version takes what is before it and waits for a newer program; others go on.
func TestUnknownEventPausesWhoNeedsIt(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	position := b.foreign(t)
	older := b.shortly("older")
	stop := b.run(t, older)
	b.reached(t, position-1, older.Projections...)
	b.reached(t, position, b.named(t, "audit"))
	testenv.Eventually(t, "all others paused", func() bool {
		paused := 0
		for _, tenure := range b.tenures(t) {
			if tenure.Cause == projections.PauseUnknown && tenure.Owner == "" {
				paused++
			}
		}
		return paused == len(older.Projections)-1
	})
	standings := b.tenures(t)[b.named(t, "standings").Schema()]
	if !strings.Contains(standings.Reason, "at position 827") || !strings.Contains(standings.Reason, "import.reviewed.v1") {
		t.Errorf("the reason is %q, want position and type of the event", standings.Reason)
	}

	units := knowing(b.named(t, "units"))
	newer := b.shortly("newer")
	newer.Projections = []projections.Projection{units}
	stopNewer := b.run(t, newer)
	b.reached(t, position, units)
	testenv.Eventually(t, "the projection to be active with the newer program", func() bool {
		got := b.tenures(t)[units.Schema()]
		return got.Owner == "newer" && got.Cause == "" && got.Reason == ""
	})
	for _, err := range []error{stop(), stopNewer()} {
		if err != nil {
			t.Error(err)
		}
	}
}

// A projection that fails is paused, with a reason, and tried again until it is mended; all others go on meanwhile.
func TestFailurePausesOneOnly(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	if _, err := b.db.ExecContext(t.Context(), "ALTER TABLE p_units_1.unit RENAME TO mislaid"); err != nil {
		t.Fatal(err)
	}
	cfg := b.shortly("steady")
	stop := b.run(t, cfg)
	position := b.register(t, "nguyen-van-an")
	for _, p := range cfg.Projections {
		if p.Name != "units" {
			b.reached(t, position, p)
		}
	}
	units := b.named(t, "units").Schema()
	testenv.Eventually(t, "the projection to be paused", func() bool { return b.tenures(t)[units].Cause == projections.PauseFailed })
	for name, tenure := range b.tenures(t) {
		if name != units && tenure.Cause != "" {
			t.Errorf("%s: %+v, want it active", name, tenure)
		}
	}
	if reason := b.tenures(t)[units].Reason; !strings.Contains(reason, "42P01") || strings.Contains(reason, "nguyen") {
		t.Errorf("the reason is %q, want what the database said and nothing of the event", reason)
	}
	if _, err := b.db.ExecContext(t.Context(), "ALTER TABLE p_units_1.mislaid RENAME TO unit"); err != nil {
		t.Fatal(err)
	}
	b.reached(t, position, cfg.Projections...)
	testenv.Eventually(t, "the projection to be active", func() bool { return b.tenures(t)[units].Cause == "" })
	if err := stop(); err != nil {
		t.Error(err)
	}
	b.sound(t)
}

// A checkpoint that nobody reads and that is of another log is that projection's trouble alone.
func TestStaleCheckpointPausesOneOnly(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	b.exec(t, "UPDATE frame.checkpoint SET epoch = 'other', live = false WHERE name = 'facts'")
	cfg := b.shortly("steady")
	stop := b.run(t, cfg)
	position := b.register(t, "later")
	for _, p := range cfg.Projections {
		if p.Name != "facts" {
			b.reached(t, position, p)
		}
	}
	facts := b.named(t, "facts").Schema()
	testenv.Eventually(t, "the projection to be paused", func() bool { return b.tenures(t)[facts].Cause == projections.PauseCorrupt })
	if err := stop(); err != nil {
		t.Error(err)
	}
	want := map[string]bool{"epoch": true, "rebuild": true}
	got := map[string]bool{}
	for word := range want {
		got[word] = strings.Contains(b.tenures(t)[facts].Reason, word)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the reason %q says (-want +got):\n%s", b.tenures(t)[facts].Reason, diff)
	}
}
