package projections

import (
	"context"
	"errors"

	"thidua/domain"
)

// Forgetful is the projection standings with an applier that keeps hardly any season in memory.
func Forgetful(history domain.History) Projection {
	p := standings(history)
	p.New = func() Applier { return &standingsApplier{history: history, limit: 1} }
	return p
}

// Tripping is a projection whose applier fails on the events that trip names, after it has written; by a panic on every other one.
func Tripping(p Projection, trip func(domain.Position) bool) Projection {
	sound := p.New
	p.New = func() Applier { return &tripping{sound(), trip} }
	return p
}

type tripping struct {
	Applier
	trip func(domain.Position) bool
}

var errTripped = errors.New("tripped over nguyen@example.vn")

func (a *tripping) Apply(ctx context.Context, tx *Tx, events []domain.Recorded) error {
	for _, r := range events {
		if r.Fault != nil {
			return errors.New("a fault was given to an applier")
		}
	}
	err := a.Applier.Apply(ctx, tx, events)
	for _, r := range events {
		if _, voided := r.Event.(*domain.Voided); !voided && a.trip(r.Position) {
			if r.Position%2 == 0 {
				panic(errTripped)
			}
			return errors.Join(err, errTripped)
		}
	}
	return err
}

func (a *tripping) heed(parked func(string) bool, changed bool) {
	heedApplier(a.Applier, parked, changed)
}

func heedApplier(applier Applier, parked func(string) bool, changed bool) {
	if h, ok := applier.(heedful); ok {
		h.heed(parked, changed)
	}
}

// DifferIn is Differ in a transaction that may have changed something.
func DifferIn(ctx context.Context, q Querier, p Projection, schema string) (string, error) {
	return p.differ(ctx, q, schema)
}

// Copy adds rows to a table by COPY.
func Copy(ctx context.Context, db Session, table, columns string, all ...[]any) error {
	r := &rows{table: table, columns: columns}
	for _, values := range all {
		r.add(values...)
	}
	return inTransaction(ctx, db, func(tx *Tx) error { return copyAll(ctx, tx, r) })
}
