package workers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/projections"
	"thidua/workers"
)

// A new version is built beside the old one, which serves and is projected meanwhile; readers see one or the other and never nothing. The new one
// is stopped three times on the way.
func TestNewVersionComesInUnderTraffic(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	stopOld := b.run(t, b.config("old-program"))
	quiesce := b.traffic(t)
	next := b.small("new-program", "units", "standings")
	for i := range next.Projections {
		next.Projections[i].Version++
	}
	for i := range 3 {
		stop := b.run(t, next)
		b.reached(t, domain.Position(100*(i+1)), next.Projections...)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	stop := b.run(t, next)
	b.live(t, next.Projections)
	quiesce()
	last := b.register(t, "in-the-new-version")
	b.reached(t, last, append(next.Projections, b.named(t, "units"), b.named(t, "standings"))...)
	if err := errors.Join(stop(), stopOld()); err != nil {
		t.Error(err)
	}
	var shown domain.Position
	if err := b.db.GetContext(t.Context(), &shown, "SELECT max(position) FROM read.unit_v1"); err != nil || shown != last {
		t.Errorf("readers see units up to position %d, %v, want %d", shown, err, last)
	}
	verdict, err := workers.Verify(t.Context(), next, "", quiet)
	if err != nil || !verdict.OK() {
		t.Errorf("verify of the new version: %v, %+v", err, verdict)
	}
	back := b.only("old-program", "units", "standings")
	if _, err := workers.Undo(t.Context(), back, quiet); err != nil {
		t.Fatalf("the old program puts its version back: %v", err)
	}
	b.live(t, back.Projections)
}

// traffic appends and reads until it is told to end. No reader may see fewer units or standings than there are.
func (b *bed) traffic(t *testing.T) (quiesce func()) {
	t.Helper()
	ctx, enough := context.WithCancel(t.Context())
	var traffic errgroup.Group
	traffic.Go(func() error {
		for i := 0; ctx.Err() == nil; i++ {
			b.reached(t, b.register(t, fmt.Sprint("traffic-", i)), b.named(t, "units"))
		}
		return nil
	})
	traffic.Go(func() error {
		for ctx.Err() == nil {
			var units, standings int
			err := b.db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM read.unit_v1), (SELECT count(*) FROM read.standing_v1)").Scan(&units, &standings)
			if err != nil || units < 7 || standings != 7 {
				return fmt.Errorf("a reader sees %d units and %d standings, %w", units, standings, err)
			}
		}
		return nil
	})
	return func() {
		enough()
		if err := traffic.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// live waits until the views show some projections.
func (b *bed) live(t *testing.T, all []projections.Projection) {
	t.Helper()
	for _, p := range all {
		b.until(t, "the views show "+p.Schema(), "SELECT live FROM frame.checkpoint WHERE schema = $1", p.Schema())
	}
}

// Tables whose definition has changed under the same version are built anew at start, beside the old ones.
func TestChangedDefinitionIsBuiltAnew(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	cfg := b.small("changed", "units")
	p := &cfg.Projections[0]
	p.DDL += "ALTER TABLE unit ADD COLUMN short text DEFAULT 'short'; COMMENT ON COLUMN unit.short IS 'Short name.';"
	p.Tables = []projections.Table{p.Tables[0]}
	p.Tables[0].Columns += ", short"
	verdict, err := workers.Verify(t.Context(), cfg, "", quiet)
	if err != nil || verdict.OK() {
		t.Errorf("verify of the old definition by the new program: %v, %+v, want that it is not right", err, verdict)
	}
	position := b.register(t, "new")
	stop := b.run(t, cfg)
	b.reached(t, position, *p)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var short, all int
	if err := b.db.QueryRowContext(t.Context(), "SELECT count(short), count(*) FROM read.unit_v1").Scan(&short, &all); err != nil || short != all || all < 8 {
		t.Errorf("readers see %d units, %d with the new column, %v", all, short, err)
	}
	if verdict, err = workers.Verify(t.Context(), cfg, "", quiet); err != nil || !verdict.OK() {
		t.Errorf("verify: %v, %+v", err, verdict)
	}
}
