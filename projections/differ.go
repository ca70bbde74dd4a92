package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Compare compares a projection with a generation, both as they are at one position: reach is told where the projection is held and must bring the
// generation there. It is held only for that; then it goes on, while the two are compared as they were.
func Compare(ctx context.Context, db *sqlx.DB, p Projection, g Generation, reach func(context.Context, domain.Position) error) (difference string, err error) {
	snapshot, err := p.holdForSnapshot(ctx, db, reach)
	if err != nil {
		return "", fmt.Errorf("projections: hold %s: %w", p.Name, err)
	}
	defer func() { _ = snapshot.Rollback() }() // there is nothing to commit
	return p.differ(ctx, snapshot, p.Beside(g))
}

func (p Projection) holdForSnapshot(ctx context.Context, db *sqlx.DB, reach func(context.Context, domain.Position) error) (snapshot *sqlx.Tx, err error) {
	err = inTransaction(ctx, db, func(tx *Tx) error {
		held, err := hold(ctx, tx, p.Schema())
		if err != nil {
			return err
		}
		if err := reach(ctx, held.Position); err != nil {
			return err
		}
		if snapshot, err = db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}); err != nil {
			return err
		}
		var one int
		return snapshot.GetContext(ctx, &one, "SELECT 1") // from its first statement on it sees no later change
	})
	if err != nil && snapshot != nil {
		_ = snapshot.Rollback()
	}
	return snapshot, err
}

// hold locks a checkpoint until the transaction ends.
func hold(ctx context.Context, tx *Tx, schema string) (*Checkpoint, error) {
	c := &Checkpoint{}
	err := tx.GetContext(ctx, c, "SELECT "+checkpointColumns+" FROM frame.checkpoint WHERE schema = $1 FOR UPDATE", schema)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("checkpoint of %s: %w", schema, domain.ErrNotFound)
	}
	return c, err
}

// Differ compares each table of a projection with the table of a replay, and says in which row they differ first, "" where in none. What is
// parked is compared too.
func Differ(ctx context.Context, db *sqlx.DB, p Projection, schema string) (difference string, err error) {
	err = inSnapshot(ctx, db, func(q Querier) error {
		difference, err = p.differ(ctx, q, schema)
		return err
	})
	return difference, err
}

func (p Projection) differ(ctx context.Context, q Querier, schema string) (difference string, err error) {
	// Two tables are gone through side by side in the order of their keys: that takes no memory and stops at the first difference.
	const inOrder = "SELECT set_config('enable_hashjoin', 'off', true) || set_config('enable_sort', 'off', true)"
	var set string
	err = q.GetContext(ctx, &set, inOrder)
	if err == nil {
		difference, err = differParked(ctx, q, p, schema)
	}
	for _, t := range p.Tables {
		if difference != "" || err != nil {
			break
		}
		if t.Derived {
			continue // what it shows was compared
		}
		difference, err = t.differ(ctx, q, p.Schema(), schema)
	}
	if err != nil {
		return "", fmt.Errorf("projections: compare %s with %s: %w", p.Name, schema, err)
	}
	return difference, nil
}

// shownRow is how many characters of a differing row are shown.
const shownRow = 600

// differ finds the first row, in the order of the keys, that is not byte for byte the same in a live table and in the one of a replay.
func (t Table) differ(ctx context.Context, q Querier, live, replay string) (string, error) {
	key, err := primaryKey(ctx, q, quoted(replay, t.Name))
	if err != nil {
		return "", err
	}
	held, err := primaryKey(ctx, q, quoted(live, t.Name))
	if err != nil {
		return "", err
	}
	if !slices.Equal(key, held) {
		return fmt.Sprintf("table %s is not there or has lost its primary key (%s)", t.Name, strings.Join(key, ", ")), nil
	}
	conditions := make([]string, len(key))
	for i, column := range key {
		conditions[i] = fmt.Sprintf("live.%[1]s = fresh.%[1]s", pq.QuoteIdentifier(column))
	}
	position := "coalesce(live.position, fresh.position)"
	if t.OfSeason {
		position = "coalesce((SELECT max(position) FROM " + quoted(replay, "ranking") + " AS r WHERE r.season = coalesce(live.season, fresh.season)), 0)"
	}
	query := fmt.Sprintf(`
		SELECT %[5]s AS position,
			coalesce(left(row_to_json(live)::text, %[1]d), '') AS live, coalesce(left(row_to_json(fresh)::text, %[1]d), '') AS fresh
		FROM %[2]s AS live
		FULL JOIN %[3]s AS fresh ON %[4]s
		WHERE (live OPERATOR(pg_catalog.*=) fresh) IS NOT TRUE
		LIMIT 1`, shownRow, quoted(live, t.Name), quoted(replay, t.Name), strings.Join(conditions, " AND "), position)
	var found struct {
		Position    domain.Position
		Live, Fresh string
	}
	err = q.GetContext(ctx, &found, query)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("table %s: %w", t.Name, err)
	case found.Live == "":
		return fmt.Sprintf("table %s lacks a row that follows from the log, position %d: %s", t.Name, found.Position, found.Fresh), nil
	case found.Fresh == "":
		return fmt.Sprintf("table %s has a row that does not follow from the log, position %d: %s", t.Name, found.Position, found.Live), nil
	}
	return fmt.Sprintf("table %s has a row that does not follow from the log, position %d: %s; from the log follows %s", t.Name, found.Position, found.Live, found.Fresh), nil
}

// primaryKey lists the columns of a table's primary key, none where there is no such table.
func primaryKey(ctx context.Context, q Querier, table string) (columns []string, err error) {
	const query = `
		SELECT attname
		FROM pg_index
		CROSS JOIN LATERAL unnest(indkey) WITH ORDINALITY AS key (attnum, place)
		JOIN pg_attribute ON attrelid = indrelid AND pg_attribute.attnum = key.attnum
		WHERE indrelid = to_regclass($1) AND indisprimary AND indisvalid
		ORDER BY place`
	return columns, q.SelectContext(ctx, &columns, query, table)
}

// differParked names the first event that only one of two replays of a projection has parked.
func differParked(ctx context.Context, q Querier, p Projection, schema string) (string, error) {
	for _, side := range []struct{ has, lacks, says string }{
		{p.Schema(), schema, "the event at position %d is parked, and a fresh replay takes it; take it again: thidua parked retry"},
		{schema, p.Schema(), "the event at position %d is not parked, and a fresh replay can't take it"},
	} {
		const query = `
			SELECT position FROM frame.parked WHERE schema = $1
			EXCEPT SELECT position FROM frame.parked WHERE schema = $2
			ORDER BY position LIMIT 1`
		var position domain.Position
		err := q.GetContext(ctx, &position, query, side.has, side.lacks)
		if err == nil {
			return fmt.Sprintf(side.says, position), nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("table parked: %w", err)
		}
	}
	return "", nil
}
