// Package analytics owns the schema that analysts read: versioned views over the views of the projections, the role that may read them and nothing
// else, and what of a sensitive criterion they leave out.
//
// It is no projection: it has no table that is made from the log. Its views stand on those in the schema read, which stay the same ones when a projection's
// tables are swapped, so they show whatever these show.
package analytics

import (
	"context"
	"crypto/sha256"
	_ "embed" // for the views
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

//go:embed rules.sql
var rulesSQL string

//go:embed facts.sql
var factsSQL string

//go:embed dims.sql
var dimsSQL string

// ErrNotYet says that the read models which the views stand on are not there yet: the workers make them at their first start.
var ErrNotYet = errors.New("the read models are not there yet")

// Views lists the views of this version, the facts first.
func Views() []string {
	return []string{
		"fact_value_v1", "fact_score_v1", "fact_standing_v1", "fact_award_v1",
		"dim_unit_v1", "dim_criterion_v1", "dim_period_v1", "dim_season_v1", "position_v1",
	}
}

// needed are the views of the projections that ours stand on.
const needed = `
	SELECT count(to_regclass('read.' || name)) = count(*)
		AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('read.season_v1') AND attname = 'imported')
	FROM unnest(ARRAY['audit_v1', 'award_definition_v1', 'award_v1', 'ballot_v1', 'criterion_v1', 'member_v1', 'period_v1', 'ranking_v1', 'ruleset_v1',
		'season_v1', 'standing_item_v1', 'standing_v1', 'target_v1', 'unit_v1', 'value_v1', 'verification_v1']) AS name`

// lockKey is the advisory lock of who installs: "analytic" in ASCII.
const lockKey = 0x616e616c79746963

// Install makes the views where they are not those of this program. Any number of processes may install at once; where nothing is to be done it costs
// one round trip. It fails with ErrNotYet where a projection was never installed, or is being built in a version that the views need, and with what is
// projections.Passing where a reader does not let go of a view.
func Install(ctx context.Context, db *sqlx.DB) error {
	current, err := installed(ctx, db)
	if err == nil && !current {
		err = install(ctx, db)
	}
	if err != nil {
		return fmt.Errorf("analytics: install: %w", err)
	}
	return nil
}

type querier interface {
	GetContext(ctx context.Context, dest any, query string, args ...any) error
}

// installed reports whether the views are those of this program.
func installed(ctx context.Context, q querier) (is bool, err error) {
	err = q.GetContext(ctx, &is, "SELECT EXISTS (SELECT FROM frame.analytics WHERE definition_sha256 = $1)", digest())
	return is, err
}

func install(ctx context.Context, db *sqlx.DB) error {
	return exclusively(ctx, db, func(tx *sqlx.Tx) error {
		if done, err := installed(ctx, tx); err != nil || done {
			return err
		}
		var there bool
		if err := tx.GetContext(ctx, &there, needed); err != nil {
			return err
		}
		if !there {
			return ErrNotYet
		}
		const note = `
			INSERT INTO frame.analytics (definition_sha256) VALUES ('%s')
			ON CONFLICT (only_row) DO UPDATE SET definition_sha256 = excluded.definition_sha256;`
		_, err := tx.ExecContext(ctx, brieflySQL+rulesSQL+factsSQL+dimsSQL+grantSQL+fmt.Sprintf(note, digest()))
		return err
	})
}

// brieflySQL bounds the wait for readers, who queue behind who waits for them. It is shorter than the server takes to find out that two wait for each other:
// else it could be the reader whom it ends.
const brieflySQL = "SET LOCAL lock_timeout = '500ms';"

// grantSQL lets Role read views that are new, where there is one.
const grantSQL = `
	DO $$
	BEGIN
		IF to_regrole('thidua_analyst') IS NOT NULL THEN
			GRANT USAGE ON SCHEMA analytics TO thidua_analyst;
			GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO thidua_analyst;
		END IF;
	END
	$$;`

// digest is the SHA-256 in hex of what defines the views.
func digest() string {
	sum := sha256.Sum256([]byte(rulesSQL + factsSQL + dimsSQL))
	return hex.EncodeToString(sum[:])
}
