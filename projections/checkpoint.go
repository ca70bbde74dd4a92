package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Checkpoint says how far a projection has come.
type Checkpoint struct {
	Name    string `db:"name"`
	Version int    `db:"version"`
	// Live says that the views show this version.
	Live bool `db:"live"`
	// Indexed says that the tables have their secondary indexes.
	Indexed bool `db:"indexed"`
	// Epoch names the log that was projected, Owner the process that may move the checkpoint, under a fence of its lease.
	Epoch string `db:"epoch"`
	Owner string `db:"owner"`
	Fence int64  `db:"fence"`
	// Position is that of the last event projected, 0 for none; EventID is that event's id.
	Position domain.Position `db:"position"`
	EventID  string          `db:"event_id"`
	// UpdatedAt is by the database's clock, for operators.
	UpdatedAt time.Time `db:"updated_at"`
	// Parked counts the events that were parked with this checkpoint in memory.
	Parked uint64   `db:"-"`
	parked *parking // nil while it is to be read
}

const checkpointColumns = "name, version, live, indexed, epoch, owner, fence, position, event_id, updated_at"

// LoadCheckpoint returns a projection's checkpoint. It fails with ErrNotFound where the projection was never installed.
func LoadCheckpoint(ctx context.Context, db Querier, p Projection) (*Checkpoint, error) {
	c, err := loadCheckpoint(ctx, db, p.Schema())
	if err != nil {
		return nil, fmt.Errorf("projections: checkpoint of %s: %w", p.Name, err)
	}
	return c, nil
}

func loadCheckpoint(ctx context.Context, q Querier, schema string) (*Checkpoint, error) {
	c := &Checkpoint{}
	err := q.GetContext(ctx, c, "SELECT "+checkpointColumns+" FROM frame.checkpoint WHERE schema = $1", schema)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, domain.ErrNotFound
	}
	return c, err
}

// Checkpoints lists the checkpoints of every installed version of every projection, replays under way aside, by name and version.
func Checkpoints(ctx context.Context, db Querier) ([]Checkpoint, error) {
	const query = `
		SELECT ` + checkpointColumns + `
		FROM frame.checkpoint
		WHERE schema = format('p_%s_%s', name, version)
		ORDER BY name, version`
	var all []Checkpoint
	if err := db.SelectContext(ctx, &all, query); err != nil {
		return nil, fmt.Errorf("projections: checkpoints: %w", err)
	}
	return all, nil
}

// Rebuilds lists how far each rebuild under way has come, by name.
func Rebuilds(ctx context.Context, db Querier) ([]Checkpoint, error) {
	const query = `
		SELECT ` + checkpointColumns + `
		FROM frame.checkpoint
		WHERE schema = format('p_%s_%s_rebuild', name, version)
		ORDER BY name, version`
	var all []Checkpoint
	if err := db.SelectContext(ctx, &all, query); err != nil {
		return nil, fmt.Errorf("projections: rebuilds: %w", err)
	}
	return all, nil
}

// Claim lets the owner of a lease move a projection's checkpoint, in the place of whoever could. It fails with ErrConflict where a newer lease has
// claimed it, with ErrCorrupt where the tables were made from another log, and with ErrNotFound where they were never made.
func Claim(ctx context.Context, db Session, p Projection, epoch string, l Lease) (*Checkpoint, error) {
	const update = `
		UPDATE frame.checkpoint SET epoch = $2, owner = $3, fence = $4
		WHERE schema = $1 AND (epoch = $2 OR position = 0) AND fence <= $4
		RETURNING ` + checkpointColumns
	c := &Checkpoint{}
	err := db.GetContext(ctx, c, update, p.Schema(), epoch, l.Owner, l.Fence)
	if !errors.Is(err, sql.ErrNoRows) {
		if err != nil {
			return nil, fmt.Errorf("projections: claim %s: %w", p.Name, err)
		}
		return c, nil
	}
	if c, err = loadCheckpoint(ctx, db, p.Schema()); err != nil {
		return nil, fmt.Errorf("projections: claim %s: %w", p.Name, err)
	}
	if c.Fence > l.Fence {
		return nil, fmt.Errorf("projections: claim %s: %s has claimed it with the fence %d: %w", p.Name, c.Owner, c.Fence, l.lost())
	}
	return nil, fmt.Errorf("projections: claim: %w", &candid{fmt.Errorf("the tables of %s hold the log of epoch %q up to position %d, this log is of epoch %q; connect the log that belongs to the database, or rebuild: %w",
		p.Name, c.Epoch, c.Position, epoch, domain.ErrCorrupt)})
}

// errStands says that the checkpoint is where the batch would move it: an earlier try was committed, only its answer was lost.
var errStands = errors.New("the batch was projected already")

// ErrRewound says that the database stands further back than what was committed to it: it crashed, or was put back, and has lost the last
// transactions with their rows and checkpoints. Who still owns the projection goes on from the checkpoint that is stored.
var ErrRewound = errors.New("the database has lost its last transactions")

// advance moves the checkpoint past a batch if it is still where c says, and holds it until the transaction ends. It returns how often others
// have changed what is parked.
func (c *Checkpoint) advance(ctx context.Context, tx *Tx, schema string, last domain.Recorded) (parkings int64, err error) {
	const update = `
		UPDATE frame.checkpoint SET position = $1, event_id = $2, epoch = $3, updated_at = now()
		WHERE schema = $4 AND owner = $5 AND fence = $6 AND position = $7 AND (epoch = $3 OR position = 0)
		RETURNING parkings`
	err = tx.GetContext(ctx, &parkings, update, int64(last.Position), last.ID, c.Epoch, schema, c.Owner, c.Fence, int64(c.Position))
	if !errors.Is(err, sql.ErrNoRows) {
		return parkings, err
	}
	stored, err := loadCheckpoint(ctx, tx, schema)
	if err != nil {
		return 0, err
	}
	ours := stored.Owner == c.Owner && stored.Fence == c.Fence
	if ours && stored.Epoch == c.Epoch && stored.Position == last.Position && stored.EventID == last.ID {
		return 0, errStands
	}
	if ours && (stored.Epoch == c.Epoch || stored.Position == 0) && stored.Position < c.Position {
		return 0, &candid{fmt.Errorf("the checkpoint is at position %d, and was at %d: %w", stored.Position, c.Position, ErrRewound)}
	}
	return 0, fmt.Errorf("the checkpoint is at position %d of epoch %q and belongs to %q with the fence %d, not at position %d of epoch %q with %q and %d; another process has taken over: %w",
		stored.Position, stored.Epoch, stored.Owner, stored.Fence, c.Position, c.Epoch, c.Owner, c.Fence, domain.ErrConflict)
}

// The pauses between two looks of Await: short at first, since most waits are.
const (
	firstPause   = 2 * time.Millisecond
	longestPause = 100 * time.Millisecond
)

// Await returns when every one of the projections has come to a position. It ends with ctx.
func Await(ctx context.Context, db *sqlx.DB, all []Projection, position domain.Position) error {
	schemas := make([]string, len(all))
	for i, p := range all {
		schemas[i] = p.Schema()
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		var there int
		const query = "SELECT count(*) FROM frame.checkpoint WHERE schema = ANY($1) AND position >= $2"
		if err := db.GetContext(ctx, &there, query, pq.Array(schemas), int64(position)); err != nil {
			return fmt.Errorf("projections: await position %d: %w", position, err)
		}
		if there == len(all) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("projections: await position %d: %w", position, ctx.Err())
		case <-time.After(pause):
		}
	}
}
