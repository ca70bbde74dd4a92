package projections

import (
	"context"
	_ "embed" // for the tables
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lib/pq"

	"thidua/domain"
)

//go:embed seasons.sql
var seasonsDDL string

//go:embed seasons_indexes.sql
var seasonsIndexes string

const (
	seasonShown = "season, position, events, cluster, year, title_vi, title_en, timezone, head, deputy, " +
		"ruleset_sha256, in_force_at, importing, finalised_at, finalised_at_text, result_sha256"
	seasonColumns    = seasonShown + ", imported"
	memberColumns    = "season, unit, position, ordinal"
	periodColumns    = "season, period, position, ordinal, from_day, to_day, deadline, lock"
	rulesetColumns   = "season, position, scale, digits, bonus_cap, late_per_report, late_max, tie_break"
	criterionColumns = "season, criterion, position, group_id, name_vi, name_en, measure, kind, direction, over_time, points, formula, cap, steps, " +
		"step_percent, per_step, per_item"
	tierColumns            = "season, tier, position, ordinal, name_vi, name_en, min_total, min_item_share"
	awardDefinitionColumns = "season, award, position, ordinal, title_vi, title_en, most, max_rank, min_tier, body, at_least_percent"
)

// seasons keeps what the seasons are: members, calendar, ruleset, awards, and how far each has come.
func seasons() Projection {
	return Projection{
		Name: "seasons", Version: 2, DDL: seasonsDDL, Indexes: seasonsIndexes,
		Tables: []Table{
			{Name: "season", Columns: seasonShown + ", state, imported", View: "season_v1"},
			{Name: "member", Columns: memberColumns, View: "member_v1"},
			{Name: "period", Columns: periodColumns, View: "period_v1"},
			{Name: "ruleset", Columns: rulesetColumns, View: "ruleset_v1"},
			{Name: "criterion", Columns: criterionColumns, View: "criterion_v1"},
			{Name: "tier", Columns: tierColumns, View: "tier_v1"},
			{Name: "award_definition", Columns: awardDefinitionColumns, View: "award_definition_v1"},
		},
		New: func() Applier { return seasonsApplier{} },

		AcrossStreams: true,
	}
}

// seasonRow is a row of the table season.
type seasonRow struct {
	Season          string           `json:"season"`
	Position        domain.Position  `json:"position"`
	Events          uint64           `json:"events"`
	Cluster         *string          `json:"cluster"`
	Year            *int64           `json:"year"`
	TitleVI         *string          `json:"title_vi"`
	TitleEN         *string          `json:"title_en"`
	Timezone        *string          `json:"timezone"`
	Head            *string          `json:"head"`
	Deputy          *string          `json:"deputy"`
	RulesetSHA256   *string          `json:"ruleset_sha256"`
	InForceAt       *time.Time       `json:"in_force_at"`
	Importing       *string          `json:"importing"`
	FinalisedAt     *time.Time       `json:"finalised_at"`
	FinalisedAtText *string          `json:"finalised_at_text"`
	ResultSHA256    *string          `json:"result_sha256"`
	Imported        *domain.Position `json:"imported"`
}

type seasonsApplier struct{}

// Apply folds a batch into the seasons it touches, and adds what they say of themselves.
func (seasonsApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	touched, err := loadSeasons(ctx, tx, events)
	if err != nil {
		return err
	}
	rules := newRuleRows()
	for _, r := range events {
		if r.Event == nil {
			return unknown(r)
		}
		if r.Stream.Season == "" {
			continue
		}
		touched[r.Stream.Season].fold(r)
		if err := rules.add(r); err != nil {
			return err
		}
	}
	if err := upsert(ctx, tx, "season", seasonColumns, "season", slices.Collect(maps.Values(touched))); err != nil {
		return err
	}
	return copyAll(ctx, tx, rules.all()...)
}

