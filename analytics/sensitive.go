package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Sensitive is a criterion whose small numbers could point at single persons.
type Sensitive struct {
	Season    string    `db:"season" json:"season"`
	Criterion string    `db:"criterion" json:"criterion"`
	MarkedAt  time.Time `db:"marked_at" json:"marked_at"` // by the database's clock
}

// Mark marks a criterion of a season as sensitive, at once for every reader. One that is marked already stays so. It fails with domain.ErrNotFound where
// the season has no such criterion.
func Mark(ctx context.Context, db *sqlx.DB, season, criterion string) error {
	const mark = `
		WITH known AS (
			SELECT season, criterion FROM read.criterion_v1 WHERE season = $1 AND criterion = $2
		), marked AS (
			INSERT INTO private.sensitive_criterion (season, criterion) SELECT season, criterion FROM known ON CONFLICT DO NOTHING
		)
		SELECT count(*) FROM known`
	return changed(ctx, db, "mark", mark, season, criterion)
}

// Unmark takes a mark back. It fails with domain.ErrNotFound where there is none.
func Unmark(ctx context.Context, db *sqlx.DB, season, criterion string) error {
	const unmark = `
		WITH gone AS (DELETE FROM private.sensitive_criterion WHERE season = $1 AND criterion = $2 RETURNING season)
		SELECT count(*) FROM gone`
	return changed(ctx, db, "unmark", unmark, season, criterion)
}

func changed(ctx context.Context, db *sqlx.DB, what, query, season, criterion string) error {
	var n int
	err := db.GetContext(ctx, &n, query, season, criterion)
	if err == nil && n == 0 {
		err = domain.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("analytics: %s %s %s: %w", what, season, criterion, err)
	}
	return nil
}

// Marked lists the sensitive criteria by season and criterion.
func Marked(ctx context.Context, db *sqlx.DB) ([]Sensitive, error) {
	all := []Sensitive{}
	const query = "SELECT season, criterion, marked_at FROM private.sensitive_criterion ORDER BY season, criterion"
	if err := db.SelectContext(ctx, &all, query); err != nil {
		return nil, fmt.Errorf("analytics: sensitive criteria: %w", err)
	}
	return all, nil
}
