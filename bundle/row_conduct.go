package bundle

import "thidua/domain"

// adjustmentRow is a row of adjustments.csv: bonus or penalty points. Two that say the same are two adjustments.
type adjustmentRow struct {
	origin
	unit, kind        string
	points            domain.Decimal
	reason, decidedBy string
	decidedAt         domain.Instant
}

func (a *adjustmentRow) cells() []cell {
	return []cell{
		{"unit", id(&a.unit), bold},
		{"kind", free(&a.kind), bold},
		{"points", decimal{&a.points}, bold},
		{"reason", free(&a.reason), bold | personal},
		{"decided_by", free(&a.decidedBy), bold | personal},
		{"decided_at", instant{&a.decidedAt}, bold},
	}
}

func (a *adjustmentRow) about() subject { return subject{unit: a.unit} }

func (a *adjustmentRow) happened() domain.Instant { return a.decidedAt }

func (a *adjustmentRow) command(m maker) domain.Command {
	return domain.AdjustPoints{
		Season: m.season, Unit: a.unit, At: a.decidedAt,
		PointsAdjusted: domain.PointsAdjusted{Kind: a.kind, Points: a.points, By: m.person(a.decidedBy), Reason: m.seal("reason", a.reason)},
	}
}

// holdRow is a row of holds.csv: a block on awards. Two that say the same are two holds.
type holdRow struct {
	origin
	unit             string
	first, last      domain.Date
	reason, document string
}

func (h *holdRow) cells() []cell {
	return []cell{
		{"unit", id(&h.unit), bold},
		{"from", date(&h.first), bold},
		{"to", date(&h.last), 0},
		{"reason", free(&h.reason), bold | personal},
		{"document", free(&h.document), personal},
	}
}

func (h *holdRow) about() subject { return subject{unit: h.unit} }

func (*holdRow) happened() domain.Instant { return domain.Instant{} }

func (h *holdRow) command(m maker) domain.Command {
	return domain.PlaceHold{
		Season: m.season, Unit: h.unit,
		HoldPlaced: domain.HoldPlaced{Hold: m.id, From: h.first, To: h.last, Reason: m.seal("reason", h.reason), Document: m.seal("document", h.document)},
	}
}
