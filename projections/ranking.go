package projections

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"thidua/domain"
)

// CurrentRanking is a season's ranking as the standings hold it.
type CurrentRanking struct {
	Season string `db:"season"`
	// Position is how far the standings have come on the log; SeasonPosition is that of the season's last event up to there.
	Position       domain.Position `db:"position"`
	SeasonPosition domain.Position `db:"season_position"`
	// RulesetSHA256 is "" before the season is opened.
	RulesetSHA256 string `db:"ruleset_sha256"`
	Timezone      string `db:"timezone"`
	// Day is the day that the ranking is of, in Timezone; "" while there are no standings.
	Day domain.Date `db:"day"`
	// Turns is the next day on which the standings can change without an event, "" where there is none.
	Turns domain.Date `db:"turns"`
	// Final says that the ranking is finalised, Importing that a bundle is half imported, so that there are no standings.
	Final     bool `db:"final"`
	Importing bool `db:"importing"`

	Standings []domain.Standing
}

// HoldsOn reports whether the standings are also those of a day in Timezone on which the season's last event is still the same.
func (r *CurrentRanking) HoldsOn(day domain.Date) bool {
	if r.Final || r.Importing {
		return true
	}
	return r.Day != "" && r.Day <= day && (r.Turns == "" || day < r.Turns)
}

// Ranking returns the current ranking of a season, in the order of the ranks, as it was at one moment. It equals what World.Ranking gives as of Day. The
// error is of kind ErrNotFound where the season is not on the log, as far as it was projected.
func Ranking(ctx context.Context, db Querier, season string) (*CurrentRanking, error) {
	r, err := loadRanking(ctx, db, season)
	if err != nil {
		return nil, fmt.Errorf("projections: ranking of %s: %w", season, err)
	}
	return r, nil
}

// loadRanking asks for all of it by one statement: what is asked for most often is to cost one way to the server and back. Lines and items have the names and
// forms of domain.Standing.
func loadRanking(ctx context.Context, db Querier, season string) (*CurrentRanking, error) {
	const query = `
		SELECT season, checkpoint.position, ranking.position AS season_position, coalesce(ruleset_sha256, '') AS ruleset_sha256,
			timezone, coalesce(day::text, '') AS day, coalesce(turns::text, '') AS turns, final, importing,
			(
				SELECT coalesce(json_agg(line ORDER BY rank, unit), '[]')
				FROM (
					SELECT rank, unit, json_build_object('vi', name_vi, 'en', name_en) AS name, trim_scale(total)::text AS total, trim_scale(indicator_points)::text AS indicator_points,
						trim_scale(bonus)::text AS bonus, trim_scale(penalty)::text AS penalty, late, absent,
						trim_scale(verified_share)::text AS verified_share, tier, eligible
					FROM read.standing_v1
					WHERE season = $1
				) AS line
			) AS lines,
			(
				SELECT coalesce(json_agg(item ORDER BY unit, ordinal), '[]')
				FROM (
					SELECT unit, ordinal, criterion, state, trim_scale(target)::text AS target, trim_scale(actual)::text AS actual,
						trim_scale(attainment)::text AS attainment, trim_scale(points)::text AS points, verified
					FROM read.standing_item_v1
					WHERE season = $1
				) AS item
			) AS items
		FROM read.ranking_v1 AS ranking
		JOIN frame.checkpoint ON checkpoint.name = 'standings' AND checkpoint.live
		WHERE season = $1`
	var found struct {
		CurrentRanking
		Lines []byte `db:"lines"`
		Items []byte `db:"items"`
	}
	err := db.GetContext(ctx, &found, query, season)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, domain.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	found.Standings, err = readStandings(found.Lines, found.Items)
	return &found.CurrentRanking, err
}

// readStandings puts lines and their items together.
func readStandings(lines, items []byte) (standings []domain.Standing, err error) {
	var all []struct {
		Unit string `json:"unit"`
		domain.StandingItem
	}
	if err := errors.Join(json.Unmarshal(lines, &standings), json.Unmarshal(items, &all)); err != nil {
		return nil, err
	}
	ofUnit := map[string][]domain.StandingItem{}
	for _, item := range all {
		ofUnit[item.Unit] = append(ofUnit[item.Unit], item.StandingItem)
	}
	for i := range standings {
		standings[i].Items = ofUnit[standings[i].Unit]
	}
	return standings, nil
}
