package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"

	"thidua/domain"
)

// rankingRow is a row of the table ranking.
type rankingRow struct {
	Season        string          `json:"season"`
	Position      domain.Position `json:"position"`
	RulesetSHA256 *string         `json:"ruleset_sha256"`
	Timezone      string          `json:"timezone"`
	Day           *domain.Date    `json:"day"`
	Turns         *domain.Date    `json:"turns"`
	Final         bool            `json:"final"`
	Importing     bool            `json:"importing"`
}

func (r rankingRow) calendar() (*seasonCalendar, error) {
	zone, err := domain.LoadZone(r.Timezone)
	if err != nil {
		return nil, err
	}
	c := &seasonCalendar{zone: zone, day: *r.Day}
	if r.Turns != nil {
		c.turns = *r.Turns
	}
	return c, nil
}

// nameRow is a row of the table unit.
type nameRow struct {
	Unit     string          `json:"unit"`
	Position domain.Position `json:"position"`
	NameVI   string          `json:"name_vi"`
	NameEN   *string         `json:"name_en"`
}

func (n nameRow) unit() *domain.Unit {
	u := &domain.Unit{ID: n.Unit, Position: n.Position}
	u.Name.VI = n.NameVI
	if n.NameEN != nil {
		u.Name.EN = *n.NameEN
	}
	return u
}

// agedRow moves the day of a ranking that stayed as it was.
type agedRow struct {
	Season string      `json:"season"`
	Day    domain.Date `json:"day"`
}

// standingsBatch is one batch on its way into the tables.
type standingsBatch struct {
	before  domain.Position // the last one before the batch
	last    domain.Position // the last one in it
	now     time.Time       // when the log took the last event of the batch of which that is known
	touched map[string]*seasonFold

	rankings []rankingRow
	aged     []agedRow
	names    map[string]nameRow
	gaps     int      // of the log, in the batch so far
	anew     []string // seasons whose lines, criteria and sheets are all written anew
	lines    *merged
	sheets   *merged
	criteria rows
}

func newStandingsBatch(events []domain.Recorded) *standingsBatch {
	b := &standingsBatch{
		before:  events[0].Position - 1,
		last:    events[len(events)-1].Position,
		touched: map[string]*seasonFold{},
		names:   map[string]nameRow{},
		lines:   mergedStandings(), sheets: mergedSheets(), criteria: rows{table: "criterion", columns: orderColumns},
	}
	for _, r := range slices.Backward(events) {
		if b.now = r.RecordedTime; !b.now.IsZero() {
			break
		}
	}
	return b
}

// rename notes the name that a unit has now.
func (b *standingsBatch) rename(u *domain.Unit) {
	b.names[u.ID] = nameRow{Unit: u.ID, Position: u.Position, NameVI: u.Name.VI, NameEN: optional(u.Name.EN)}
}

// write puts what changed in the place of what was there.
func (b *standingsBatch) write(ctx context.Context, tx *Tx) error {
	for _, table := range []string{"standing", "criterion", "sheet"} {
		if len(b.anew) == 0 {
			break
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE season = ANY ($1)", pq.Array(b.anew)); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	if err := upsert(ctx, tx, "ranking", rankingColumns, "season", b.rankings); err != nil {
		return err
	}
	if err := copyAll(ctx, tx, &b.criteria); err != nil {
		return err
	}
	for _, m := range []*merged{b.lines, b.sheets} {
		if err := m.write(ctx, tx); err != nil {
			return err
		}
	}
	if err := b.writeNames(ctx, tx); err != nil {
		return err
	}
	return b.writeDays(ctx, tx)
}

func (b *standingsBatch) writeNames(ctx context.Context, tx *Tx) error {
	names := make([]nameRow, 0, len(b.names))
	for _, unit := range slices.Sorted(maps.Keys(b.names)) {
		names = append(names, b.names[unit])
	}
	return upsert(ctx, tx, "unit", nameColumns, "unit", names)
}

func (b *standingsBatch) writeDays(ctx context.Context, tx *Tx) error {
	if len(b.aged) == 0 {
		return nil
	}
	document, err := json.Marshal(b.aged)
	if err != nil {
		return fmt.Errorf("table ranking: %w", err)
	}
	const update = `
		UPDATE ranking SET day = aged.day
		FROM json_populate_recordset(NULL::ranking, $1) AS aged
		WHERE aged.season = ranking.season`
	if _, err := tx.ExecContext(ctx, update, string(document)); err != nil {
		return fmt.Errorf("table ranking: %w", err)
	}
	return nil
}
