package dossier_test

import (
	"slices"
	"testing"

	"thidua/domain"
	"thidua/domain/sampling"
)

// append puts an event on the log past its rules, and seals it.
func (l *logged) append(t *testing.T, e domain.Event) domain.Position {
	t.Helper()
	position, err := l.log.Append(t.Context(), domain.Append{
		Issue:   domain.Issue{ID: l.log.CommandID(t.Name(), e.Words()), Digest: domain.Digest(e.Words()), Actor: "system:test"},
		Changes: []domain.Change{{Stream: domain.InspectionStream(season), Time: l.events[len(l.events)-1].Time, Event: e}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.seal(t)
	return position
}

// Whoever has the dossier draws a sample again. One whose nonce was committed to after its checkpoint, whose cells are others, or whose checkpoint is of
// another log, is refused.
func TestSamplesAreDrawnAgain(t *testing.T) {
	t.Parallel()
	nonce, commitment, err := sampling.Nonce("sáu mặt xúc xắc: 4 2 6 1 3 5 5 2 6 4")
	if err != nil {
		t.Fatal(err)
	}
	foreign := example(t)
	for name, test := range map[string]struct {
		harm func(l *logged, before string, drawn *domain.SampleDrawn)
		want string // the step that fails
	}{
		"right":             {},
		"chosen afterwards": {func(_ *logged, before string, drawn *domain.SampleDrawn) { drawn.Checkpoint = before }, "samples"},
		"other cells":       {func(_ *logged, _ string, drawn *domain.SampleDrawn) { slices.Reverse(drawn.Cells) }, "samples"},
		"another log":       {func(_ *logged, _ string, drawn *domain.SampleDrawn) { drawn.Checkpoint = string(foreign.head.Note) }, "samples"},
		"another nonce":     {func(_ *logged, _ string, drawn *domain.SampleDrawn) { drawn.Nonce = commitment }, "samples"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := example(t)
			before := string(l.head.Note)
			drawn := &domain.SampleDrawn{Nonce: nonce}
			drawn.Committed = l.append(t, &domain.SampleCommitted{Size: "7", Commitment: commitment})
			drawn.Checkpoint = string(l.head.Note)
			events, err := l.log.Season(t.Context(), season, drawn.Committed)
			if err != nil {
				t.Fatal(err)
			}
			if drawn.Cells, err = sampling.Redraw(season, events, drawn.Committed, nonce, drawn.Checkpoint); err != nil || len(drawn.Cells) != 7 {
				t.Fatalf("drawn are %v, %v", drawn.Cells, err)
			}
			if test.harm != nil {
				test.harm(l, before, drawn)
			}
			l.append(t, drawn)
			v := verify(l.makes(t, l.record(t, nil), l.key), l.key)
			if step, _ := failed(v); step != test.want {
				t.Errorf("step %q fails, want %q: %+v", step, test.want, v.Steps[len(v.Steps)-1])
			}
		})
	}
}
