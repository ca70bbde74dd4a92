package workers

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"thidua/domain"
	"thidua/domain/signing"
	"thidua/eventlog"
)

// signed notes the seasons in which something is signed otherwise than on paper.
type signed struct{ seasons map[string]bool }

// take implements taker.
func (s signed) take(_ context.Context, events []domain.Recorded) error {
	for _, r := range events {
		switch e := r.Event.(type) {
		case *domain.PledgeSigned:
			if e.Signature != domain.PaperSignature {
				s.seasons[r.Stream.Season] = true
			}
		case *domain.SignatureAdded:
			s.seasons[r.Stream.Season] = true
		}
	}
	return nil
}

// addSignatures judges every signature as of the time at which it was made. A key that only the operator has confirmed is taken for that here: whose it
// is by minutes, a dossier's reader judges, who holds some.
func (v *Verdict) addSignatures(ctx context.Context, log *eventlog.Log, s signed) error {
	var judged int
	var difference string
	for _, id := range slices.Sorted(maps.Keys(s.seasons)) {
		events, err := log.Season(ctx, id, v.Position)
		if err != nil {
			return err
		}
		w := domain.NewWorld(id, events[len(events)-1].RecordedTime)
		for _, r := range events {
			w.Evolve(r)
		}
		for _, verdict := range w.Signatures(signing.Minutes{}) {
			if verdict.Worth == domain.WorthRefused && difference == "" {
				difference = fmt.Sprintf("season %s, position %d: a signature that does not count: %v", id, verdict.Own, verdict.Problem)
			}
			if verdict.Key != "" {
				judged++
			}
		}
	}
	v.add("signatures", difference, fmt.Sprintf("%d signatures by keys, each valid when it was made", judged))
	return nil
}
