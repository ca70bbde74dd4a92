package projections

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// EvidenceName is a name under which an event names a file of evidence.
type EvidenceName struct {
	SHA256   string          `db:"sha256"`
	Size     int64           `db:"size"`
	Digest   string          `db:"digest"` // of the name
	Name     string          `db:"name"`   // "" where it was erased
	Position domain.Position `db:"position"`
}

// EvidenceNames lists the names of files of evidence, in the order of the log: of all files that have one of the names, or one of the digests, asked for.
func EvidenceNames(ctx context.Context, db Querier, asked []string) (names []EvidenceName, err error) {
	query := `
		WITH file AS (
			SELECT position, f ->> 'sha256' AS sha256, (f ->> 'size')::bigint AS size, f #>> '{name,sd}' AS digest
			FROM read.value_v1, jsonb_array_elements(evidence) AS f
		), named AS (
			SELECT file.position, sha256, size, file.digest, coalesce(text, '') AS name
			FROM file
			JOIN ` + people(nil).Schema() + `.text AS text ON text.digest = file.digest
		)
		SELECT position, sha256, size, digest, name
		FROM named
		WHERE sha256 IN (SELECT sha256 FROM named WHERE sha256 = ANY ($1) OR name = ANY ($1))
		ORDER BY position, digest`
	if err := db.SelectContext(ctx, &names, query, pq.Array(asked)); err != nil {
		return nil, fmt.Errorf("projections: names of evidence: %w", err)
	}
	return names, nil
}

// Standing tells where on the log digests stand first; one that does not stand there is absent.
func Standing(ctx context.Context, db Querier, digests []string) (map[string]domain.Position, error) {
	var lines []struct {
		Digest   string          `db:"digest"`
		Position domain.Position `db:"position"`
	}
	query := "SELECT digest, position FROM " + people(nil).Schema() + ".text WHERE digest = ANY ($1)"
	if err := db.SelectContext(ctx, &lines, query, pq.Array(digests)); err != nil {
		return nil, fmt.Errorf("projections: where texts stand: %w", err)
	}
	standing := make(map[string]domain.Position, len(lines))
	for _, l := range lines {
		standing[l.Digest] = l.Position
	}
	return standing, nil
}

// MissingText is the first text of a generation of people, in the order of the log, that is not disclosed although no event erased it; "" for none.
func MissingText(ctx context.Context, db *sqlx.DB, p Projection, g Generation) (digest string, position domain.Position, err error) {
	var lines []textLine
	query := "SELECT digest, '' AS text, position AS erased FROM " + quoted(p.Beside(g), "text") + " WHERE text IS NULL AND erased IS NULL ORDER BY position, digest LIMIT 1"
	if err := db.SelectContext(ctx, &lines, query); err != nil {
		return "", 0, fmt.Errorf("projections: missing texts: %w", err)
	}
	for _, l := range lines {
		return l.Digest, l.Erased, nil
	}
	return "", 0, nil
}
