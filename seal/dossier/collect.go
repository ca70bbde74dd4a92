package dossier

import (
	"cmp"
	"context"
	"io/fs"
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
	// Erasures gives what was erased on the whole log, and where.
	Erasures(ctx context.Context) (*domain.Erasures, error)
	// At gives the event at a position.
	At(ctx context.Context, position domain.Position) (domain.Recorded, error)
}

// Collect reads a season's events up to the record's checkpoint, those on the registers that they refer to, and what they disclose, into a record
// that names season, unit and checkpoint. The files are those of the sealed log.
func Collect(ctx context.Context, log Log, files fs.FS, r Record) (Record, error) {
	events, err := log.Season(ctx, r.Season, domain.Position(r.Checkpoint.Size))
	if err != nil {
		return r, err
	}
	c := &collecting{log: log, files: files, record: r, persons: map[string]bool{}}
	if err := c.add(ctx, events); err != nil {
		return r, err
	}
	a, err := c.account()
	if err != nil {
		return r, err
	}
	wanted := slices.Sorted(maps.Keys(a.wantedDigests()))
	if err := c.erasures(ctx, append(wanted, slices.Sorted(maps.Keys(a.wantedEvidence()))...)); err != nil {
		return r, err
	}
	if a, err = c.account(); err != nil { // an erasure's own basis is disclosed, too
		return r, err
	}
	wanted = slices.DeleteFunc(slices.Sorted(maps.Keys(a.wantedDigests())), func(digest string) bool { return a.erased[digest] })
	opened, err := log.Openings(ctx, wanted)
	c.record.Disclosures = slices.Sorted(maps.Values(opened))
	return c.record, err
}

// collecting is a record that is being put together.
type collecting struct {
	log     Log
	files   fs.FS
	record  Record
	events  []domain.Recorded
	persons map[string]bool // by ref
}

// add takes in events, and what the register says of every person that they name, and of whom these name in turn.
func (c *collecting) add(ctx context.Context, events []domain.Recorded) error {
	for i := 0; i < len(events); i++ {
		c.events = append(c.events, events[i])
		for _, ref := range PersonsIn(events[i].Payload) {
			stream, err := c.person(ctx, ref)
			if err != nil {
				return err
			}
			events = append(events, stream...)
		}
	}
	return nil
}

// person reads what the register says of a person, once. What is no event says nothing.
func (c *collecting) person(ctx context.Context, ref string) ([]domain.Recorded, error) {
	if c.persons[ref] {
		return nil, nil
	}
	c.persons[ref] = true
	stream, err := c.log.Lying(ctx, domain.PersonStream(ref), domain.Position(c.record.Checkpoint.Size))
	return slices.DeleteFunc(stream, func(r domain.Recorded) bool { return r.Fault != nil || r.Type == "" }), err
}

// account reads the record as far as it has come.
func (c *collecting) account() (*account, error) {
	slices.SortFunc(c.events, func(a, b domain.Recorded) int { return cmp.Compare(a.Position, b.Position) })
	c.events = slices.CompactFunc(c.events, func(a, b domain.Recorded) bool { return a.Position == b.Position })
	c.record.Entries = nil
	for _, r := range c.events {
		c.record.Entries = append(c.record.Entries, entryOf(r))
	}
	return newAccount(c.record, nil)
}

// erasures takes in the events by which any of some texts and files were erased: on the streams of their persons or, where they came behind the
// checkpoint, with a proof of their own.
func (c *collecting) erasures(ctx context.Context, digests []string) error {
	all, err := c.log.Erasures(ctx)
	if err != nil {
		return err
	}
	at := map[domain.Position]bool{}
	for _, digest := range digests {
		if position := max(all.Texts[digest], all.Evidence[digest]); position > 0 {
			at[position] = true
		}
	}
	for _, position := range slices.Sorted(maps.Keys(at)) {
		r, err := c.log.At(ctx, position)
		if err != nil {
			return err
		}
		if position > domain.Position(c.record.Checkpoint.Size) {
			later, err := laterOf(c.files, r)
			if err != nil {
				return err
			}
			c.record.Later = append(c.record.Later, later)
			continue
		}
		stream, err := c.person(ctx, r.Stream.Key)
		if err != nil {
			return err
		}
		if err := c.add(ctx, stream); err != nil {
			return err
		}
	}
	return nil
}

// entryOf takes an event as the log gives it. What is no event has no type: it is here because it was discarded.
func entryOf(r domain.Recorded) Entry {
	e := Entry{Position: r.Position, Payload: r.Payload}
	if r.Type == "" {
		e.Stream = r.Stream.String()
	}
	return e
}
