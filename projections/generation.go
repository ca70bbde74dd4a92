package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Generation names tables of a projection that stand beside those which its projector writes.
type Generation string

// The generations beside the live one.
const (
	// Rebuilding is being built from the log, to be swapped in.
	Rebuilding Generation = "rebuild"
	// Former is what the last swap took out. It stands where it stood then.
	Former Generation = "old"
	// Proof is a replay that the live one is compared with.
	Proof Generation = "verify"
)

// Beside is the schema of a generation.
func (p Projection) Beside(g Generation) string { return p.Schema() + "_" + string(g) }

// Resume makes the tables of a generation, or takes up those that are there, and makes a process their owner: who worked on them before can't
// any more. Tables of another definition, or of another log, are made anew.
func Resume(ctx context.Context, db *sqlx.DB, p Projection, g Generation, epoch, owner string) (c *Checkpoint, err error) {
	err = inTransaction(ctx, db, func(tx *Tx) error {
		c, err = p.resume(ctx, tx, p.Beside(g), epoch, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("projections: take up %s: %w", p.Beside(g), err)
	}
	return c, nil
}

func (p Projection) resume(ctx context.Context, tx *Tx, schema, epoch, owner string) (*Checkpoint, error) {
	stood, err := hold(ctx, tx, schema)
	if err == nil {
		var changed bool
		if changed, err = p.changed(ctx, tx, schema); err == nil && (changed || stood.Position > 0 && stood.Epoch != epoch) {
			err = cmp.Or(drop(ctx, tx, schema), domain.ErrNotFound)
		}
	}
	if errors.Is(err, domain.ErrNotFound) {
		err = p.makeTables(ctx, tx, schema)
	}
	if err != nil {
		return nil, err
	}
	const own = "UPDATE frame.checkpoint SET epoch = $2, owner = $3 WHERE schema = $1 RETURNING " + checkpointColumns
	c := &Checkpoint{}
	return c, tx.GetContext(ctx, c, own, schema, epoch, owner)
}

// TakeUp is Resume for a generation that must be there: it fails with ErrNotFound where it is not, with ErrConflict where another program made it, and
// with ErrCorrupt where it was made from another log.
func TakeUp(ctx context.Context, db *sqlx.DB, p Projection, g Generation, epoch, owner string) (c *Checkpoint, err error) {
	err = inTransaction(ctx, db, func(tx *Tx) error {
		stands, err := hold(ctx, tx, p.Beside(g))
		if err != nil {
			return err
		}
		changed, err := p.changed(ctx, tx, p.Beside(g))
		switch {
		case err != nil:
			return err
		case changed:
			return fmt.Errorf("its tables are not those of this program, only the one that made them can write them: %w", domain.ErrConflict)
		case stands.Position > 0 && stands.Epoch != epoch:
			return fmt.Errorf("its tables hold the log of epoch %q, this log is of epoch %q: %w", stands.Epoch, epoch, domain.ErrCorrupt)
		}
		c, err = p.resume(ctx, tx, p.Beside(g), epoch, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("projections: take up %s: %w", p.Beside(g), err)
	}
	return c, nil
}

// Unlogged spares the tables of a generation the write-ahead log. A crash of the database empties them, so they are only for what is made anew then.
func Unlogged(ctx context.Context, db *sqlx.DB, p Projection, g Generation) error {
	for _, t := range p.Tables {
		if t.Derived {
			continue
		}
		if _, err := db.ExecContext(ctx, "ALTER TABLE "+quoted(p.Beside(g), t.Name)+" SET UNLOGGED"); err != nil {
			return fmt.Errorf("projections: table %s of %s: %w", t.Name, p.Beside(g), err)
		}
	}
	return nil
}

// Outdated reports whether a projection's tables are of another definition than this program's: then they must be built anew beside the ones
// that are there, which serve meanwhile.
func Outdated(ctx context.Context, q Querier, p Projection) (bool, error) {
	changed, err := p.changed(ctx, q, p.Schema())
	if err != nil {
		return false, fmt.Errorf("projections: definition of %s: %w", p.Name, err)
	}
	return changed, nil
}

func (p Projection) changed(ctx context.Context, q Querier, schema string) (changed bool, err error) {
	err = q.GetContext(ctx, &changed, "SELECT definition_sha256 <> $2 FROM frame.checkpoint WHERE schema = $1", schema, p.digest())
	return changed, err
}

// Exclusion keeps others from working on the same generations. It is a lock of the database that is held in a session of its own, so it ends
// with the process, however that ends.
type Exclusion struct{ conn *sqlx.Conn }

// exclusionKey is the first half of the advisory locks' keys: "gens" in ASCII. The second half is a hash of the schema.
const exclusionKey = 0x67656e73

// releasePatience is how long giving a lock back may take.
const releasePatience = 5 * time.Second

// Exclude lets nobody else work on one generation of some projections until it is released. Who asks for one that is taken gets ErrConflict,
// with the owner's name.
func Exclude(ctx context.Context, db *sqlx.DB, all []Projection, g Generation, owner string) (*Exclusion, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("projections: lock: %w", err)
	}
	e := &Exclusion{conn}
	_, err = conn.ExecContext(ctx, "SELECT set_config('application_name', left($1, 63), false)", owner)
	for _, p := range all {
		if err == nil {
			err = e.lock(ctx, p.Beside(g))
		}
	}
	if err != nil {
		e.Release()
		return nil, fmt.Errorf("projections: %w", err)
	}
	return e, nil
}

func (e *Exclusion) lock(ctx context.Context, schema string) error {
	var locked bool
	const lock = "SELECT pg_try_advisory_lock($1, hashtext($2))"
	if err := e.conn.GetContext(ctx, &locked, lock, exclusionKey, schema); err != nil || locked {
		return err
	}
	var who string
	const holder = `
		SELECT coalesce(max(application_name), '')
		FROM pg_locks
		JOIN pg_stat_activity USING (pid)
		WHERE locktype = 'advisory' AND granted AND datname = current_database() AND classid = $1 AND objid::bigint = hashtext($2)::bigint & 4294967295`
	if err := e.conn.GetContext(ctx, &who, holder, exclusionKey, schema); err != nil {
		return err
	}
	return fmt.Errorf("%s is being worked on by %q: %w", schema, who, domain.ErrConflict)
}

// Holds fails where the lock is lost because its session has ended, as in a crash of the database.
func (e *Exclusion) Holds(ctx context.Context) error {
	var one int
	if err := e.conn.GetContext(ctx, &one, "SELECT 1"); err != nil {
		return fmt.Errorf("projections: the lock on the tables is lost: %w", err)
	}
	return nil
}

// Release gives the lock back and ends the session.
func (e *Exclusion) Release() {
	ctx, enough := context.WithTimeout(context.Background(), releasePatience)
	defer enough()
	_, _ = e.conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()") // where that fails, the end of the session gives it back a little later
	Discard(e.conn)
}
