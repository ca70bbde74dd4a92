package projections

import (
	"context"
	_ "embed" // for the tables
	"encoding/json"
	"fmt"

	"thidua/domain"
	"thidua/domain/signing"
)

//go:embed keys.sql
var keysDDL string

//go:embed keys_indexes.sql
var keysIndexes string

const (
	keyColumns          = "position, recordedtime, fingerprint, unit, person, public_key, not_before, not_before_text, not_after, not_after_text"
	confirmationColumns = "position, recordedtime, fingerprint, predecessor, minutes_sd, evidence, confirmed_by, confirmed_at, confirmed_at_text"
	revocationColumns   = "position, recordedtime, fingerprint, revoked_from, revoked_from_text, revoked_by, reason_sd"
	signatureColumns    = "position, recordedtime, season, signed_position, statement_sha256, signer, role_sd, signed_at, signed_at_text, form, fingerprint, evidence"
)

// keys keeps the register of keys, and every signature.
func keys() Projection {
	return Projection{
		Name: "keys", Version: 1, DDL: keysDDL, Indexes: keysIndexes,
		Tables: []Table{
			{Name: "key", Columns: keyColumns, View: "key_v1"},
			{Name: "key_confirmation", Columns: confirmationColumns, View: "key_confirmation_v1"},
			{Name: "key_revocation", Columns: revocationColumns, View: "key_revocation_v1"},
			{Name: "signature", Columns: signatureColumns, View: "signature_v1"},
		},
		New: func() Applier { return keysApplier{} },
	}
}

type keysApplier struct{}

// Apply adds a row for each event.
func (keysApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	registered := &rows{table: "key", columns: keyColumns}
	confirmed := &rows{table: "key_confirmation", columns: confirmationColumns}
	revoked := &rows{table: "key_revocation", columns: revocationColumns}
	signed := &rows{table: "signature", columns: signatureColumns}
	for _, r := range events {
		position, fingerprint := int64(r.Position), signing.IDOf(r.Stream.Key)
		switch e := r.Event.(type) {
		case nil:
			return unknown(r)
		case *domain.KeyRegistered:
			registered.add(position, r.RecordedTime, fingerprint, e.Unit, e.Person, e.Key, instant(e.NotBefore), text(e.NotBefore.String()),
				instant(e.NotAfter), text(e.NotAfter.String()))
		case *domain.KeyConfirmed:
			confirmed.add(position, r.RecordedTime, fingerprint, text(e.Predecessor), digest(e.Minutes), files(e.Evidence), e.By, instant(r.Time), text(r.Time.String()))
		case *domain.KeyRevoked:
			revoked.add(position, r.RecordedTime, fingerprint, instant(e.From), text(e.From.String()), e.By, digest(e.Reason))
		case *domain.PledgeSigned:
			form, key := formOf(e.Signature)
			signed.add(position, r.RecordedTime, r.Stream.Season, position, nil, e.Signer, digest(e.Role), instant(r.Time), text(r.Time.String()), form, text(key), "[]")
		case *domain.SignatureAdded:
			form, key := "cms", ""
			if e.Signature != "" {
				form, key = formOf(e.Signature)
			}
			signed.add(position, r.RecordedTime, r.Stream.Season, int64(e.Position), e.StatementSHA256, e.Signer, digest(e.Role), instant(r.Time), text(r.Time.String()),
				form, text(key), files(e.Evidence))
		}
	}
	return copyAll(ctx, tx, registered, confirmed, revoked, signed)
}

// formOf is the form of a signature, and the key that it names.
func formOf(signature string) (form, fingerprint string) {
	if s, err := signing.Parse(signature); err == nil {
		fingerprint = s.KeyID
	}
	return domain.FormOf(signature), fingerprint
}

// files writes files of evidence as a JSON array.
func files(evidence []domain.Evidence) string {
	document, err := json.Marshal(evidence)
	if err != nil || len(evidence) == 0 {
		return "[]"
	}
	return string(document)
}

