package projections_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	"thidua/domain"
	"thidua/projections"
)

// drawPoisoned draws a journal with strays on it and events that no projection but the audit trail can take, some of which are discarded.
func drawPoisoned(rt *rapid.T, discards, strays bool) (j *journal, trip func(domain.Position) bool) {
	poison := rapid.SliceOfDistinct(rapid.Uint64Range(2, 60), rapid.ID).Draw(rt, "poison")
	trip = func(position domain.Position) bool { return slices.Contains(poison, position) }
	var open []domain.Position
	seen := 0
	return drawJournalWith(rt, func(d *drawn) {
		for ; seen < len(d.events); seen++ {
			r := d.events[seen]
			if _, ok := r.Event.(*domain.EventDiscarded); trip(r.Position) && !ok {
				open = append(open, r.Position)
			}
		}
		if strays && rapid.IntRange(0, 9).Draw(d.rt, "stray") == 0 {
			d.stray(rapid.SampledFrom([]domain.Stream{
				domain.LogStream(), domain.UnitStream(members[1]), domain.SeasonStream("s1"), domain.ConductStream("s2", members[0]),
				domain.ReportStream("s1", members[0], "Q1"), domain.PledgeStream("s2", members[2]),
			}).Draw(d.rt, "where"))
			open = append(open, domain.Position(len(d.events)))
			seen = len(d.events)
		}
		if discards && len(open) > 0 && rapid.IntRange(0, 5).Draw(d.rt, "discard") == 0 {
			i := rapid.IntRange(0, len(open)-1).Draw(d.rt, "which")
			d.discard(open[i])
			open = slices.Delete(open, i, i+1)
		}
	}), trip
}

// poisoned lists the projections of a journal, all but the audit trail failing on some events.
func poisoned(j *journal, trip func(domain.Position) bool) []projections.Projection {
	all := projections.All(j, j)
	for i, p := range all {
		if !p.TakesAll {
			all[i] = projections.Tripping(p, func(position domain.Position) bool {
				_, discards := j.events[position-1].Event.(*domain.EventDiscarded)
				return trip(position) && !discards
			})
		}
	}
	return all
}

// withOther is a database with every projection installed twice.
func withOther(t *testing.T) (*sqlx.DB, []projections.Projection) {
	t.Helper()
	db, all := database(t, newJournal())
	for _, p := range all {
		if err := projections.InstallIn(t.Context(), db, p, p.Schema()+"_other"); err != nil {
			t.Fatal(err)
		}
	}
	return db, all
}

// What is parked, and what is in the tables, does not hang on where batches are cut, with any events poison, strays, and discards among them.
func TestParkingDoesNotHangOnCuts(t *testing.T) {
	t.Parallel()
	db, all := withOther(t)
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j, trip := drawPoisoned(rt, true, true)
		for _, p := range poisoned(j, trip) {
			projectInCuts(rt, t.Context(), db, p, p.Schema(), j.events)
			projectInCuts(rt, t.Context(), db, p, p.Schema()+"_other", j.events)
			same(t, rt, db, p)
		}
	})
}

// same judges that a projection's tables, and what it has parked, equal those of the other replay.
func same(t *testing.T, rt *rapid.T, db *sqlx.DB, p projections.Projection) {
	t.Helper()
	difference, err := projections.Differ(t.Context(), db, p, p.Schema()+"_other")
	if err != nil {
		rt.Fatal(err)
	}
	if difference != "" {
		rt.Errorf("%s: two replays of one log differ: %s", p.Name, difference)
	}
}

// Exactly the poison and what lies behind it is parked, and the tables are those of a log on which none of that stands.
func TestWhatIsNotParkedIsProjected(t *testing.T) {
	t.Parallel()
	db, all := withOther(t)
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j, trip := drawPoisoned(rt, false, true)
		for i, p := range poisoned(j, trip) {
			projectInCuts(rt, t.Context(), db, p, p.Schema(), j.events)
			rest, parked := without(j, p, trip)
			sound := projections.All(&journal{events: rest}, j)[i]
			projectInCuts(rt, t.Context(), db, sound, p.Schema()+"_other", rest)
			if diff := cmp.Diff(parked, parkedIn(t, db, p)); diff != "" {
				rt.Errorf("%s: parked (-want +got):\n%s", p.Name, diff)
			}
			db.MustExecContext(t.Context(), "DELETE FROM frame.parked")
			if p.Name == "standings" { // a season that is parked stays as of its last event, whatever day comes
				forgetSeasons(t, db, p, j, trip)
			}
			same(t, rt, db, p)
		}
	})
}

