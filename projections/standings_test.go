package projections_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
)

// rankingIsThatOfTheWorld compares the standings of a season with the ranking of the events up to a position, at that moment.
func rankingIsThatOfTheWorld(t *testing.T, db *sqlx.DB, season string, events []domain.Recorded) {
	t.Helper()
	last := events[len(events)-1]
	w := domain.NewWorld(season, last.RecordedTime)
	for _, r := range events {
		w.Evolve(r)
	}
	want := w.Ranking(last.RecordedTime)
	got, err := projections.Ranking(t.Context(), db, season)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Standings, got.Standings); diff != "" {
		t.Errorf("position %d, %s: standings (-want +got):\n%s", last.Position, last.RecordedTime, diff)
	}
	if got.Position != last.Position || got.Final != want.Final {
		t.Errorf("position %d: the ranking is of position %d, final %v, want final %v", last.Position, got.Position, got.Final, want.Final)
	}
}

// TestStandingsTurnWithTheDays lets days pass in which nothing happens in the season, and looks at each.
func TestStandingsTurnWithTheDays(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	const season = "small-2019"
	hold := func(unit, id string, from, to domain.Date) {
		j.add(domain.ConductStream(season, unit), &domain.HoldPlaced{Hold: id, From: from, To: to, Reason: j.say("đơn thư")})
	}
	hold("son-la", "h2", "2019-05-05", "2019-05-07")
	hold("son-la", "h3", "2019-07-20", "")
	hold("lai-chau", "h4", "2019-04-20", "")
	j.pass(30 * 24 * time.Hour)
	j.add(domain.ConductStream(season, "lai-chau"), &domain.HoldLifted{Hold: "h4", By: "p-1", Reason: j.say("đã xong")})
	quiet := len(j.events)
	for day := range 85 { // past every deadline, the unit's own, and every hold
		j.pass(24*time.Hour - time.Minute)
		j.registerPerson(fmt.Sprint("day-", day))
	}
	db, all := database(t, j)
	p := named(t, all, "standings")
	c, applier := claim(t, db, p), p.New()
	if err := projections.Project(t.Context(), db, p, applier, c, j.events[:quiet]); err != nil {
		t.Fatal(err)
	}
	rankingIsThatOfTheWorld(t, db, season, j.events[:quiet])
	for i := quiet; i < len(j.events); i++ {
		if i%7 == 0 { // a new process
			applier = p.New()
		}
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
		rankingIsThatOfTheWorld(t, db, season, j.events[:i+1])
	}
	difference := ""
	schema, _ := replay(t, db, p, j.events)
	if difference, _ = projections.Differ(t.Context(), db, p, schema); difference != "" {
		t.Errorf("day by day and at once differ: %s", difference)
	}
}

// TestStandingsSayHowLongTheyHold asks of each day after the last event whether the standings still hold, and computes them anew where they say so.
func TestStandingsSayHowLongTheyHold(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	const season = "small-2019"
	j.add(domain.ConductStream(season, "son-la"), &domain.HoldPlaced{Hold: "h2", From: "2019-05-05", To: "2019-05-07", Reason: j.say("đơn thư")})
	db, all := database(t, j)
	project(t, db, all, j.events)
	r, err := projections.Ranking(t.Context(), db, season)
	if err != nil {
		t.Fatal(err)
	}
	w := domain.NewWorld(season, j.now)
	for _, e := range j.events {
		w.Evolve(e)
	}
	held, changed := 0, 0
	for day := range 85 {
		at := j.now.Add(time.Duration(day) * 24 * time.Hour)
		diff := cmp.Diff(w.Ranking(at).Standings, r.Standings)
		if holds := r.HoldsOn(domain.DateOf(at, w.Season.Zone())); holds {
			held++
			if diff != "" {
				t.Errorf("day %d: the standings do not hold (-want +got):\n%s", day, diff)
			}
		}
		if diff != "" {
			changed++
		}
	}
	if held == 0 || changed == 0 {
		t.Errorf("the standings hold on %d days and have changed on %d, want both", held, changed)
	}
	if r.HoldsOn("2019-01-01") {
		t.Error("the standings hold on a day before theirs")
	}
}

