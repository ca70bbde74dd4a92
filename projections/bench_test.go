package projections_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

// BenchmarkCatchUp projects 20 seasons of about 1,000 events each in batches of 2,000: each projection by itself, and all at once.
func BenchmarkCatchUp(b *testing.B) {
	j := manySeasons(20)
	db := testenv.Postgres(b)
	if err := migrations.Up(b.Context(), db.DB); err != nil {
		b.Fatal(err)
	}
	all := projections.All(j, j)
	for _, p := range all {
		b.Run(p.Name, func(b *testing.B) { benchmark(b, db, []projections.Projection{p}, j.events) })
	}
	b.Run("all", func(b *testing.B) { benchmark(b, db, all, j.events) })
}

func benchmark(b *testing.B, db *sqlx.DB, all []projections.Projection, events []domain.Recorded) {
	for b.Loop() {
		b.StopTimer()
		for _, p := range all {
			err := projections.Drop(b.Context(), db, benchSchema(p))
			if err == nil {
				err = projections.InstallIn(b.Context(), db, p, benchSchema(p))
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		var group errgroup.Group
		for _, p := range all {
			group.Go(func() error { return catchUp(b.Context(), db, p, events) })
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "events/s")
}

func benchSchema(p projections.Projection) string { return p.Schema() + "_bench" }

func catchUp(ctx context.Context, db *sqlx.DB, p projections.Projection, events []domain.Recorded) error {
	const batch = 2000
	c, applier := &projections.Checkpoint{Name: p.Name, Version: p.Version, Epoch: epoch}, p.New()
	for at := 0; at < len(events); at += batch {
		if err := projections.ProjectIn(ctx, db, p, benchSchema(p), applier, c, events[at:min(at+batch, len(events))]); err != nil {
			return err
		}
	}
	return nil
}

// manySeasons is a log of seasons one after the other, each with a full set of values.
func manySeasons(n int) *journal {
	j := newJournal()
	for _, unit := range members {
		j.registerUnit(unit)
	}
	j.registerPerson("p-1")
	for i := range n {
		season := fmt.Sprintf("season-%d", i)
		j.draft(season, "Asia/Ho_Chi_Minh")
		for _, unit := range members {
			j.setTargets(season, unit, domain.Target{Criterion: "A1", Target: "100"}, domain.Target{Criterion: "A2", Target: "90"}, domain.Target{Criterion: "A3", Target: "5"})
			j.sign(season, unit)
		}
		for round := range 41 {
			for _, unit := range members {
				for _, period := range []string{"Q1", "Q2"} {
					j.report(season, unit, period, "A1", fmt.Sprint(10+round), "")
					j.report(season, unit, period, "A2", fmt.Sprint(10+round), "50")
					j.report(season, unit, period, "A3", fmt.Sprint(round), "")
					j.report(season, unit, period, "B1", "1", "")
				}
			}
			j.pass(time.Minute)
		}
	}
	return j
}
