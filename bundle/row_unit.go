package bundle

import "thidua/domain"

// unitRow is a row of units.csv: an organisational unit.
type unitRow struct {
	origin
	unit string
	data domain.UnitRegistered
}

func (u *unitRow) cells() []cell {
	return []cell{
		{"unit", id(&u.unit), bold | key},
		{"name_vi", free(&u.data.Name.VI), bold},
		{"name_en", free(&u.data.Name.EN), 0},
		{"level", free(&u.data.Level), bold},
		{"parent", id(&u.data.Parent), 0},
		{"code", free(&u.data.Code), 0},
	}
}

func (u *unitRow) about() subject { return subject{unit: u.unit} }

func (*unitRow) happened() domain.Instant { return domain.Instant{} }

func (u *unitRow) command(maker) domain.Command {
	return domain.RegisterUnit{Unit: u.unit, UnitRegistered: u.data}
}
