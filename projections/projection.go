package projections

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Projection is one read model.
type Projection struct {
	// Name and Version name the schema of the tables. Tables that are to look different get a new version.
	Name    string
	Version int
	// DDL makes the tables and indexes, with a comment on each table and column. It is run with the projection's schema as search path.
	DDL    string
	Tables []Table
	// New returns an Applier without memory of any event.
	New func() Applier
}

// Table is one table of a projection. Its columns are listed once, for what is written to it and for the view that shows it.
type Table struct {
	Name    string
	Columns string // separated by a comma and a space
	// View is the name in schema read under which readers see the table, "" where they don't. It carries the version of its contract: columns
	// are only ever added to it, at the end.
	View string
}

// Applier turns events into rows. It may keep state in memory between batches, which must never run ahead of what was committed: a batch
// that does not follow the last one means that a transaction failed, and that memory is void.
type Applier interface {
	// Apply writes the rows of one batch, in order, in a transaction whose search path is the projection's schema. The batch is shared with
	// other projections and must not be changed.
	Apply(ctx context.Context, tx *sqlx.Tx, events []domain.Recorded) error
}

// Disclosures is the erasable store of texts, as the projection people needs it.
type Disclosures interface {
	// Disclose returns the texts of digests. One that was erased is absent.
	Disclose(ctx context.Context, digests []string) (map[string]string, error)
}

// All lists every projection of this version.
func All(history domain.History, disclosures Disclosures) []Projection {
	return []Projection{
		auditTrail(),
		facts(),
		standings(history),
		pledges(),
		awards(),
		units(),
		people(disclosures),
		seasons(),
	}
}

// Schema is the schema of the projection's tables.
func (p Projection) Schema() string { return fmt.Sprintf("p_%s_%d", p.Name, p.Version) }

// unknown is the error of a projection that meets an event which this version can't read.
func unknown(r domain.Recorded) error {
	return fmt.Errorf("event %s of type %q at position %d: %w; a newer version wrote it, so a newer version must project it", r.ID, r.Type, r.Position, domain.ErrUnknownEvent)
}
