package projections

import (
	"context"
	_ "embed" // for the tables
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"thidua/domain"
)

//go:embed awards.sql
var awardsDDL string

//go:embed awards_indexes.sql
var awardsIndexes string

const (
	ballotColumns       = "position, recordedtime, season, award, unit, body, held_at, held_at_text, members, present, yes, no, blank, invalid"
	awardGrantedColumns = "position, recordedtime, season, award, unit, decision_number, decided_at, decided_at_text, signer, competence_sd, recorded_by"
	holdPlacedColumns   = "position, recordedtime, season, unit, hold, from_day, to_day, reason_sd, document_sd"
	holdColumns         = holdPlacedColumns + ", lifted_position, lifted_at, lifted_at_text, lifted_by, lift_reason_sd"
)

// awards keeps ballots, decisions and holds.
func awards() Projection {
	return Projection{
		Name: "awards", Version: 1, DDL: awardsDDL, Indexes: awardsIndexes,
		Tables: []Table{
			{Name: "ballot", Columns: ballotColumns, View: "ballot_v1"},
			{Name: "award_granted", Columns: awardGrantedColumns, View: "award_v1"},
			{Name: "hold", Columns: holdColumns, View: "hold_v1"},
		},
		New: func() Applier { return awardsApplier{} },
	}
}

type awardsApplier struct{}

// Apply adds a row for each ballot, decision and hold, and then lifts holds.
func (awardsApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	ballots := &rows{table: "ballot", columns: ballotColumns}
	grants := &rows{table: "award_granted", columns: awardGrantedColumns}
	holds := &rows{table: "hold", columns: holdPlacedColumns}
	lifts := map[liftKey]liftRow{}
	for _, r := range events {
		position, season := int64(r.Position), r.Stream.Season
		switch e := r.Event.(type) {
		case nil:
			return unknown(r)
		case *domain.BallotTallied:
			ballots.add(position, r.RecordedTime, season, e.Award, e.Unit, text(e.Body), instant(r.Time), text(r.Time.String()),
				e.Members.Int(), e.Present.Int(), e.Yes.Int(), e.No.Int(), e.Blank.Int(), e.Invalid.Int())
		case *domain.AwardGranted:
			grants.add(position, r.RecordedTime, season, e.Award, e.Unit, e.DecisionNumber, instant(r.Time), text(r.Time.String()),
				e.Signer, digest(e.Competence), e.By)
		case *domain.HoldPlaced:
			holds.add(position, r.RecordedTime, season, r.Stream.Unit, e.Hold, string(e.From), text(e.To), digest(e.Reason), digest(e.Document))
		case *domain.HoldLifted:
			lifts[liftKey{season, r.Stream.Unit, e.Hold}] = newLiftRow(r, e) // the last one counts
		}
	}
	if err := copyAll(ctx, tx, ballots, grants, holds); err != nil {
		return err
	}
	return lift(ctx, tx, lifts)
}

type liftKey struct{ season, unit, hold string }

// liftRow is what a lift changes in a row of the table hold.
type liftRow struct {
	Season       string          `json:"season"`
	Unit         string          `json:"unit"`
	Hold         string          `json:"hold"`
	Position     domain.Position `json:"lifted_position"`
	LiftedAt     *time.Time      `json:"lifted_at"`
	LiftedAtText *string         `json:"lifted_at_text"`
	By           string          `json:"lifted_by"`
	ReasonSD     any             `json:"lift_reason_sd"`
}

func newLiftRow(r domain.Recorded, e *domain.HoldLifted) liftRow {
	row := liftRow{Season: r.Stream.Season, Unit: r.Stream.Unit, Hold: e.Hold, Position: r.Position, By: e.By, ReasonSD: digest(e.Reason)}
	row.LiftedAt, row.LiftedAtText = written(r.Time)
	return row
}

func lift(ctx context.Context, tx *Tx, lifts map[liftKey]liftRow) error {
	if len(lifts) == 0 {
		return nil
	}
	document, err := json.Marshal(slices.Collect(maps.Values(lifts)))
	if err != nil {
		return fmt.Errorf("table hold: %w", err)
	}
	const update = `
		UPDATE hold SET
			lifted_position = lift.lifted_position, lifted_at = lift.lifted_at, lifted_at_text = lift.lifted_at_text,
			lifted_by = lift.lifted_by, lift_reason_sd = lift.lift_reason_sd
		FROM json_populate_recordset(NULL::hold, $1) AS lift
		WHERE (hold.season, hold.unit, hold.hold) = (lift.season, lift.unit, lift.hold) AND hold.position < lift.lifted_position`
	if _, err := tx.ExecContext(ctx, update, string(document)); err != nil {
		return fmt.Errorf("table hold: %w", err)
	}
	return nil
}
