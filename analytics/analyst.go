package analytics

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// What an analyst's session begins with. All but the number of connections and the size of temporary files are defaults that the analyst may set otherwise;
// EndOverdue holds long transactions down whatever they are set to.
const (
	connectionLimit = 5
	sessionDefaults = `
		ALTER ROLE %[1]s SET default_transaction_read_only = on;
		ALTER ROLE %[1]s SET statement_timeout = '5min';
		ALTER ROLE %[1]s SET idle_in_transaction_session_timeout = '1min';
		ALTER ROLE %[1]s SET idle_session_timeout = '1h';
		ALTER ROLE %[1]s SET lock_timeout = '5s';
		ALTER ROLE %[1]s SET work_mem = '16MB';
		ALTER ROLE %[1]s SET search_path = analytics;`
	// spillLimit only a superuser can set, and the analyst can't change it.
	spillLimit = `ALTER ROLE %[1]s SET temp_file_limit = '1GB';`
)

// Analyst is a role that logs in to read the views.
type Analyst struct {
	Name     string `db:"name" json:"name"`
	Sessions int    `db:"sessions" json:"sessions"` // that are open now
}

// ErrNoRight says that the program's role of the database may not make roles. Who may can run Rights.
var ErrNoRight = errors.New("the role of the database that the program uses may not make roles")

// ValidName reports whether an analyst can have a name: it is one of a role and needs no quotes anywhere.
func ValidName(name string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`).MatchString(name) && !regexp.MustCompile(`^(pg_|thidua)|^(public|none)$`).MatchString(name)
}

// Add makes an analyst with a new password, drawn from random, and returns the password: it stands nowhere else, in the database only what checks it
// (RFC 5803). It fails with domain.ErrConflict where there is a role of that name, and with ErrNoRight.
func Add(ctx context.Context, db *sqlx.DB, name string, random io.Reader) (password string, err error) {
	secret := make([]byte, 24+saltSize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return "", fmt.Errorf("analytics: password: %w", err)
	}
	password = base64.RawURLEncoding.EncodeToString(secret[saltSize:])
	verifier, err := scram(password, secret[:saltSize])
	if err != nil {
		return "", fmt.Errorf("analytics: password: %w", err)
	}
	var super bool
	if err := db.GetContext(ctx, &super, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"); err != nil {
		return "", fmt.Errorf("analytics: add %s: %w", name, err)
	}
	defaults := sessionDefaults
	if super {
		defaults += spillLimit
	}
	err = exclusively(ctx, db, func(tx *sqlx.Tx) error {
		const create = "CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT %d PASSWORD %s IN ROLE %s;"
		_, err := tx.ExecContext(ctx, fmt.Sprintf(create, ident(name), connectionLimit, pq.QuoteLiteral(verifier), ident(Role))+fmt.Sprintf(defaults, ident(name)))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("analytics: add %s: %w", name, ofRoles(err))
	}
	return password, nil
}

// ofRoles gives the errors of making roles their kinds.
func ofRoles(err error) error {
	var refused *pq.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code.Name() {
	case "duplicate_object":
		return fmt.Errorf("there is a role of this name: %w", domain.ErrConflict)
	case "insufficient_privilege":
		return fmt.Errorf("%w: %w", ErrNoRight, err)
	}
	return err
}

const (
	saltSize   = 16
	iterations = 4096 // of PostgreSQL
)

// scram is what checks a password by SCRAM-SHA-256, in the form in which PostgreSQL keeps it (RFC 5802, 3; RFC 5803). So the password itself is in no
// statement, which a server may log.
func scram(password string, salt []byte) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	keyed := func(text string) []byte {
		mac := hmac.New(sha256.New, salted)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(keyed("Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(keyed("Server Key"))), nil
}

const analysts = `
	SELECT rolname AS name, (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid) AS sessions
	FROM pg_auth_members
	JOIN pg_roles ON pg_roles.oid = member
	WHERE roleid = to_regrole($1) AND NOT rolsuper`

// Analysts lists the analysts by name.
func Analysts(ctx context.Context, db *sqlx.DB) ([]Analyst, error) {
	all := []Analyst{}
	if err := db.SelectContext(ctx, &all, analysts+" ORDER BY 1", Role); err != nil {
		return nil, fmt.Errorf("analytics: analysts: %w", err)
	}
	return all, nil
}

// Remove ends an analyst's sessions and removes the role. It fails with domain.ErrNotFound where there is no such analyst, whatever other role has the name.
func Remove(ctx context.Context, db *sqlx.DB, name string) error {
	err := remove(ctx, db, name)
	if err != nil {
		return fmt.Errorf("analytics: remove %s: %w", name, ofRoles(err))
	}
	return nil
}

func remove(ctx context.Context, db *sqlx.DB, name string) error {
	var found []Analyst
	if err := db.SelectContext(ctx, &found, analysts+" AND rolname = $2", Role, name); err != nil {
		return err
	}
	if len(found) == 0 {
		return domain.ErrNotFound
	}
	// First nobody can come in any more, which must be seen by all, then who is in goes out.
	for _, statement := range []string{
		"ALTER ROLE " + ident(name) + " NOLOGIN",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = " + pq.QuoteLiteral(name),
		"DROP ROLE " + ident(name),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// EndOverdue ends the sessions of analysts in the database whose transaction is older than a limit, whatever they have set, and returns how many: one that goes on for
// ever would keep the database from clearing away old rows, and a rebuild from putting its tables in place. Where the program may not, it does nothing.
func EndOverdue(ctx context.Context, db *sqlx.DB, limit time.Duration) (ended int, err error) {
	const end = `
		SELECT count(pg_terminate_backend(pid))
		FROM pg_stat_activity
		JOIN pg_auth_members ON member = usesysid AND roleid = to_regrole($1)
		WHERE datname = current_database() AND xact_start < clock_timestamp() - $2 * interval '1 millisecond' AND pid <> pg_backend_pid()
		AND (pg_has_role(usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))`
	if err := db.GetContext(ctx, &ended, end, Role, limit.Milliseconds()); err != nil {
		return 0, fmt.Errorf("analytics: sessions: %w", err)
	}
	return ended, nil
}
