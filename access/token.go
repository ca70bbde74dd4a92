// Package access keeps who may read the events over HTTP: by tokens in the schema private, of which only the digest is stored.
package access

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// Scope is what may be read with a token.
type Scope string

// The scopes.
const (
	// Log is the events of the sealed log, tile by tile: for inspectors.
	Log Scope = "log"
	// Events is the feed of events: for whoever builds on them.
	Events Scope = "events"
)

// Scopes lists all of them.
func Scopes() []Scope { return []Scope{Events, Log} }

// Token is a token without what makes it one.
type Token struct {
	Name    string     `db:"name" json:"name"` // of the body or system that has it
	Scope   Scope      `db:"scope" json:"scope"`
	Made    time.Time  `db:"made_at" json:"made"`
	Expires *time.Time `db:"expires_at" json:"expires"` // nil for never
}

// Add stores a token under its digest. The secret must have so much chance in it that its digest tells nothing: 128 bits. The error is of kind
// ErrConflict where the name has a token already.
func Add(ctx context.Context, db *sqlx.DB, t Token, secret string) error {
	const query = `
		INSERT INTO private.token (name, scope, sha256, made_at, expires_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO NOTHING`
	done, err := db.ExecContext(ctx, query, t.Name, t.Scope, digest(secret), t.Made, t.Expires)
	if err != nil {
		return fmt.Errorf("access: add %s: %w", t.Name, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("access: %s has a token: %w", t.Name, domain.ErrConflict))
	}
	return nil
}

// List returns the tokens of a scope, or of all where it is "", by name, also those that are past their time.
func List(ctx context.Context, db *sqlx.DB, scope Scope) ([]Token, error) {
	const query = `
		SELECT name, scope, made_at, expires_at
		FROM private.token
		WHERE $1 IN ('', scope)
		ORDER BY name`
	all := []Token{}
	if err := db.SelectContext(ctx, &all, query, scope); err != nil {
		return nil, fmt.Errorf("access: list: %w", err)
	}
	return all, nil
}

// Revoke takes a token of a scope, or of any where it is "", back by its name. The error is of kind ErrNotFound where there is none.
func Revoke(ctx context.Context, db *sqlx.DB, name string, scope Scope) error {
	done, err := db.ExecContext(ctx, "DELETE FROM private.token WHERE name = $1 AND $2 IN ('', scope)", name, scope)
	if err != nil {
		return fmt.Errorf("access: revoke %s: %w", name, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("access: %s: %w", name, domain.ErrNotFound))
	}
	return nil
}

// Holder returns the name of who has a token, if it is of the scope and its time is not over. The error is of kind ErrNotFound where it is not; whether there
// is such a token at all it does not say. It is looked up by its digest: how long that takes tells of digests, and from these no token can be found.
func Holder(ctx context.Context, db *sqlx.DB, secret string, scope Scope, now time.Time) (name string, err error) {
	const query = `
		SELECT name
		FROM private.token
		WHERE sha256 = $1 AND scope = $2 AND (expires_at IS NULL OR expires_at > $3)`
	err = db.GetContext(ctx, &name, query, digest(secret), scope, now)
	if errors.Is(err, sql.ErrNoRows) {
		err = domain.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("access: token: %w", err)
	}
	return name, nil
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
