package dossier

import (
	"context"
	"maps"
	"slices"

	"thidua/domain"
)

// Log is what a dossier is made from.
type Log interface {
	// Season gives every event of a season, and of the units that it stands on, up to a position.
	Season(ctx context.Context, season string, upTo domain.Position) ([]domain.Recorded, error)
	// Lying gives the events of a stream as they lie, up to a position.
	Lying(ctx context.Context, s domain.Stream, upTo domain.Position) ([]domain.Recorded, error)
	// Openings gives the disclosures of digests, as they are written; those that were erased are not among them.
	Openings(ctx context.Context, digests []string) (map[string]string, error)
}

// Collect reads a season's events up to the record's checkpoint, those on the registers that they refer to, and what they disclose, into a record
// that names season, unit and checkpoint.
func Collect(ctx context.Context, log Log, r Record) (Record, error) {
	upTo := domain.Position(r.Checkpoint.Size)
	events, err := log.Season(ctx, r.Season, upTo)
	if err != nil {
		return r, err
	}
	persons, err := persons(ctx, log, events, upTo)
	if err != nil {
		return r, err
	}
	given := map[domain.Position]bool{}
	for _, e := range append(events, persons...) {
		if !given[e.Position] {
			given[e.Position] = true
			r.Entries = append(r.Entries, entryOf(e))
		}
	}
	slices.SortFunc(r.Entries, func(a, b Entry) int { return int(a.Position) - int(b.Position) })
	a, err := newAccount(r, nil)
	if err != nil {
		return r, err
	}
	opened, err := log.Openings(ctx, slices.Sorted(maps.Keys(a.wantedDigests())))
	r.Disclosures = slices.Sorted(maps.Values(opened))
	return r, err
}

// persons reads what the register says of every person that the events name, and of whom these events name in turn. What is no event says nothing
// of a person.
func persons(ctx context.Context, log Log, events []domain.Recorded, upTo domain.Position) (found []domain.Recorded, err error) {
	known := map[string]bool{}
	for i := 0; i < len(events)+len(found); i++ {
		payload := payloadAt(events, found, i)
		for _, ref := range PersonsIn(payload) {
			if known[ref] {
				continue
			}
			known[ref] = true
			stream, err := log.Lying(ctx, domain.PersonStream(ref), upTo)
			if err != nil {
				return nil, err
			}
			found = append(found, slices.DeleteFunc(stream, func(r domain.Recorded) bool { return r.Fault != nil || r.Type == "" })...)
		}
	}
	return found, nil
}

func payloadAt(events, found []domain.Recorded, i int) []byte {
	if i < len(events) {
		return events[i].Payload
	}
	return found[i-len(events)].Payload
}

// entryOf takes an event as the log gives it. What is no event has no type: it is here because it was discarded.
func entryOf(r domain.Recorded) Entry {
	e := Entry{Position: r.Position, Payload: r.Payload}
	if r.Type == "" {
		e.Stream = r.Stream.String()
	}
	return e
}