// loadSeasons returns the seasons that a batch touches as they are, empty where they are new.
func loadSeasons(ctx context.Context, tx *Tx, events []domain.Recorded) (map[string]*seasonRow, error) {
	touched := map[string]*seasonRow{}
	for _, r := range events {
		if id := r.Stream.Season; id != "" && touched[id] == nil {
			touched[id] = &seasonRow{Season: id}
		}
	}
	if len(touched) == 0 {
		return touched, nil
	}
	ids := slices.Sorted(maps.Keys(touched))
	known, err := selectRows[seasonRow](ctx, tx, "SELECT "+seasonColumns+" FROM season WHERE season = ANY ($1)", pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("table season: %w", err)
	}
	for _, row := range known {
		touched[row.Season] = &row
	}
	return touched, nil
}

func (s *seasonRow) fold(r domain.Recorded) {
	// An event that was parked may come behind later ones of other streams.
	s.Position, s.Events = max(s.Position, r.Position), max(s.Events, r.SeasonVersion)
	switch e := r.Event.(type) {
	case *domain.SeasonDrafted:
		year := e.Year.Int()
		s.Cluster, s.Year, s.TitleVI, s.TitleEN = &e.Cluster, &year, &e.Title.VI, optional(e.Title.EN)
		s.Timezone, s.Head, s.Deputy = &e.Timezone, &e.Head, optional(e.Deputy)
	case *domain.SeasonOpened:
		s.RulesetSHA256 = &e.RulesetSHA256
	case *domain.CovenantEnteredIntoForce:
		s.InForceAt, _ = written(r.Time)
	case *domain.ImportStarted:
		s.Importing = &e.BundleSHA256
	case *domain.ImportCompleted:
		if s.Importing != nil && *s.Importing == e.BundleSHA256 {
			imported := r.Position // a pointer to it would bring every event's whole record to the heap
			s.Importing, s.Imported = nil, &imported
		}
	case *domain.RankingFinalised:
		s.FinalisedAt, s.FinalisedAtText = written(e.T)
		s.ResultSHA256 = &e.ResultSHA256
	}
}

// Season is one line of the list of seasons.
type Season struct {
	ID      string       `db:"season"`
	Cluster string       `db:"cluster"`
	Year    int          `db:"year"`
	Title   domain.Names `db:"-"`
	// Timezone is the IANA name of the zone that the season's days are of.
	Timezone string         `db:"timezone"`
	Head     string         `db:"head"`
	Deputy   string         `db:"deputy"` // "" where there is none
	Members  pq.StringArray `db:"members"`
	// State is "drafted", "open", "in-force" or "finalised"; "importing" while a bundle is half imported.
	State string `db:"state"`
	// FinalisedAt is as written, "" before.
	FinalisedAt   string          `db:"finalised_at"`
	Events        uint64          `db:"events"`
	Position      domain.Position `db:"position"` // of the season's last event
	RulesetSHA256 string          `db:"ruleset_sha256"`
}

// Seasons lists the seasons, by cluster, year and id. Of one whose import was stopped before it was drafted little more than the id is known.
func Seasons(ctx context.Context, db Querier) ([]Season, error) {
	const query = `
		SELECT season, coalesce(cluster, '') AS cluster, coalesce(year, 0) AS year, coalesce(title_vi, '') AS title_vi, coalesce(title_en, '') AS title_en,
			coalesce(timezone, '') AS timezone, coalesce(head, '') AS head, coalesce(deputy, '') AS deputy,
			ARRAY (SELECT unit FROM read.member_v1 AS member WHERE member.season = season.season ORDER BY ordinal) AS members,
			state, coalesce(finalised_at_text, '') AS finalised_at, events, position, coalesce(ruleset_sha256, '') AS ruleset_sha256
		FROM read.season_v1 AS season
		ORDER BY cluster, year, season`
	var lines []struct {
		Season
		TitleVI string `db:"title_vi"`
		TitleEN string `db:"title_en"`
	}
	if err := db.SelectContext(ctx, &lines, query); err != nil {
		return nil, fmt.Errorf("projections: seasons: %w", err)
	}
	seasons := make([]Season, len(lines))
	for i, l := range lines {
		l.Title = domain.Names{VI: l.TitleVI, EN: l.TitleEN}
		seasons[i] = l.Season
	}
	return seasons, nil
}
