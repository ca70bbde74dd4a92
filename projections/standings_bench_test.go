package projections_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

// BenchmarkStandings projects the standings alone: of seasons that come one after the other; of small seasons that report all at the same time,
// value by value, so that every batch touches nearly all of them; and of a country's seasons that hand in their forms on one day, or whose bundles
// are taken in all at once.
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
		{"country", country(330, 2, false)},
		{"imported", country(330, 2, true)},
	} {
		b.Run(load.name, func(b *testing.B) { benchmarkStandings(b, db, load.log) })
	}
}

// benchmarkStandings reports the processor time of this process for each event, and of Postgres, beside the time that passed. That of making the tables
// is in both.
func benchmarkStandings(b *testing.B, db *sqlx.DB, j *journal) {
	standings := named(b, projections.All(j, j), "standings")
	before, database := processorTime(b), postgresTime(b, db)
	benchmark(b, db, []projections.Projection{standings}, j.events)
	events := float64(len(j.events) * b.N)
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/events, "cpu-µs/event")
	b.ReportMetric(float64((postgresTime(b, db)-database).Microseconds())/events, "postgres-µs/event")
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

// postgresTime is what the server's processes that serve this database have used so far, where the system tells it.
func postgresTime(b *testing.B, db *sqlx.DB) (used time.Duration) {
	b.Helper()
	var serving []int
	if err := db.SelectContext(b.Context(), &serving, "SELECT pid FROM pg_stat_activity"); err != nil {
		b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // Linux, USER_HZ
	for _, pid := range serving {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		for _, field := range fields[11:13] { // utime and stime (proc_pid_stat(5))
			ticks, _ := strconv.Atoi(field)
			used += time.Duration(ticks) * tick
		}
	}
	return used
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

// country is a log of open seasons of the size of a country's: 10 units and 26 criteria each, whose units hand in the forms of some periods in turn. Imported
// seasons are ranked only at their end.
func country(seasons, periods int, imported bool) *journal {
	j := newJournal()
	j.registerPerson("p-1")
	draft := cluster()
	for _, unit := range draft.Draft.Members {
		j.registerUnit(unit)
	}
	var targets []domain.Target
	for i, c := range draft.Criteria {
		targets = append(targets, domain.Target{Criterion: c.ID, Target: fmt.Sprint(80 + i)})
	}
	named := func(s int) string { return fmt.Sprintf("season-%d", s) }
	for s := range seasons {
		draft.Season = named(s)
		if imported {
			j.add(domain.SeasonStream(draft.Season), &domain.ImportStarted{BundleSHA256: "b", Rows: 1})
		}
		for _, c := range draft.Changes(nil) {
			j.add(c.Stream, c.Event)
		}
		for _, unit := range draft.Draft.Members {
			j.setTargets(draft.Season, unit, targets...)
		}
	}
	for m := range periods {
		for u := range draft.Draft.Members {
			j.pass(time.Hour)
			for s := range seasons {
				draft.Season = named(s)
				j.form(draft, u, m, 7*s+13*u+m)
			}
		}
	}
	for s := range seasons {
		if imported {
			j.add(domain.SeasonStream(named(s)), &domain.ImportCompleted{BundleSHA256: "b", Rows: 1})
		}
	}
	return j
}

// form hands in a value of every criterion for a unit and a period.
func (j *journal) form(draft domain.DraftSeason, unit, period, number int) {
	stream := domain.ReportStream(draft.Season, draft.Draft.Members[unit], draft.Draft.Periods[period].ID)
	for i, c := range draft.Criteria {
		e := &domain.IndicatorReported{Criterion: c.ID, Value: domain.Decimal(fmt.Sprint((number + 3*i) % 90)), By: "p-1"}
		switch c.Kind {
		case "ratio":
			e.Denominator = domain.Decimal(fmt.Sprint(50 + (number+i)%40))
		case "yes_no":
			e.Value = "1"
		}
		j.add(stream, e)
	}
}

// cluster drafts a season with all formulas in it.
func cluster() domain.DraftSeason {
	shapes := []domain.CriterionDefined{
		{Kind: "number", Direction: "higher", OverTime: "latest", Formula: "absolute"},
		{Kind: "ratio", Direction: "higher", OverTime: "sum", Formula: "steps", Steps: []domain.Step{{AtLeast: "1", Share: "1"}, {AtLeast: "0.8", Share: "0.7"}}},
		{Kind: "number", Direction: "higher", OverTime: "sum", Formula: "relative", Cap: "1.3"},
		{Kind: "ratio", Direction: "higher", OverTime: "latest", Formula: "absolute"},
		{Kind: "number", Direction: "higher", OverTime: "sum", Formula: "count", PerItem: "0.25"},
		{Kind: "ratio", Direction: "lower", OverTime: "latest", Formula: "deduction", StepPercent: "10", PerStep: "2"},
		{Kind: "number", Direction: "higher", OverTime: "sum", Formula: "per_max"},
		{Kind: "number", Direction: "lower", OverTime: "sum", Formula: "absolute"},
		{Kind: "yes_no", Direction: "higher", OverTime: "latest", Formula: "yes_no"},
	}
	draft := domain.DraftSeason{Draft: domain.SeasonDrafted{
		Cluster: "c", Year: "2019", Title: domain.Names{VI: "Giao ước"}, Timezone: "Asia/Ho_Chi_Minh",
		Rules: domain.Rules{
			Scale: "1000", Rounding: domain.Rounding{Digits: "2"}, BonusCap: "50", Lateness: domain.Lateness{PerReport: "2", Max: "10"},
			TieBreak: []string{"fewer_penalty_points"}, Tiers: []domain.Tier{{ID: "good", MinTotal: "700", MinItemShare: "0.2"}, {ID: "fair", MinTotal: "0"}},
		},
	}}
	for u := range 10 {
		draft.Draft.Members = append(draft.Draft.Members, fmt.Sprintf("unit-%d", u))
	}
	for m := range 12 {
		deadline := domain.Date(fmt.Sprintf("2019-%02d-28", m+1))
		draft.Draft.Periods = append(draft.Draft.Periods, domain.Period{ID: fmt.Sprintf("M%02d", m+1), Deadline: deadline, Lock: deadline})
	}
	for i := range 26 {
		c := shapes[i%len(shapes)]
		c.ID, c.Points = fmt.Sprintf("C%02d", i), "36"
		draft.Criteria = append(draft.Criteria, c)
	}
	return draft
}
