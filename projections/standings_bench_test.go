package projections_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

// BenchmarkStandings projects the standings alone: of seasons that come one after the other, and of a country's seasons that report all at
// the same time, so that every batch touches nearly all of them.
func BenchmarkStandings(b *testing.B) {
	db := testenv.Postgres(b)
	if err := migrations.Up(b.Context(), db.DB); err != nil {
		b.Fatal(err)
	}
	for _, load := range []struct {
		name string
		log  *journal
	}{
		{"successive", manySeasons(20)},
		{"interleaved", interleavedSeasons(330, 1)},
	} {
		b.Run(load.name, func(b *testing.B) { benchmarkStandings(b, db, load.log) })
	}
}

// benchmarkStandings reports the processor time of this process for each event beside the time that passed. Postgres' own is not in it, that of
// making the tables is.
func benchmarkStandings(b *testing.B, db *sqlx.DB, j *journal) {
	standings := named(b, projections.All(j, j), "standings")
	before := processorTime(b)
	benchmark(b, db, []projections.Projection{standings}, j.events)
	events := float64(len(j.events) * b.N)
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/events, "cpu-µs/event")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/events, "µs/event")
}

// processorTime is what this process has used so far, in user and system mode.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// interleavedSeasons is a log of seasons that report in turn, unit after unit, a number of rounds.
func interleavedSeasons(n, rounds int) *journal {
	j := newJournal()
	for _, unit := range members {
		j.registerUnit(unit)
	}
	j.registerPerson("p-1")
	seasons := make([]string, n)
	for i := range seasons {
		seasons[i] = fmt.Sprintf("season-%d", i)
		j.draft(seasons[i], "Asia/Ho_Chi_Minh")
	}
	for _, unit := range members {
		for _, season := range seasons {
			j.setTargets(season, unit, domain.Target{Criterion: "A1", Target: "100"}, domain.Target{Criterion: "A2", Target: "90"}, domain.Target{Criterion: "A3", Target: "5"})
			j.sign(season, unit)
		}
	}
	for round := range rounds {
		for _, unit := range members {
			for _, period := range []string{"Q1", "Q2"} {
				for _, season := range seasons {
					j.report(season, unit, period, "A1", fmt.Sprint(10+round), "")
					j.report(season, unit, period, "A2", fmt.Sprint(10+round), "50")
					j.report(season, unit, period, "A3", fmt.Sprint(round), "")
					j.report(season, unit, period, "B1", "1", "")
				}
			}
		}
		j.pass(time.Minute)
	}
	return j
}
