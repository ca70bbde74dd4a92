package projections

import (
	"context"
	_ "embed" // for the tables
	"encoding/json"
	"fmt"

	"thidua/domain"
)

//go:embed facts.sql
var factsDDL string

//go:embed facts_indexes.sql
var factsIndexes string

const (
	valueColumns = "position, recordedtime, season, unit, period, criterion, version, corrected, value, value_text, denominator, denominator_text, " +
		"submitted_at, submitted_at_text, submitted_by, evidence, reason_sd, note_sd"
	verificationColumns = "position, recordedtime, season, unit, period, criterion, version, value, value_text, denominator, denominator_text, " +
		"verified_at, verified_at_text, inspector, finding_sd"
	adjustmentColumns = "position, recordedtime, season, unit, kind, points, points_text, decided_at, decided_at_text, decided_by, reason_sd"
	extensionColumns  = "position, recordedtime, season, unit, period, deadline, granted_at, granted_at_text, granted_by, reason_sd, document_sd"
)

// facts keeps what a ranking is made of, as it was submitted, verified and decided. Nothing is overwritten, and nothing is judged here.
func facts() Projection {
	return Projection{
		Name: "facts", Version: 1, DDL: factsDDL, Indexes: factsIndexes,
		Tables: []Table{
			{Name: "value", Columns: valueColumns, View: "value_v1"},
			{Name: "verification", Columns: verificationColumns, View: "verification_v1"},
			{Name: "adjustment", Columns: adjustmentColumns, View: "adjustment_v1"},
			{Name: "extension", Columns: extensionColumns, View: "extension_v1"},
		},
		New: func() Applier { return factsApplier{} },
	}
}

type factsApplier struct{}

// Apply adds a row for each fact.
func (factsApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	f := newFactRows()
	for _, r := range events {
		if err := f.add(r); err != nil {
			return err
		}
	}
	return copyAll(ctx, tx, &f.values, &f.verifications, &f.adjustments, &f.extensions)
}

// factRows are the facts of one batch.
type factRows struct{ values, verifications, adjustments, extensions rows }

func newFactRows() *factRows {
	return &factRows{
		values:        rows{table: "value", columns: valueColumns},
		verifications: rows{table: "verification", columns: verificationColumns},
		adjustments:   rows{table: "adjustment", columns: adjustmentColumns},
		extensions:    rows{table: "extension", columns: extensionColumns},
	}
}

func (f *factRows) add(r domain.Recorded) error {
	position, s := int64(r.Position), r.Stream
	switch e := r.Event.(type) {
	case nil:
		return unknown(r)
	case *domain.IndicatorReported:
		return f.addValue(r, e, false)
	case *domain.IndicatorCorrected:
		return f.addValue(r, (*domain.IndicatorReported)(e), true)
	case *domain.IndicatorVerified:
		f.verifications.add(position, r.RecordedTime, s.Season, s.Unit, s.Key, e.Criterion, int64(r.StreamVersion),
			string(e.Value), string(e.Value), text(e.Denominator), text(e.Denominator), instant(r.Time), text(r.Time.String()), e.By, digest(e.Finding))
	case *domain.PointsAdjusted:
		f.adjustments.add(position, r.RecordedTime, s.Season, s.Unit, e.Kind, string(e.Points), string(e.Points),
			instant(r.Time), text(r.Time.String()), e.By, digest(e.Reason))
	case *domain.DeadlineExtended:
		f.extensions.add(position, r.RecordedTime, s.Season, s.Unit, s.Key, string(e.Deadline),
			instant(r.Time), text(r.Time.String()), e.By, digest(e.Reason), digest(e.Document))
	}
	return nil
}

func (f *factRows) addValue(r domain.Recorded, e *domain.IndicatorReported, corrected bool) error {
	evidence := []byte("[]")
	if len(e.Evidence) > 0 {
		var err error
		if evidence, err = json.Marshal(e.Evidence); err != nil {
			return err
		}
	}
	s, value, denominator := r.Stream, string(e.Value), string(e.Denominator)
	f.values.position(r.Position).moment(r.RecordedTime).word(s.Season).word(s.Unit).word(s.Key).word(e.Criterion).number(int64(r.StreamVersion)).truth(corrected).
		word(value).word(value).given(denominator).given(denominator).
		instant(r.Time).given(r.Time.String()).word(e.By).word(string(evidence)).digest(e.Reason).digest(e.Note).end()
	return nil
}

// NamedEvidence returns the SHA-256, in hex, of every file of evidence that an event names.
func NamedEvidence(ctx context.Context, db Querier) (map[string]bool, error) {
	const query = `
		SELECT DISTINCT file ->> 'sha256'
		FROM (
			SELECT evidence FROM read.value_v1
			UNION ALL SELECT evidence FROM read.signature_v1
			UNION ALL SELECT evidence FROM read.key_confirmation_v1
		) AS named, jsonb_array_elements(evidence) AS file`
	var digests []string
	if err := db.SelectContext(ctx, &digests, query); err != nil {
		return nil, fmt.Errorf("projections: named evidence: %w", err)
	}
	named := make(map[string]bool, len(digests))
	for _, digest := range digests {
		named[digest] = true
	}
	return named, nil
}
