package projections

import (
	"context"
	"crypto/sha256"
	_ "embed" // for the tables
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"thidua/domain"
)

//go:embed audit.sql
var auditDDL string

//go:embed audit_indexes.sql
var auditIndexes string

const auditColumns = "position, recordedtime, time, time_at, id, type, subject, season, unit, actor, command_id, payload, sha256"

// auditTrail keeps every event, byte by byte. It never meets an event that it can't take.
func auditTrail() Projection {
	return Projection{
		Name: "audit", Version: 1, DDL: auditDDL, Indexes: auditIndexes,
		Tables: []Table{{Name: "audit", Columns: auditColumns, View: "audit_v1"}},
		New:    func() Applier { return auditApplier{} },

		TakesAll: true,
	}
}

type auditApplier struct{}

// Apply adds a row for each event.
func (auditApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	entries := &rows{table: "audit", columns: auditColumns}
	for _, r := range events {
		sum := sha256.Sum256(r.Payload)
		entries.position(r.Position).moment(r.RecordedTime).given(r.Time.String()).instant(r.Time).word(r.ID).word(r.Type).word(r.Stream.String()).
			given(r.Stream.Season).given(unitOf(r)).word(r.Actor).word(r.CommandID).bytes(r.Payload).hex(sum[:]).end()
	}
	return copyAll(ctx, tx, entries)
}

// unitOf is the unit that an event is about. Ballots and awards are in one stream for all units.
func unitOf(r domain.Recorded) string {
	switch e := r.Event.(type) {
	case *domain.BallotTallied:
		return e.Unit
	case *domain.AwardGranted:
		return e.Unit
	}
	return r.Stream.Unit
}

// AuditFilter chooses entries of the audit trail. What is not given does not restrict.
type AuditFilter struct {
	Season string
	Unit   string
	// Type is a CloudEvents type, or its words, such as "indicator.reported", for all versions.
	Type string
	// Since is the first position that is of interest.
	Since domain.Position
	// Limit is the most entries to give, 0 for all.
	Limit int
}

// AuditEntry is one event of the audit trail.
type AuditEntry struct {
	Position     domain.Position `db:"position"`
	RecordedTime time.Time       `db:"recordedtime"`
	Time         string          `db:"time"` // as written, "" where no paper says when
	ID           string          `db:"id"`
	Type         string          `db:"type"`
	Subject      string          `db:"subject"`
	Season       string          `db:"season"`
	Unit         string          `db:"unit"`
	Actor        string          `db:"actor"`
	CommandID    string          `db:"command_id"`
	Payload      []byte          `db:"payload"`
	SHA256       string          `db:"sha256"` // of the payload, in hex
}

// Audit returns the entries of the audit trail that a filter lets through, oldest first.
func Audit(ctx context.Context, db Querier, f AuditFilter) ([]AuditEntry, error) {
	conditions, args := []string{"position >= $1"}, []any{int64(f.Since)}
	restrict := func(column string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf("%s = ANY ($%d)", column, len(args)))
	}
	if f.Season != "" {
		restrict("season", pq.Array([]string{f.Season}))
	}
	if f.Unit != "" {
		restrict("unit", pq.Array([]string{f.Unit}))
	}
	if f.Type != "" {
		restrict("type", pq.Array(typesOf(f.Type)))
	}
	query := `
		SELECT position, recordedtime, coalesce(time, '') AS time, id, type, subject, coalesce(season, '') AS season, coalesce(unit, '') AS unit,
			actor, command_id, payload, encode(sha256, 'hex') AS sha256
		FROM read.audit_v1
		WHERE ` + strings.Join(conditions, " AND ") + `
		ORDER BY position`
	if f.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	var entries []AuditEntry
	if err := db.SelectContext(ctx, &entries, query, args...); err != nil {
		return nil, fmt.Errorf("projections: audit: %w", err)
	}
	return entries, nil
}

// typesOf lists the types that a name, a type's or its words', stands for.
func typesOf(name string) []string {
	types := []string{name}
	for _, k := range domain.Catalogue() {
		if k.Words == name {
			types = append(types, k.Type())
		}
	}
	return types
}

// PositionAt returns the last position that the log held at a moment, 0 where it was empty. The recorded times never fall along the
// positions, so it is found by halving, without an index of its own.
func PositionAt(ctx context.Context, db Querier, t time.Time) (domain.Position, error) {
	const query = `
		WITH RECURSIVE search (low, high) AS (
			SELECT 0::bigint, coalesce(max(position), 0) FROM read.audit_v1
			UNION ALL
			SELECT
				CASE WHEN entry.recordedtime <= $1 THEN entry.position ELSE low END,
				CASE WHEN entry.recordedtime <= $1 THEN high ELSE middle - 1 END
			FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
			CROSS JOIN LATERAL (
				SELECT position, recordedtime FROM read.audit_v1 WHERE position >= middle ORDER BY position LIMIT 1
			) AS entry
		)
		SELECT low FROM search WHERE low = high`
	var position domain.Position
	if err := db.GetContext(ctx, &position, query, t); err != nil {
		return 0, fmt.Errorf("projections: position at %s: %w", t.Format(time.RFC3339), err)
	}
	return position, nil
}
