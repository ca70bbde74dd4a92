package projections

import (
	"context"
	"fmt"

	"thidua/domain"
)

// Projection is one read model.
type Projection struct {
	// Name and Version name the schema of the tables. Tables that are to look different get a new version.
	Name    string
	Version int
	// DDL makes the tables with their primary keys, and a comment on each table and column. It is run with the projection's schema as search
	// path.
	DDL string
	// Indexes makes the secondary indexes. It is run when the tables first catch up, so that a long catch-up pays for them once.
	Indexes string
	Tables  []Table
	// New returns an Applier without memory of any event.
	New func() Applier
	// TakesAll says that there is no event that the tables can't take: none is ever parked, and one that fails stops the projection.
	TakesAll bool
	// BySeason says that a season is folded as a whole: behind an event that can't be taken all later ones of its season are parked, and not
	// only those of its stream. Its Applier takes anew by itself a season in which an event was discarded.
	BySeason bool
	// AcrossStreams says that a row may come from several streams of one season, so that without an event that was discarded all of the season
	// must be taken anew, and not only its stream.
	AcrossStreams bool
	// undo takes back what the events at some positions did to rows that came from others, before the rows that came from them are removed. It is nil
	// where no event does such a thing.
	undo func(ctx context.Context, tx *Tx, positions []int64) error
	// Log is where parked events are read from when they are tried again.
	Log Log
}

// Log is the record as the projections need it.
type Log interface {
	domain.History
	// Lying returns the events of a stream, or of a whole season where the stream names only that, up to a position, as they lie: also what is
	// no event, with its fault. What was discarded up to there is a domain.Voided.
	Lying(ctx context.Context, s domain.Stream, upTo domain.Position) ([]domain.Recorded, error)
	// At returns the event at a position.
	At(ctx context.Context, position domain.Position) (domain.Recorded, error)
}

// Table is one table of a projection. Each has a column position, that of the event which a row came from or was last changed by. Its columns are listed once, for what is written to it and for the view that shows it.
type Table struct {
	Name    string
	Columns string // separated by a comma and a space
	// View is the name in schema read under which readers see the table, "" where they don't. It carries the version of its contract: columns
	// are only ever added to it, at the end.
	View string
	// OfSeason says that a row hangs on all events of a season and not on one: the table has no column position; the projection's table ranking has that of the season.
	OfSeason bool
	// Derived says that it is a view of the projection's other tables, in the form in which readers see them.
	Derived bool
}

// Applier turns events into rows. It may keep state in memory between batches, which must never run ahead of what was committed: a batch
// that does not follow the last one means that a transaction failed, and that memory is void. An event that is parked is given as a
// domain.Voided in the log's own stream.
type Applier interface {
	// Apply writes the rows of one batch, in order, in a transaction whose search path is the projection's schema. The batch is shared with
	// other projections and must not be changed.
	Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error
}

// heedful is an Applier that must know which seasons are parked, since it changes rows of seasons that no event of a batch belongs to. It is
// told before a batch, and whenever that has changed; then its memory is void.
type heedful interface {
	heed(parked func(season string) bool, changed bool)
}

// Disclosures is the erasable store of texts, as the projection people needs it.
type Disclosures interface {
	// Disclose returns the texts of digests. One that was erased is absent.
	Disclose(ctx context.Context, digests []string) (map[string]string, error)
}

// All lists every projection of this version.
func All(log Log, disclosures Disclosures) []Projection {
	all := []Projection{
		auditTrail(),
		facts(),
		standings(log),
		pledges(),
		awards(),
		units(),
		people(disclosures),
		seasons(),
		keys(),
	}
	for i := range all {
		all[i].Log = log
	}
	return all
}

// Schema is the schema of the projection's tables.
func (p Projection) Schema() string { return fmt.Sprintf("p_%s_%d", p.Name, p.Version) }

// unknown is the error of a projection that meets an event which this version can't read.
func unknown(r domain.Recorded) error {
	return &candid{fmt.Errorf("event %s of type %q at position %d: %w; a newer version wrote it, so a newer version must project it",
		r.ID, r.Type, r.Position, domain.ErrUnknownEvent)}
}
