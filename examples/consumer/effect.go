package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// tables are the reader's own. The effect of an event is that a number grows, so that having it twice would show.
const tables = `
CREATE SCHEMA IF NOT EXISTS reader;
CREATE TABLE IF NOT EXISTS reader.progress (name text PRIMARY KEY, epoch text NOT NULL, position bigint NOT NULL, digest text NOT NULL);
COMMENT ON TABLE reader.progress IS 'How far each consumer has been read. It is written with the effect, in one transaction.';
COMMENT ON COLUMN reader.progress.name IS 'The consumer.';
COMMENT ON COLUMN reader.progress.epoch IS 'Which stream was read; one that was made anew has another.';
COMMENT ON COLUMN reader.progress.position IS 'Position of the last event that has had its effect.';
COMMENT ON COLUMN reader.progress.digest IS 'SHA-256 (hex) of the digest before and the last event, so that it tells of all events and their order.';
CREATE TABLE IF NOT EXISTS reader.tally (season text, type text, shown bigint NOT NULL DEFAULT 0, held bigint NOT NULL DEFAULT 0, PRIMARY KEY (season, type));
COMMENT ON TABLE reader.tally IS 'How many events of each type a season has.';
COMMENT ON COLUMN reader.tally.season IS 'Id of the season, _ for what is in none.';
COMMENT ON COLUMN reader.tally.type IS 'Type of the event.';
COMMENT ON COLUMN reader.tally.shown IS 'Events up to the end of the last import: what is to be read.';
COMMENT ON COLUMN reader.tally.held IS 'Events that wait for the end of an import that is under way.';
CREATE TABLE IF NOT EXISTS reader.import (season text PRIMARY KEY, bundle_sha256 text NOT NULL);
COMMENT ON TABLE reader.import IS 'Imports that have started and not been completed.';
COMMENT ON COLUMN reader.import.season IS 'Id of the season.';
COMMENT ON COLUMN reader.import.bundle_sha256 IS 'Digest (hex) of what is being imported.';`

// prepare makes the tables and the reader's row where there are none.
func prepare(ctx context.Context, db *sql.DB, name, epoch string, after uint64) error {
	if _, err := db.ExecContext(ctx, tables); err != nil {
		return err
	}
	const query = "INSERT INTO reader.progress VALUES ($1, $2, $3, '') ON CONFLICT (name) DO NOTHING"
	_, err := db.ExecContext(ctx, query, name, epoch, int64(after)) //nolint:gosec // a position has far fewer than 63 bits
	return err
}

// effect is what a batch of events does, inside its transaction.
type effect struct {
	tx       *sql.Tx
	name     string
	position uint64
	digest   string
}

// begin reads how far the reader is. Another process with the same name waits here until this transaction has ended, and goes on behind it.
func begin(ctx context.Context, tx *sql.Tx, name, epoch string) (*effect, error) {
	e := &effect{tx: tx, name: name}
	var known string
	const query = "SELECT epoch, position, digest FROM reader.progress WHERE name = $1 FOR UPDATE"
	if err := tx.QueryRowContext(ctx, query, name).Scan(&known, &e.position, &e.digest); err != nil {
		return nil, err
	}
	if known != epoch {
		return nil, fmt.Errorf("the stream has the epoch %s, read was %s: %w", epoch, known, errDamage)
	}
	return e, nil
}

// keep writes how far the reader is.
func (e *effect) keep(ctx context.Context) error {
	const query = "UPDATE reader.progress SET position = $2, digest = $3 WHERE name = $1"
	_, err := e.tx.ExecContext(ctx, query, e.name, int64(e.position), e.digest) //nolint:gosec // a position has far fewer than 63 bits
	return err
}

// apply is the effect of one event, which comes right behind the one before.
func (e *effect) apply(ctx context.Context, event event) error {
	var read struct {
		Type string
		Data struct {
			Bundle string `json:"bundle_sha256"`
		}
	}
	if err := json.Unmarshal(event.data, &read); err != nil {
		return fmt.Errorf("position %d is no event: %w", event.position, errors.Join(err, errDamage))
	}
	e.position, e.digest = event.position, chained(e.digest, event.data)
	season := strings.Split(event.subject, ".")[1]
	if read.Type == "vn.thidua.import.started.v1" {
		const start = "INSERT INTO reader.import VALUES ($1, $2) ON CONFLICT (season) DO UPDATE SET bundle_sha256 = excluded.bundle_sha256"
		if _, err := e.tx.ExecContext(ctx, start, season, read.Data.Bundle); err != nil {
			return err
		}
	}
	const count = `INSERT INTO reader.tally AS t (season, type, held) VALUES ($1, $2, 1) ON CONFLICT (season, type) DO UPDATE SET held = t.held + 1`
	if _, err := e.tx.ExecContext(ctx, count, season, read.Type); err != nil {
		return err
	}
	if read.Type == "vn.thidua.import.completed.v1" {
		if _, err := e.tx.ExecContext(ctx, "DELETE FROM reader.import WHERE season = $1 AND bundle_sha256 = $2", season, read.Data.Bundle); err != nil {
			return err
		}
	}
	// What is held shows as soon as no import of the season is under way.
	const show = `UPDATE reader.tally SET shown = shown + held, held = 0
		WHERE season = $1 AND held > 0 AND NOT EXISTS (SELECT FROM reader.import WHERE import.season = tally.season)`
	_, err := e.tx.ExecContext(ctx, show, season)
	return err
}

// chained is the digest of all events up to one.
func chained(before string, event []byte) string {
	sum := sha256.Sum256(append([]byte(before), event...))
	return hex.EncodeToString(sum[:])
}
