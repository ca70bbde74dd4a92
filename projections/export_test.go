package projections

import "thidua/domain"

// Forgetful is the projection standings with an applier that keeps hardly any season in memory.
func Forgetful(history domain.History) Projection {
	p := standings(history)
	p.New = func() Applier { return &standingsApplier{history: history, limit: 1} }
	return p
}
