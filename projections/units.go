package projections

import (
	"context"
	_ "embed" // for the table

	"thidua/domain"
)

//go:embed units.sql
var unitsDDL string

//go:embed units_indexes.sql
var unitsIndexes string

const unitColumns = "unit, position, recordedtime, name_vi, name_en, level, parent, code"

// units keeps the register of organisational units.
func units() Projection {
	return Projection{
		Name: "units", Version: 1, DDL: unitsDDL, Indexes: unitsIndexes,
		Tables: []Table{{Name: "unit", Columns: unitColumns, View: "unit_v1"}},
		New:    func() Applier { return unitsApplier{} },
	}
}

type unitsApplier struct{}

// Apply adds a row for each unit that is registered.
func (unitsApplier) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	registered := &rows{table: "unit", columns: unitColumns}
	for _, r := range events {
		switch e := r.Event.(type) {
		case nil:
			return unknown(r)
		case *domain.UnitRegistered:
			registered.add(r.Stream.Unit, int64(r.Position), r.RecordedTime, e.Name.VI, text(e.Name.EN), e.Level, text(e.Parent), text(e.Code))
		}
	}
	return copyAll(ctx, tx, registered)
}