// without returns the events as they are without the poison and what lies behind it, and the list of that.
func without(j *journal, p projections.Projection, trip func(domain.Position) bool) (rest []domain.Recorded, parked []string) {
	keys := map[domain.Stream]bool{}
	for _, r := range j.events {
		key := r.Stream
		if p.BySeason && key.Season != "" {
			key = domain.Stream{Season: key.Season}
		}
		cause := "behind"
		if r.Fault != nil || trip(r.Position) && !keys[key] {
			cause = "poison"
			keys[key] = !p.TakesAll
		}
		if keys[key] {
			parked = append(parked, fmt.Sprintf("%d %s", r.Position, cause))
			r.Stream, r.Event, r.Fault = domain.LogStream(), &domain.Voided{}, nil
		}
		rest = append(rest, r)
	}
	return rest, parked
}

func parkedIn(t *testing.T, db *sqlx.DB, p projections.Projection) (lines []string) {
	t.Helper()
	const query = "SELECT position || ' ' || cause FROM frame.parked WHERE schema = $1 ORDER BY position"
	if err := db.SelectContext(t.Context(), &lines, query, p.Schema()); err != nil {
		t.Fatal(err)
	}
	return lines
}

// forgetSeasons removes the parked seasons from the standings.
func forgetSeasons(t *testing.T, db *sqlx.DB, p projections.Projection, j *journal, trip func(domain.Position) bool) {
	t.Helper()
	for _, r := range j.events {
		if r.Stream.Season == "" || r.Fault == nil && !trip(r.Position) {
			continue
		}
		for _, schema := range []string{p.Schema(), p.Schema() + "_other"} {
			for _, table := range p.Tables {
				if table.Name != "unit" && !table.Derived {
					db.MustExecContext(t.Context(), fmt.Sprintf("DELETE FROM %s.%s WHERE season = $1", schema, table.Name), r.Stream.Season)
				}
			}
		}
	}
}

// Once the projection is mended, what was parked is taken again, by another process while its owner goes on; then all is as if nothing had been.
func TestRetry(t *testing.T) {
	t.Parallel()
	db, all := withOther(t)
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, db, all)
		j, trip := drawPoisoned(rt, true, false)
		broken := true
		sound := projections.All(j, j)
		for i, p := range poisoned(j, func(position domain.Position) bool { return broken && trip(position) }) {
			broken = true
			c := &projections.Checkpoint{Name: p.Name, Version: p.Version, Epoch: epoch}
			applier, cut := p.New(), rapid.IntRange(1, len(j.events)).Draw(rt, "mended at")
			if err := projections.Project(t.Context(), db, p, applier, c, j.events[:cut]); err != nil {
				rt.Fatal(err)
			}
			broken = false
			parked := len(parkedIn(t, db, p))
			taken, left, err := projections.Retry(t.Context(), db, sound[i])
			// A season that is drafted again because its draft was discarded is poison for some by itself.
			if err != nil || taken+left != parked || left != len(parkedIn(t, db, p)) {
				rt.Fatalf("%s: Retry takes %d of %d and leaves %d, %v", p.Name, taken, parked, left, err)
			}
			projectInCuts(rt, t.Context(), db, sound[i], p.Schema()+"_other", j.events[:cut])
			same(t, rt, db, p)
			if cut == len(j.events) {
				continue
			}
			if err := projections.Project(t.Context(), db, p, applier, c, j.events[cut:]); err != nil {
				rt.Fatal(err)
			}
			other, err := projections.LoadCheckpoint(t.Context(), db, p)
			if err != nil {
				rt.Fatal(err)
			}
			other.Position, other.EventID = domain.Position(cut), j.events[cut-1].ID
			if err := projections.ProjectIn(t.Context(), db, sound[i], p.Schema()+"_other", sound[i].New(), other, j.events[cut:]); err != nil {
				rt.Fatal(err)
			}
			same(t, rt, db, p)
		}
	})
}

// A text whose event is parked while it is erased is erased all the same, once the event is taken.
func TestTextErasedWhileItWasParked(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	reason := j.say("vì chị Lan ốm")
	j.add(domain.ConductStream("small-2019", "son-la"), &domain.PointsAdjusted{Kind: domain.Bonus, Points: "1", By: "p-1", Reason: reason})
	poison := domain.Position(len(j.events))
	j.add(domain.PersonStream("p-9"), &domain.DisclosureErased{Disclosures: []string{reason.Digest}, Purposes: []string{"reason"}, By: "p-7", ApprovedBy: "p-8"})
	db, all := database(t, j)
	tripping := poisoned(j, func(position domain.Position) bool { return position == poison })
	project(t, db, []projections.Projection{named(t, tripping, "people")}, j.events)
	people := named(t, all, "people")
	if taken, left, err := projections.Retry(t.Context(), db, people); taken != 1 || left != 0 || err != nil {
		t.Fatalf("Retry takes %d, leaves %d: %v", taken, left, err)
	}
	erased, err := projections.ErasedTexts(t.Context(), db, []string{reason.Digest})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]domain.Position{reason.Digest: poison + 1}, erased); diff != "" {
		t.Errorf("erased texts (-want +got):\n%s", diff)
	}
}