// TestEventAheadOfItsRecord has a value that is dated after it was recorded, as when clocks differ: it counts from the day on which its moment has
// come, however the log is cut.
func TestEventAheadOfItsRecord(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	e := &domain.IndicatorReported{Criterion: "A1", Value: "77", By: "p-1"}
	j.addAt(domain.ReportStream("small-2019", "son-la", "Q2"), j.at(30*time.Hour), e)
	for day := range 4 {
		j.pass(24 * time.Hour)
		j.registerPerson(fmt.Sprint("day-", day))
	}
	db, all := database(t, j)
	p := named(t, all, "standings")
	c, applier := claim(t, db, p), p.New()
	for i := range j.events {
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	rankingIsThatOfTheWorld(t, db, "small-2019", j.events)
	schema, _ := replay(t, db, p, j.events)
	if difference, err := projections.Differ(t.Context(), db, p, schema); err != nil || difference != "" {
		t.Errorf("one by one and at once differ: %s, %v", difference, err)
	}
}

func TestForgottenSeasonsAreReadAgain(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.draft("other-2019", "America/New_York")
	for _, season := range []string{"small-2019", "other-2019", "small-2019", "other-2019"} {
		j.pass(time.Hour)
		j.report(season, "son-la", "Q2", "B1", "1", "")
		j.report(season, "lao-cai", "Q2", "B1", "1", "")
	}
	db, _ := database(t, j)
	p := projections.Forgetful(j)
	c, applier := claim(t, db, p), p.New()
	for i := range j.events {
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	rankingIsThatOfTheWorld(t, db, "small-2019", j.events)
	rankingIsThatOfTheWorld(t, db, "other-2019", j.events)
}

func TestHalfImportedSeasonHasNoStandings(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.add(domain.SeasonStream("small-2019"), &domain.ImportStarted{BundleSHA256: "b2", Rows: 1})
	db, all := database(t, j)
	p := named(t, all, "standings")
	c, applier := claim(t, db, p), p.New()
	last := len(j.events) - 1
	if err := projections.Project(t.Context(), db, p, applier, c, j.events[:last]); err != nil {
		t.Fatal(err)
	}
	rankingIsThatOfTheWorld(t, db, "small-2019", j.events[:last])
	if err := projections.Project(t.Context(), db, p, applier, c, j.events[last:]); err != nil {
		t.Fatal(err)
	}
	got, err := projections.Ranking(t.Context(), db, "small-2019")
	if err != nil {
		t.Fatal(err)
	}
	want := &projections.CurrentRanking{
		Season: "small-2019", Position: j.events[last].Position, SeasonPosition: j.events[last].Position,
		RulesetSHA256: j.world("small-2019").Season.RulesetSHA256, Timezone: "Asia/Ho_Chi_Minh", Importing: true, Standings: []domain.Standing{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
}

func TestRankingOfASeasonThatIsNotThere(t *testing.T) {
	t.Parallel()
	db, _ := database(t, newJournal())
	if _, err := projections.Ranking(t.Context(), db, "none"); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("Ranking gives %v, want that it is not found", err)
	}
}

// torn is a history that lost an event, or can't be read.
type torn struct {
	*journal
	lost domain.Position
	err  error
}

func (h torn) Season(ctx context.Context, season string, upTo domain.Position) ([]domain.Recorded, error) {
	if h.err != nil {
		return nil, h.err
	}
	events, err := h.journal.Season(ctx, season, upTo)
	return slices.DeleteFunc(events, func(r domain.Recorded) bool { return r.Position == h.lost }), err
}

func TestHistoryIsNotBelievedBlindly(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, _ := database(t, j)
	unreachable := errors.New("no servers")
	for _, tc := range []struct {
		history torn
		want    error
		passing bool
	}{
		{torn{journal: j, lost: 15}, domain.ErrCorrupt, false},
		{torn{journal: j, lost: 21}, nil, true}, // a replica that is behind
		{torn{journal: j, err: unreachable}, unreachable, true},
		{torn{journal: j, err: fmt.Errorf("read: %w", domain.ErrCorrupt)}, domain.ErrCorrupt, false},
	} {
		p := named(t, projections.All(tc.history, j), "standings")
		c := claim(t, db, p)
		if c.Position == 0 {
			if err := projections.Project(t.Context(), db, p, p.New(), c, j.events[:20]); err != nil {
				t.Fatal(err)
			}
		}
		err := projections.Project(t.Context(), db, p, p.New(), c, j.events[20:])
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || projections.Passing(err) != tc.passing {
			t.Errorf("Project gives %v, passing %v, want %v, passing %v", err, projections.Passing(err), tc.want, tc.passing)
		}
	}
}

// TestOnlyWhatChangesIsWritten has one unit report what moves no other: the rows of the others stay untouched, down to the transaction that wrote them.
func TestOnlyWhatChangesIsWritten(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	before := len(j.events)
	j.report("small-2019", "son-la", "Q2", "A1", "1", "") // an absolute formula
	db, all := database(t, j)
	p := named(t, all, "standings")
	c, applier := claim(t, db, p), p.New()
	written := func(table string) map[string]string {
		var rows []struct{ Unit, Xmin string }
		if err := db.SelectContext(t.Context(), &rows, "SELECT unit, xmin::text FROM "+p.Schema()+"."+table); err != nil {
			t.Fatal(err)
		}
		by := map[string]string{}
		for _, r := range rows {
			by[r.Unit] = r.Xmin
		}
		return by
	}
	if err := projections.Project(t.Context(), db, p, applier, c, j.events[:before]); err != nil {
		t.Fatal(err)
	}
	sheets, lines := written("sheet"), written("standing")
	if err := projections.Project(t.Context(), db, p, applier, c, j.events[before:]); err != nil {
		t.Fatal(err)
	}
	rankingIsThatOfTheWorld(t, db, "small-2019", j.events)
	for table, was := range map[string]map[string]string{"sheet": sheets, "standing": lines} {
		for unit, by := range written(table) {
			if changed := by != was[unit]; changed != (unit == "son-la") {
				t.Errorf("%s: the row of %s was written again: %t", table, unit, changed)
			}
		}
	}
}
