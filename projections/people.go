package projections

import (
	"context"
	_ "embed" // for the tables
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"thidua/domain"
)

//go:embed people.sql
var peopleDDL string

const (
	personColumns = "ref, position, account_sd, name_sd"
	textColumns   = "digest, position, text, erased"
	eraseColumns  = "digest, position"
)

// people keeps what the log doesn't: names, and every other text that can name a person, by digest. It is the only projection with personal
// data, and has no views.
func people(disclosures Disclosures) Projection {
	return Projection{
		Name: "people", Version: 2, DDL: peopleDDL,
		Tables: []Table{{Name: "person", Columns: personColumns}, {Name: "text", Columns: textColumns}, {Name: "erasure", Columns: eraseColumns}},
		New:    func() Applier { return peopleApplier{disclosures} },
		undo:   peopleApplier{disclosures}.undo,
	}
}

type peopleApplier struct{ disclosures Disclosures }

// Apply adds a row for each person and each text, and empties those that are erased.
func (a peopleApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	persons := &rows{table: "person", columns: personColumns}
	var texts textRows
	var erased erasures
	for _, r := range events {
		switch e := r.Event.(type) {
		case nil:
			return unknown(r)
		case *domain.PersonRegistered:
			persons.add(r.Stream.Key, int64(r.Position), digest(e.Account), digest(e.Name))
		case *domain.DisclosureErased:
			erased.add(e.Disclosures, r.Position)
		}
		for _, d := range Disclosables(r.Event) {
			texts.add(d.Digest, r.Position)
		}
	}
	if err := copyAll(ctx, tx, persons); err != nil {
		return err
	}
	if err := texts.write(ctx, tx, a.disclosures); err != nil {
		return err
	}
	return eraseTexts(ctx, tx, erased, texts.digests)
}

// textRows are the digests of one batch, each once, where it stands first.
type textRows struct {
	digests   []string
	positions []int64
	seen      map[string]bool
}

func (t *textRows) add(digest string, position domain.Position) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if t.seen[digest] {
		return
	}
	t.seen[digest] = true
	t.digests, t.positions = append(t.digests, digest), append(t.positions, int64(position))
}

func (t *textRows) write(ctx context.Context, tx *Tx, disclosures Disclosures) error {
	if len(t.digests) == 0 {
		return nil
	}
	// Who erases takes the table for himself when the store is empty: so what is read from here on is written before that, or is not there to be read.
	if _, err := tx.ExecContext(ctx, "LOCK TABLE text IN ROW EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("table text: %w", err)
	}
	disclosed, err := disclosures.Disclose(ctx, t.digests)
	if err != nil {
		return fmt.Errorf("disclosures: %w", &sourceError{err})
	}
	err = inSavepoint(ctx, tx, func() error { return t.copy(ctx, tx, disclosed) })
	if _, stands := errors.AsType[*poison](err); stands {
		return t.merge(ctx, tx, disclosed)
	}
	return err
}

// copy adds the texts as if none of the digests stood in the table, as it is where each text has a salt of its own and an event is not taken
// again. Where one does, it fails with a poison, and merge can do what takes three times as long.
func (t *textRows) copy(ctx context.Context, tx *Tx, disclosed map[string]string) error {
	fresh := &rows{table: "text", columns: "digest, position, text"}
	for i, d := range t.digests {
		fresh.word(d).number(t.positions[i])
		if text, ok := disclosed[d]; ok {
			fresh.word(text).end()
		} else {
			fresh.null().end()
		}
	}
	err := copyAll(ctx, tx, fresh)
	if answer, ok := errors.AsType[*pq.Error](err); ok && answer.Code == pqerror.UniqueViolation {
		return &poison{err}
	}
	return err
}

func (t *textRows) merge(ctx context.Context, tx *Tx, disclosed map[string]string) error {
	texts := make([]*string, len(t.digests))
	for i, d := range t.digests {
		if text, ok := disclosed[d]; ok {
			texts[i] = &text
		}
	}
	const insert = `
		INSERT INTO text (digest, position, text)
		SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
		ON CONFLICT (digest) DO UPDATE SET position = excluded.position
		WHERE excluded.position < text.position`
	if _, err := tx.ExecContext(ctx, insert, pq.Array(t.digests), pq.Array(t.positions), pq.Array(texts)); err != nil {
		return fmt.Errorf("table text: %w", err)
	}
	return nil
}

