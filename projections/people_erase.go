package projections

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"thidua/domain"
)

// erasures are what the events of a batch erase.
type erasures struct {
	digests   []string
	positions []int64
}

func (e *erasures) add(digests []string, position domain.Position) {
	for _, d := range digests {
		e.digests, e.positions = append(e.digests, d), append(e.positions, int64(position))
	}
}

// eraseTexts keeps what is erased, and empties of the texts in question those that stand on the log before an event that erases them, however batches
// are cut. A text that was parked is added behind that event, so what was just added is in question too.
func eraseTexts(ctx context.Context, tx *Tx, erased erasures, added []string) error {
	const keep = "INSERT INTO erasure (digest, position) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING"
	if len(erased.digests) > 0 {
		if _, err := tx.ExecContext(ctx, keep, pq.Array(erased.digests), pq.Array(erased.positions)); err != nil {
			return fmt.Errorf("table erasure: %w", err)
		}
	}
	var some bool
	if err := tx.GetContext(ctx, &some, "SELECT EXISTS (SELECT FROM erasure)"); err != nil || !some {
		return err
	}
	const empty = `
		UPDATE text SET text = NULL, erased = first.position
		FROM (
			SELECT digest, min(erasure.position) AS position
			FROM text
			JOIN erasure USING (digest)
			WHERE digest = ANY ($1) AND erasure.position > text.position
			GROUP BY digest
		) AS first
		WHERE text.digest = first.digest AND text.erased IS DISTINCT FROM first.position`
	if _, err := tx.ExecContext(ctx, empty, pq.Array(slices.Concat(erased.digests, added))); err != nil {
		return fmt.Errorf("table text: %w", err)
	}
	return nil
}

// undo takes back what erasures did at positions that no longer count: their texts, whichever streams these stand in, are there again, unless another
// erasure of them is kept, or the store has them no more.
func (a peopleApplier) undo(ctx context.Context, tx *Tx, positions []int64) error {
	const restore = `
		WITH gone AS (DELETE FROM erasure WHERE position = ANY ($1) RETURNING digest, position)
		UPDATE text SET erased = NULL
		FROM gone
		WHERE text.digest = gone.digest AND text.erased = gone.position
		RETURNING text.digest`
	var digests []string
	if err := tx.SelectContext(ctx, &digests, restore, pq.Array(positions)); err != nil {
		return fmt.Errorf("table text: %w", err)
	}
	if len(digests) == 0 {
		return nil
	}
	// The table is written to by now: who erases waits, as where texts are added.
	disclosed, err := a.disclosures.Disclose(ctx, digests)
	if err != nil {
		return fmt.Errorf("disclosures: %w", &sourceError{err})
	}
	var texts []string
	digests = slices.DeleteFunc(digests, func(d string) bool { _, ok := disclosed[d]; return !ok })
	for _, d := range digests {
		texts = append(texts, disclosed[d])
	}
	const fill = "UPDATE text SET text = given.text FROM unnest($1::text[], $2::text[]) AS given (digest, text) WHERE text.digest = given.digest"
	if _, err := tx.ExecContext(ctx, fill, pq.Array(digests), pq.Array(texts)); err != nil {
		return fmt.Errorf("table text: %w", err)
	}
	return eraseTexts(ctx, tx, erasures{}, digests)
}
