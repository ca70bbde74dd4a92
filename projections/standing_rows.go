package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
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

	seasons  []string // ranked, in the order of rankings
	rankings []rankingRow
	aged     []agedRow
	names    map[string]nameRow
	lines    [][]any // of standing
	items    [][]any // of standing_item
}

func newStandingsBatch(events []domain.Recorded) *standingsBatch {
	b := &standingsBatch{
		before:  events[0].Position - 1,
		last:    events[len(events)-1].Position,
		touched: map[string]*seasonFold{},
		names:   map[string]nameRow{},
	}
	for _, r := range slices.Backward(events) {
		if b.now = r.RecordedTime; !b.now.IsZero() {
			break
		}
	}
	return b
}

// add notes a season's ranking.
func (b *standingsBatch) add(header rankingRow, ranking domain.Ranking) {
	b.seasons = append(b.seasons, header.Season)
	b.rankings = append(b.rankings, header)
	season, position := header.Season, int64(header.Position)
	for _, s := range ranking.Standings {
		b.lines = append(b.lines, []any{
			season, s.Unit, position, s.Name.VI, nullable(s.Name.EN), s.Rank, s.Total, s.IndicatorPoints, s.Bonus, s.Penalty,
			s.Late, s.Absent, s.VerifiedShare, s.Tier, s.Eligible,
		})
		for i, item := range s.Items {
			b.items = append(b.items, []any{
				season, s.Unit, item.Criterion, position, i + 1, item.State,
				nullable(item.Target), nullable(item.Actual), nullable(item.Attainment), item.Points, item.Verified,
			})
		}
	}
}

// rename notes the name that a unit has now.
func (b *standingsBatch) rename(u *domain.Unit) {
	b.names[u.ID] = nameRow{Unit: u.ID, Position: u.Position, NameVI: u.Name.VI, NameEN: optional(u.Name.EN)}
}

// write puts the new rankings in the place of the old ones.
func (b *standingsBatch) write(ctx context.Context, tx *sqlx.Tx) error {
	for _, table := range []string{"standing", "standing_item"} {
		if len(b.seasons) == 0 {
			break
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE season = ANY ($1)", pq.Array(b.seasons)); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	if err := upsert(ctx, tx, "ranking", rankingColumns, "season", b.rankings); err != nil {
		return err
	}
	err := copyAll(ctx, tx,
		&rows{table: "standing", columns: standingColumns, values: b.lines},
		&rows{table: "standing_item", columns: itemColumns, values: b.items})
	if err != nil {
		return err
	}
	if err := b.writeNames(ctx, tx); err != nil {
		return err
	}
	return b.writeDays(ctx, tx)
}

func (b *standingsBatch) writeNames(ctx context.Context, tx *sqlx.Tx) error {
	if len(b.names) == 0 {
		return nil
	}
	units := slices.Sorted(maps.Keys(b.names))
	names := make([]nameRow, len(units))
	for i, unit := range units {
		names[i] = b.names[unit]
	}
	if err := upsert(ctx, tx, "unit", nameColumns, "unit", names); err != nil {
		return err
	}
	const update = `
		UPDATE standing SET name_vi = unit.name_vi, name_en = unit.name_en
		FROM unit
		WHERE unit.unit = standing.unit AND unit.unit = ANY ($1)`
	if _, err := tx.ExecContext(ctx, update, pq.Array(units)); err != nil {
		return fmt.Errorf("table standing: names: %w", err)
	}
	return nil
}

func (b *standingsBatch) writeDays(ctx context.Context, tx *sqlx.Tx) error {
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

func nullable(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}
