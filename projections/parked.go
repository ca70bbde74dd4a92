package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"thidua/domain"
)

// Parked is an event that a projection could not take, or that lies behind such a one.
type Parked struct {
	Projection string          `db:"projection"`
	Position   domain.Position `db:"position"`
	Stream     string          `db:"stream"` // as domain.Stream writes it
	Season     string          `db:"season"` // "" where it belongs to none
	EventID    string          `db:"event_id"`
	Type       string          `db:"type"`   // "" for what is no event
	SHA256     string          `db:"sha256"` // of its bytes, in hex
	Cause      Cause           `db:"cause"`
	Error      string          `db:"error"` // "" where it is behind another
	ParkedAt   time.Time       `db:"parked_at"`
}

// Cause is why an event is parked.
type Cause string

// The causes: the event itself could not be taken, or one before it could not.
const (
	CausePoison Cause = "poison"
	CauseBehind Cause = "behind"
)

const parkedColumns = "schema, position, stream, season, event_id, type, sha256, cause, error"

// ParkedEvents lists what is parked by the projections that are live, in the order of the log.
func ParkedEvents(ctx context.Context, db Querier) ([]Parked, error) {
	const query = `
		SELECT checkpoint.name AS projection, position, stream, coalesce(season, '') AS season, event_id, type, sha256, cause, error, parked_at
		FROM (SELECT schema, name FROM frame.checkpoint WHERE live) AS checkpoint
		JOIN frame.parked USING (schema)
		ORDER BY position, projection`
	var all []Parked
	if err := db.SelectContext(ctx, &all, query); err != nil {
		return nil, fmt.Errorf("projections: parked events: %w", err)
	}
	return all, nil
}

// ParkedCounts tells how many events each live projection has parked, by name; who has none is absent.
func ParkedCounts(ctx context.Context, db Querier) (map[string]uint64, error) {
	const query = `
		SELECT name, count(*) AS events
		FROM frame.checkpoint
		JOIN frame.parked USING (schema)
		WHERE live
		GROUP BY name`
	counts, err := countByName(ctx, db, query)
	if err != nil {
		return nil, fmt.Errorf("projections: parked events: %w", err)
	}
	return counts, nil
}

// ParkedPositions lists the positions of a season's events that some live projection has parked, in order. Where there is one the season is
// incomplete: no ranking is given, and none is finalised.
func ParkedPositions(ctx context.Context, db Querier, season string) ([]domain.Position, error) {
	const query = `
		SELECT DISTINCT parked.position
		FROM frame.parked
		JOIN frame.checkpoint USING (schema)
		WHERE season = $1 AND live
		ORDER BY parked.position`
	var positions []domain.Position
	if err := db.SelectContext(ctx, &positions, query, season); err != nil {
		return nil, fmt.Errorf("projections: parked events of %s: %w", season, err)
	}
	return positions, nil
}

// ParkedSeasons tells how many events of each season are parked by some live projection, by season; one with none is absent.
func ParkedSeasons(ctx context.Context, db Querier) (map[string]uint64, error) {
	const query = `
		SELECT season AS name, count(DISTINCT parked.position) AS events
		FROM frame.parked
		JOIN frame.checkpoint USING (schema)
		WHERE season IS NOT NULL AND live
		GROUP BY season`
	counts, err := countByName(ctx, db, query)
	if err != nil {
		return nil, fmt.Errorf("projections: seasons with parked events: %w", err)
	}
	return counts, nil
}

// ParkedTotal counts the events that some live projection has parked, each once.
func ParkedTotal(ctx context.Context, db Querier) (events uint64, err error) {
	const query = "SELECT count(DISTINCT parked.position) FROM frame.parked JOIN frame.checkpoint USING (schema) WHERE live"
	if err := db.GetContext(ctx, &events, query); err != nil {
		return 0, fmt.Errorf("projections: parked events: %w", err)
	}
	return events, nil
}

// countByName reads lines of a name and a number of events.
func countByName(ctx context.Context, db Querier, query string) (map[string]uint64, error) {
	var lines []struct {
		Name   string `db:"name"`
		Events uint64 `db:"events"`
	}
	if err := db.SelectContext(ctx, &lines, query); err != nil {
		return nil, err
	}
	counts := make(map[string]uint64, len(lines))
	for _, l := range lines {
		counts[l.Name] = l.Events
	}
	return counts, nil
}

// parking is what a projection has parked, by the keys that events are parked under, with the number of events under each. It is replaced
// as a whole when a transaction has been committed.
type parking struct {
	parkings int64 // the checkpoint's, when this was true
	keys     map[domain.Stream]int
}

// key is what an event is parked under, and with it all that come after it under the same: its stream, or its season where the projection
// folds seasons as a whole.
func (p Projection) key(s domain.Stream) domain.Stream {
	if p.BySeason && s.Season != "" {
		return domain.Stream{Season: s.Season}
	}
	return s
}

// loadParking reads what is parked in a schema.
func (p Projection) loadParking(ctx context.Context, tx *Tx, schema string, parkings int64) (*parking, error) {
	const query = "SELECT stream, count(*) AS events FROM frame.parked WHERE schema = $1 GROUP BY stream"
	var lines []struct {
		Stream string `db:"stream"`
		Events int    `db:"events"`
	}
	if err := tx.SelectContext(ctx, &lines, query, schema); err != nil {
		return nil, err
	}
	loaded := &parking{parkings: parkings, keys: map[domain.Stream]int{}}
	for _, l := range lines {
		s, err := domain.ParseStream(l.Stream)
		if err != nil {
			return nil, fmt.Errorf("table parked: %w", err)
		}
		loaded.keys[p.key(s)] += l.Events
	}
	return loaded, nil
}

// parkedRow is a row of frame.parked.
func parkedRow(schema string, r domain.Recorded, cause Cause, why string) []any {
	sum := sha256.Sum256(r.Payload)
	return []any{schema, int64(r.Position), r.Stream.String(), text(r.Stream.Season), r.ID, r.Type, hex.EncodeToString(sum[:]), string(cause), why}
}

// placeholder stands for an event that is parked: the position is there, and nothing happened.
func placeholder(r domain.Recorded) domain.Recorded {
	return domain.Recorded{
		Change: domain.Change{Stream: domain.LogStream(), Event: &domain.Voided{}}, Position: r.Position, ID: r.ID, RecordedTime: r.RecordedTime,
	}
}