// Disclosables lists the disclosable texts of an event, those that are given.
func Disclosables(e domain.Event) []*domain.Disclosable {
	switch e := e.(type) {
	case *domain.PersonRegistered:
		return given(e.Account, e.Name)
	case *domain.PledgeSigned:
		return given(e.Role)
	case *domain.IndicatorReported:
		return append(given(e.Reason, e.Note), names(e.Evidence)...)
	case *domain.IndicatorCorrected:
		return Disclosables((*domain.IndicatorReported)(e))
	case *domain.IndicatorVerified:
		return given(e.Finding)
	case *domain.DeadlineExtended:
		return given(e.Reason, e.Document)
	case *domain.PointsAdjusted:
		return given(e.Reason)
	case *domain.HoldPlaced:
		return given(e.Reason, e.Document)
	case *domain.HoldLifted:
		return given(e.Reason)
	case *domain.AwardGranted:
		return given(e.Competence)
	case *domain.EventDiscarded:
		return given(e.Reason)
	case *domain.LogGap:
		return given(e.Reason)
	case *domain.ErasureProposed:
		return given(e.Basis)
	case *domain.DisclosureErased:
		return given(e.Basis)
	case *domain.KeyConfirmed:
		return append(given(e.Minutes), names(e.Evidence)...)
	case *domain.KeyRevoked:
		return given(e.Reason)
	case *domain.SignatureAdded:
		return append(given(e.Role), names(e.Evidence)...)
	}
	return nil
}

func names(files []domain.Evidence) (names []*domain.Disclosable) {
	for _, file := range files {
		names = append(names, given(file.Name)...)
	}
	return names
}

func given(texts ...*domain.Disclosable) []*domain.Disclosable {
	kept := texts[:0]
	for _, d := range texts {
		if d != nil {
			kept = append(kept, d)
		}
	}
	return kept
}

// Person is who is behind a ref. What was erased is "", and Erased says where on the log; 0 for nothing.
type Person struct {
	Ref     string          `db:"ref"`
	Account string          `db:"account"`
	Name    string          `db:"name"`
	Erased  domain.Position `db:"erased"`
}

// People returns the persons behind refs. A ref that is not known is absent.
func People(ctx context.Context, db Querier, refs []string) (map[string]Person, error) {
	schema := people(nil).Schema()
	query := `
		SELECT ref, coalesce(account.text, '') AS account, coalesce(name.text, '') AS name, coalesce(account.erased, name.erased, 0) AS erased
		FROM ` + schema + `.person
		LEFT JOIN ` + schema + `.text AS account ON account.digest = account_sd
		LEFT JOIN ` + schema + `.text AS name ON name.digest = name_sd
		WHERE ref = ANY ($1)`
	var persons []Person
	if err := db.SelectContext(ctx, &persons, query, pq.Array(refs)); err != nil {
		return nil, fmt.Errorf("projections: people: %w", err)
	}
	known := make(map[string]Person, len(persons))
	for _, p := range persons {
		known[p.Ref] = p
	}
	return known, nil
}

// textLine is a row of the table text.
type textLine struct {
	Digest string          `db:"digest"`
	Text   string          `db:"text"`
	Erased domain.Position `db:"erased"`
}

// Texts returns the texts behind digests. One that was erased, or that is not known, is absent.
func Texts(ctx context.Context, db Querier, digests []string) (map[string]string, error) {
	lines, err := textLines(ctx, db, digests, "text IS NOT NULL")
	texts := make(map[string]string, len(lines))
	for _, l := range lines {
		texts[l.Digest] = l.Text
	}
	return texts, err
}

// ErasedTexts tells which of digests were erased, and at which position of the log.
func ErasedTexts(ctx context.Context, db Querier, digests []string) (map[string]domain.Position, error) {
	lines, err := textLines(ctx, db, digests, "erased IS NOT NULL")
	erased := make(map[string]domain.Position, len(lines))
	for _, l := range lines {
		erased[l.Digest] = l.Erased
	}
	return erased, err
}

func textLines(ctx context.Context, db Querier, digests []string, condition string) (lines []textLine, err error) {
	query := "SELECT digest, coalesce(text, '') AS text, coalesce(erased, 0) AS erased FROM " + people(nil).Schema() + ".text WHERE digest = ANY ($1) AND " + condition
	if err := db.SelectContext(ctx, &lines, query, pq.Array(digests)); err != nil {
		return nil, fmt.Errorf("projections: texts: %w", err)
	}
	return lines, nil
}
