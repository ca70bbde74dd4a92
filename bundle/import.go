package bundle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
)

// Options says how a bundle is imported.
type Options struct {
	// Now is the server's clock.
	Now func() time.Time
	// DryRun judges and counts, and changes nothing.
	DryRun bool
	// Actor gives the commands: a person's ref or "system:<name>".
	Actor string
	// Parked lists the positions of a season's events that a read model could not take: then its ranking is not finalised. Nil says that there
	// are none.
	Parked func(ctx context.Context, season string) ([]domain.Position, error)
	// Progress is told how many of the new events are on the log; nil where nobody listens.
	Progress func(done, total int)
}

// Result says what an import did, in the form of spec "cli".
type Result struct {
	Season string `json:"season"`
	// Events is how many events were appended; in a dry run, how many would be.
	Events int `json:"events"`
	// Position is that of the last event of the season's record, 0 where there is none.
	Position domain.Position `json:"position"`
	// Unchanged says that the record had all of the bundle already.
	Unchanged bool `json:"unchanged"`
	// Errors are all errors of the bundle; where there is one, nothing was changed.
	Errors []Fault `json:"errors"`
}

// importTries is how often an import is planned again because somebody else wrote to the season meanwhile.
const importTries = 20

// Import takes the bundle in, whole or not at all. It is judged and compared with the record before the first append; then what is new is
// appended, row by row. An import that was cut off goes on where it stopped when it is called again: what is on the record is known by its
// content, and the commands have the same ids. ErrConflict says that others kept writing to the season.
func (b *Bundle) Import(ctx context.Context, log Record, o Options) (Result, error) {
	now := o.Now()
	result := Result{Season: b.Season(), Errors: append([]Fault{}, b.Judge(now)...)}
	if len(result.Errors) > 0 {
		return result, nil
	}
	for try := 1; ; try++ {
		err := b.importOnce(ctx, log, o, now, &result)
		if err == nil {
			return result, nil
		}
		if !errors.Is(err, domain.ErrConflict) || try == importTries {
			return result, fmt.Errorf("bundle: import %s: %w", b.Season(), err)
		}
	}
}

// importOnce plans against the record as it is, and carries the plan out.
func (b *Bundle) importOnce(ctx context.Context, log Record, o Options, now time.Time, result *Result) error {
	rec, err := load(ctx, log, b.Season(), b.units())
	if err != nil {
		return err
	}
	if err := rec.askParked(ctx, o.Parked); err != nil {
		return err
	}
	p := b.plan(rec, now)
	result.Position, result.Errors = rec.position(), append([]Fault{}, p.faults...)
	switch {
	case len(p.faults) > 0:
		return nil
	case len(p.steps) == 0 && rec.world(now).Season.Importing == "":
		result.Unchanged = result.Events == 0
		return nil
	case o.DryRun:
		result.Events, err = p.count(ctx, log)
		return err
	}
	if err := b.storeEvidence(ctx, log, p.fresh); err != nil {
		return err
	}
	w := &writer{
		log: log, actor: o.Actor, season: b.papers.season, world: rec.world(now), refs: map[string]string{}, result: result, tell: o.Progress,
	}
	return w.carryOut(ctx, p)
}

// units lists the units of units.csv.
func (b *Bundle) units() []string {
	var units []string
	for _, r := range b.papers.season.rows[unitsFile] {
		units = append(units, r.about().unit)
	}
	return units
}

// evidenceWorkers is how many files are stored at once.
const evidenceWorkers = 8

// storeEvidence stores the files that new rows name, before the rows are on the log.
func (b *Bundle) storeEvidence(ctx context.Context, log Record, fresh part) error {
	stored := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(evidenceWorkers)
	for _, r := range fresh.rows[valuesFile] {
		for _, f := range r.(*valueRow).evidence {
			if !stored[f.sha256] && !f.gone() {
				stored[f.sha256] = true
				group.Go(func() error { return b.store(ctx, log, f) })
			}
		}
	}
	return group.Wait()
}

func (b *Bundle) store(ctx context.Context, log Record, f file) error {
	content, err := b.openEvidence(f.name)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", f.name, err)
	}
	if err := errors.Join(log.PutEvidence(ctx, f.sha256, f.size, content), content.Close()); err != nil {
		return fmt.Errorf("evidence %s: %w", f.name, err)
	}
	return nil
}