// How a key is confirmed, by the record's word.
const (
	ConfirmedByKey     = "key"
	ConfirmedByMinutes = "minutes"
)

// Key is a registered key.
type Key struct {
	Fingerprint string          `db:"fingerprint" json:"fingerprint"`
	Unit        string          `db:"unit" json:"unit"`
	Person      string          `db:"person" json:"person"`
	Public      string          `db:"public_key" json:"public_key"`
	NotBefore   string          `db:"not_before_text" json:"not_before"`
	NotAfter    string          `db:"not_after_text" json:"not_after"`
	Confirmed   string          `db:"confirmed" json:"confirmed"` // ConfirmedByKey, ConfirmedByMinutes, or "" where it is not
	RevokedFrom *string         `db:"revoked_from_text" json:"revoked_from"`
	Position    domain.Position `db:"position" json:"position"`
}

// Keys lists the keys of a unit, or of all where none is named, in the order of the log.
func Keys(ctx context.Context, db Querier, unit string) ([]Key, error) {
	const query = `
		SELECT fingerprint, unit, person, public_key, coalesce(not_before_text, '') AS not_before_text, coalesce(not_after_text, '') AS not_after_text,
			coalesce((
				SELECT min(CASE WHEN predecessor IS NULL THEN 'minutes' ELSE 'key' END)
				FROM read.key_confirmation_v1 AS c WHERE c.fingerprint = k.fingerprint
			), '') AS confirmed,
			(SELECT revoked_from_text FROM read.key_revocation_v1 AS r WHERE r.fingerprint = k.fingerprint ORDER BY revoked_from LIMIT 1) AS revoked_from_text,
			position
		FROM (SELECT DISTINCT ON (fingerprint) * FROM read.key_v1 ORDER BY fingerprint, position) AS k
		WHERE $1 IN ('', unit)
		ORDER BY position`
	var all []Key
	if err := db.SelectContext(ctx, &all, query, unit); err != nil {
		return nil, fmt.Errorf("projections: keys: %w", err)
	}
	return all, nil
}

// SignedForms are in which forms a season's pledges, its final ranking and its decisions are signed: "paper", "dsse", "sshsig", "cms" or "unknown".
type SignedForms struct {
	Pledges map[string]string // of the signature that made a pledge, by unit
	Ranking []string
	Awards  map[domain.Position][]string // by the decision's position
}

// Forms returns in which forms things of a season are signed, as of a position, 0 for now.
func Forms(ctx context.Context, db Querier, season string, upTo domain.Position) (SignedForms, error) {
	const query = `
		SELECT s.form, s.signed_position, s.position = s.signed_position AS own, coalesce(p.unit, '') AS unit, a.position IS NOT NULL AS award
		FROM read.signature_v1 AS s
		LEFT JOIN read.pledge_v1 AS p ON p.season = s.season AND p.signed_position = s.signed_position
		LEFT JOIN read.award_v1 AS a ON a.season = s.season AND a.position = s.signed_position
		WHERE s.season = $1 AND ($2 = 0 OR s.position <= $2)
		ORDER BY s.position`
	var found []struct {
		Form  string          `db:"form"`
		Of    domain.Position `db:"signed_position"`
		Own   bool            `db:"own"`
		Unit  string          `db:"unit"`
		Award bool            `db:"award"`
	}
	forms := SignedForms{Pledges: map[string]string{}, Ranking: []string{}, Awards: map[domain.Position][]string{}}
	if err := db.SelectContext(ctx, &found, query, season, int64(upTo)); err != nil {
		return forms, fmt.Errorf("projections: forms of signatures: %w", err)
	}
	for _, s := range found {
		switch {
		case s.Own:
			forms.Pledges[s.Unit] = s.Form
		case s.Award:
			forms.Awards[s.Of] = append(forms.Awards[s.Of], s.Form)
		case s.Unit == "":
			forms.Ranking = append(forms.Ranking, s.Form)
		}
	}
	return forms, nil
}
