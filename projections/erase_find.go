package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
			FROM (
				SELECT position, evidence FROM read.value_v1
				UNION ALL SELECT position, evidence FROM read.signature_v1
				UNION ALL SELECT position, evidence FROM read.key_confirmation_v1
			) AS naming, jsonb_array_elements(evidence) AS f
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

// AbsentText is a text that is not disclosed although no event erased it.
type AbsentText struct {
	Digest   string          `db:"digest"`
	Position domain.Position `db:"position"` // of the first event that it stands in
}

// AbsentTexts lists the first of such texts of a generation of people, in the order of the log.
func AbsentTexts(ctx context.Context, db Querier, people Projection, g Generation) (absent []AbsentText, err error) {
	query := "SELECT digest, position FROM " + quoted(people.Beside(g), "text") + " WHERE text IS NULL AND erased IS NULL ORDER BY position, digest LIMIT 10000"
	if err := db.SelectContext(ctx, &absent, query); err != nil {
		return nil, fmt.Errorf("projections: absent texts: %w", err)
	}
	return absent, nil
}

// EvidenceIn lists the files of evidence that the tables of a generation name, each once, with the digest of one of its names, in the order of the log.
func EvidenceIn(ctx context.Context, db Querier, all []Projection, g Generation) (files []EvidenceName, err error) {
	var naming []string
	for _, p := range all {
		for _, t := range p.Tables {
			if !t.Derived && slices.Contains(strings.Split(t.Columns, ", "), "evidence") {
				naming = append(naming, "SELECT position, evidence FROM "+quoted(p.Beside(g), t.Name))
			}
		}
	}
	if len(naming) == 0 {
		return nil, nil
	}
	query := `
		SELECT * FROM (
			SELECT DISTINCT ON (f ->> 'sha256') position, f ->> 'sha256' AS sha256, (f ->> 'size')::bigint AS size, coalesce(f #>> '{name,sd}', '') AS digest, '' AS name
			FROM (` + strings.Join(naming, " UNION ALL ") + `) AS naming, jsonb_array_elements(evidence) AS f
			ORDER BY f ->> 'sha256', position
		) AS file
		ORDER BY position, sha256`
	if err := db.SelectContext(ctx, &files, query); err != nil {
		return nil, fmt.Errorf("projections: evidence: %w", err)
	}
	return files, nil
}
