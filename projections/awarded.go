package projections

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// SeasonAwards is what a season can grant, what it has granted, and what stands against it.
type SeasonAwards struct {
	Awards []Award
	Holds  []PlacedHold // in the order of the log
}

// Award is what a season can grant, on what conditions, with the ballots held on it and the decisions that grant it, in the order of the log.
type Award struct {
	ID    string
	Title domain.Names
	// Limit is the most units that can get it. MaxRank is 0, and MinTier and Body are "", where there is no such condition.
	Limit          int
	MaxRank        int
	MinTier        string
	Body           string
	AtLeastPercent int
	Ballots        []Ballot
	Grants         []Grant
}

// Ballot is a counted secret ballot.
type Ballot struct {
	Award    string          `db:"award"`
	Unit     string          `db:"unit"`
	HeldAt   string          `db:"held_at"` // as written
	Members  int64           `db:"members"`
	Present  int64           `db:"present"`
	Yes      int64           `db:"yes"`
	No       int64           `db:"no"`
	Blank    int64           `db:"blank"`
	Invalid  int64           `db:"invalid"`
	Passed   bool            `db:"passed"` // enough of all members said yes
	Position domain.Position `db:"position"`
}

// Grant is a decision that grants an award. Signer is a ref, CompetenceSD the digest of a text.
type Grant struct {
	Award          string          `db:"award"`
	Unit           string          `db:"unit"`
	DecisionNumber string          `db:"decision_number"`
	DecidedAt      string          `db:"decided_at"` // as written
	Signer         string          `db:"signer"`
	CompetenceSD   string          `db:"competence_sd"`
	Position       domain.Position `db:"position"`
}

// PlacedHold is a block on awards to a unit. ReasonSD and DocumentSD are the digests of texts.
type PlacedHold struct {
	Unit       string          `db:"unit"`
	ID         string          `db:"hold"`
	From       domain.Date     `db:"from_day"`
	To         domain.Date     `db:"to_day"` // "" where it holds until it is lifted
	ReasonSD   string          `db:"reason_sd"`
	DocumentSD string          `db:"document_sd"`
	LiftedAt   string          `db:"lifted_at"` // as written, "" where it was not lifted
	Position   domain.Position `db:"position"`
}

// Awards returns the awards of a season, in the order of its rules, with their ballots and decisions, and the holds on its members. The error is
// of kind ErrNotFound where the season is not known.
func Awards(ctx context.Context, db *sqlx.DB, season string) (*SeasonAwards, error) {
	var all *SeasonAwards
	err := inSnapshot(ctx, db, func(q Querier) (err error) {
		all, err = loadAwards(ctx, q, season)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("projections: awards of %s: %w", season, err)
	}
	return all, nil
}

func loadAwards(ctx context.Context, q Querier, season string) (*SeasonAwards, error) {
	var known bool
	if err := q.GetContext(ctx, &known, "SELECT EXISTS (SELECT FROM read.season_v1 WHERE season = $1)", season); err != nil {
		return nil, err
	}
	if !known {
		return nil, domain.ErrNotFound
	}
	awards, err := loadAwardDefinitions(ctx, q, season)
	if err != nil {
		return nil, err
	}
	all := &SeasonAwards{Awards: awards}
	if err := all.loadBallots(ctx, q, season); err != nil {
		return nil, err
	}
	if err := all.loadGrants(ctx, q, season); err != nil {
		return nil, err
	}
	const holds = `
		SELECT unit, hold, from_day::text AS from_day, coalesce(to_day::text, '') AS to_day, coalesce(reason_sd, '') AS reason_sd,
			coalesce(document_sd, '') AS document_sd, coalesce(lifted_at_text, '') AS lifted_at, position
		FROM read.hold_v1
		WHERE season = $1
		ORDER BY position`
	return all, q.SelectContext(ctx, &all.Holds, holds, season)
}

func loadAwardDefinitions(ctx context.Context, q Querier, season string) ([]Award, error) {
	const query = `
		SELECT award, title_vi, coalesce(title_en, '') AS title_en, most, coalesce(max_rank, 0) AS max_rank, coalesce(min_tier, '') AS min_tier,
			coalesce(body, '') AS body, coalesce(at_least_percent, 0) AS at_least_percent
		FROM read.award_definition_v1
		WHERE season = $1
		ORDER BY ordinal`
	var lines []struct {
		Award          string `db:"award"`
		TitleVI        string `db:"title_vi"`
		TitleEN        string `db:"title_en"`
		Most           int    `db:"most"`
		MaxRank        int    `db:"max_rank"`
		MinTier        string `db:"min_tier"`
		Body           string `db:"body"`
		AtLeastPercent int    `db:"at_least_percent"`
	}
	if err := q.SelectContext(ctx, &lines, query, season); err != nil {
		return nil, err
	}
	awards := make([]Award, len(lines))
	for i, l := range lines {
		awards[i] = Award{
			ID: l.Award, Title: domain.Names{VI: l.TitleVI, EN: l.TitleEN}, Limit: l.Most, MaxRank: l.MaxRank, MinTier: l.MinTier,
			Body: l.Body, AtLeastPercent: l.AtLeastPercent,
		}
	}
	return awards, nil
}

func (a *SeasonAwards) loadBallots(ctx context.Context, q Querier, season string) error {
	const query = `
		SELECT ballot.award, ballot.unit, coalesce(held_at_text, '') AS held_at, members, present, yes, no, blank, invalid,
			yes * 100 >= coalesce(at_least_percent, 0) * members AS passed, ballot.position
		FROM read.ballot_v1 AS ballot
		LEFT JOIN read.award_definition_v1 AS definition ON (definition.season, definition.award) = (ballot.season, ballot.award)
		WHERE ballot.season = $1
		ORDER BY ballot.position`
	var ballots []Ballot
	if err := q.SelectContext(ctx, &ballots, query, season); err != nil {
		return err
	}
	for _, b := range ballots {
		award := a.award(b.Award)
		award.Ballots = append(award.Ballots, b)
	}
	return nil
}

func (a *SeasonAwards) loadGrants(ctx context.Context, q Querier, season string) error {
	const query = `
		SELECT award, unit, decision_number, coalesce(decided_at_text, '') AS decided_at, signer, coalesce(competence_sd, '') AS competence_sd, position
		FROM read.award_v1
		WHERE season = $1
		ORDER BY position`
	var grants []Grant
	if err := q.SelectContext(ctx, &grants, query, season); err != nil {
		return err
	}
	for _, g := range grants {
		award := a.award(g.Award)
		award.Grants = append(award.Grants, g)
	}
	return nil
}

// award finds an award. One that the season's rules do not have is added: nothing that is on the record stays unsaid.
func (a *SeasonAwards) award(id string) *Award {
	for i := range a.Awards {
		if a.Awards[i].ID == id {
			return &a.Awards[i]
		}
	}
	a.Awards = append(a.Awards, Award{ID: id})
	return &a.Awards[len(a.Awards)-1]
}
