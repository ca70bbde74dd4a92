package bundle

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"thidua/domain"
)

// Source is the record as it is read for comparing and exporting.
type Source interface {
	domain.History
	// Stream returns the events of one stream, oldest first.
	Stream(ctx context.Context, s domain.Stream) ([]domain.Recorded, error)
	// Disclose returns the texts of digests; one that was erased is absent.
	Disclose(ctx context.Context, digests []string) (map[string]string, error)
}

// Record is what an import needs of the log.
type Record interface {
	Source
	// AppendAll appends in order, without waiting for one before the next is sent, and stops at the first that fails. It returns the
	// positions of the first events of those that are on the log.
	AppendAll(ctx context.Context, appends []domain.Append) ([]domain.Position, error)
	// Seal makes a text disclosable.
	Seal(field, text string) (*domain.Disclosable, domain.Disclosure, error)
	// Person returns the ref of the person with an account, and makes one where there is none.
	Person(ctx context.Context, account string) (ref string, known bool, err error)
	// LookUpPerson returns the ref of the person with an account, if there is one.
	LookUpPerson(ctx context.Context, account string) (ref string, known bool, err error)
	// CommandID makes a command's id from what the command is made of: the same parts give the same id.
	CommandID(parts ...string) string
	// PutEvidence stores a file under the SHA-256 of its bytes, in hex.
	PutEvidence(ctx context.Context, sha256 string, size int64, r io.Reader) error
}

// record is what stands on the log of one season, and of the units and persons that its papers name.
type record struct {
	season string
	events []domain.Recorded // in the order of the log
	parked []domain.Position // of the season's events
	names  known
	absent []string // digests that are not disclosed
}

// known are the texts by their digests, and the persons' accounts by their refs. A mark stands for what is not disclosed.
type known struct{ texts, people map[string]string }

func (k known) text(d *domain.Disclosable) string {
	if d == nil {
		return ""
	}
	if text, ok := k.texts[d.Digest]; ok {
		return text
	}
	return domain.TextMark(d.Digest)
}

func (k known) person(ref string) string { return cmp.Or(k.people[ref], domain.PersonMark(ref)) }

// wanted collects which texts and persons a season's papers name.
type wanted struct{ digests, refs map[string]bool }

func (w wanted) text(d *domain.Disclosable) string {
	if d != nil {
		w.digests[d.Digest] = true
	}
	return ""
}

func (w wanted) person(ref string) string {
	w.refs[ref] = true
	return ""
}

// load reads a season's record and, besides its own units, those that are asked for.
func load(ctx context.Context, log Source, season string, units []string) (*record, error) {
	rec := &record{season: season}
	events, err := log.Season(ctx, season, 0)
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	rec.events = events
	registered := rec.world(time.Time{}).Units
	for _, unit := range units {
		if registered[unit] == nil {
			if err := rec.add(ctx, log, domain.UnitStream(unit)); err != nil {
				return nil, err
			}
		}
	}
	if err := rec.loadNames(ctx, log); err != nil {
		return nil, err
	}
	slices.SortFunc(rec.events, func(a, b domain.Recorded) int { return cmp.Compare(a.Position, b.Position) })
	return rec, nil
}

// add reads one more stream.
func (rec *record) add(ctx context.Context, log Source, s domain.Stream) error {
	events, err := log.Stream(ctx, s)
	if err != nil {
		return fmt.Errorf("read %s: %w", s, err)
	}
	rec.events = append(rec.events, events...)
	return nil
}

// loadNames reads the persons and texts that the season's papers name.
func (rec *record) loadNames(ctx context.Context, log Source) error {
	w := wanted{digests: map[string]bool{}, refs: map[string]bool{}}
	papersOf(rec.world(time.Time{}), w)
	accounts := map[string]*domain.Disclosable{}
	for _, ref := range slices.Sorted(maps.Keys(w.refs)) {
		events, err := log.Stream(ctx, domain.PersonStream(ref))
		if err != nil {
			return fmt.Errorf("read person %s: %w", ref, err)
		}
		for _, r := range events {
			if e, ok := r.Event.(*domain.PersonRegistered); ok {
				accounts[ref] = e.Account
				w.text(e.Account)
			}
		}
	}
	texts, err := log.Disclose(ctx, slices.Sorted(maps.Keys(w.digests)))
	if err != nil {
		return fmt.Errorf("read the texts: %w", err)
	}
	rec.names = known{texts: texts, people: map[string]string{}}
	for ref, account := range accounts {
		if account != nil {
			rec.names.people[ref] = texts[account.Digest]
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(w.digests)) {
		if _, disclosed := texts[digest]; !disclosed {
			rec.absent = append(rec.absent, digest)
		}
	}
	return nil
}

// askParked learns which events of the season are parked. Of a season that is new none can be.
func (rec *record) askParked(ctx context.Context, ask func(context.Context, string) ([]domain.Position, error)) (err error) {
	if ask == nil || rec.position() == 0 {
		return nil
	}
	rec.parked, err = ask(ctx, rec.season)
	return err
}

// world folds the record.
func (rec *record) world(now time.Time) *domain.World {
	w := domain.NewWorld(rec.season, now)
	w.Parked = rec.parked
	for _, r := range rec.events {
		w.Evolve(r)
	}
	return w
}

// position returns the place of the last event of the record.
func (rec *record) position() domain.Position {
	if len(rec.events) == 0 {
		return 0
	}
	return rec.events[len(rec.events)-1].Position
}

// starts counts how often the import of a bundle was started.
func (rec *record) starts(digest string) int {
	n := 0
	for _, r := range rec.events {
		if e, ok := r.Event.(*domain.ImportStarted); ok && e.BundleSHA256 == digest {
			n++
		}
	}
	return n
}
