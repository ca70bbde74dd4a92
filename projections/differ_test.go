package projections_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/projections"
)

// TestDifferFindsOneChangedRow changes, takes away and adds one row of each table of each projection.
func TestDifferFindsOneChangedRow(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	stream := domain.AwardsStream("small-2019")
	j.add(stream, &domain.BallotTallied{Award: "flag", Unit: "son-la", Body: domain.BodyCluster, Members: "4", Present: "4", Yes: "2", No: "2", Blank: "0", Invalid: "0"})
	j.add(stream, &domain.AwardGranted{Award: "flag", Unit: "son-la", DecisionNumber: "12/QĐ", Signer: "p-1", Competence: j.say("Chủ tịch"), By: "p-2"})
	_, key := keyOf("first")
	j.addKey("first", "son-la")
	j.add(domain.KeyStream(key.ID()), &domain.KeyConfirmed{Minutes: j.say("BB"), By: "p-1"})
	j.add(domain.KeyStream(key.ID()), &domain.KeyRevoked{From: j.at(0), By: "p-1", Reason: j.say("mất")})
	j.add(domain.PersonStream("p-1"), &domain.DisclosureErased{Disclosures: []string{j.say("cũ").Digest}, Purposes: []string{"reason"}, By: "p-7", ApprovedBy: "p-8"})
	db, all := database(t, j)
	project(t, db, all, j.events)
	ofSeason := map[string]string{"standing": "rank = rank + 1", "sheet": "states = 'X'", "criterion": "criterion = criterion || 'x'"}
	for _, p := range all {
		proof, _ := replay(t, db, p, j.events)
		if got, err := projections.Differ(t.Context(), db, p, proof); got != "" || err != nil {
			t.Errorf("%s: Differ before any change gives %q, %v", p.Name, got, err)
		}
		for _, table := range p.Tables {
			if table.Derived {
				continue
			}
			live, fresh := p.Schema()+"."+table.Name, proof+"."+table.Name
			change, moved := "position = position + 1", "has a row that does not follow"
			if table.Name == "erasure" { // the position is in the key, so the row that follows comes before the one that does not
				moved = "lacks a row"
			}
			if table.OfSeason { // and no column position
				change = ofSeason[table.Name]
			}
			if strings.Contains(table.Columns, "recordedtime") { // there the position may be the key
				change = "recordedtime = recordedtime + interval '1 microsecond'"
			}
			for _, test := range []struct{ statement, want string }{
				{"UPDATE " + live + " SET " + change + " WHERE ctid = (SELECT max(ctid) FROM " + live + ")", moved},
				{"DELETE FROM " + live + " WHERE ctid = (SELECT max(ctid) FROM " + live + ")", "lacks a row"},
				{"DELETE FROM " + fresh + " WHERE ctid = (SELECT max(ctid) FROM " + fresh + ")", "has a row that does not follow"},
			} {
				got := differAfter(t, db, p, proof, test.statement)
				if want := "table " + table.Name + " " + test.want; !strings.HasPrefix(got, want) || !strings.Contains(got, "position") {
					t.Errorf("%s: Differ after %q gives %q, want %q and the position", p.Name, test.statement, got, want)
				}
			}
		}
	}
}

// differAfter compares after a change that is taken back then.
func differAfter(t *testing.T, db *sqlx.DB, p projections.Projection, schema, change string) string {
	t.Helper()
	tx, err := db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if n, err := tx.MustExecContext(t.Context(), change).RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s changes %d rows, want 1", change, n)
	}
	difference, err := projections.DifferIn(t.Context(), tx, p, schema)
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

// TestDifferSeesHowANumberIsWritten changes a number's digits and not its value.
func TestDifferSeesHowANumberIsWritten(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events)
	replayIn(t, db, p, projections.Proof, j.events)
	db.MustExecContext(t.Context(), "UPDATE p_standings_2.standing SET total = round(total, scale(total) + 1)")
	difference, err := projections.Differ(t.Context(), db, p, p.Beside(projections.Proof))
	if want := "table standing has a row"; err != nil || !strings.HasPrefix(difference, want) {
		t.Errorf("Differ gives %q, %v, want %q", difference, err, want)
	}
}

// TestDifferNeedsTheKeys doubles a row, which only a table without its key lets happen.
func TestDifferNeedsTheKeys(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "units")
	project(t, db, []projections.Projection{p}, j.events)
	replayIn(t, db, p, projections.Proof, j.events)
	db.MustExecContext(t.Context(), "ALTER TABLE p_units_1.unit DROP CONSTRAINT unit_pkey; INSERT INTO p_units_1.unit SELECT * FROM p_units_1.unit LIMIT 1")
	difference, err := projections.Differ(t.Context(), db, p, p.Beside(projections.Proof))
	if want := "primary key"; err != nil || !strings.Contains(difference, want) {
		t.Errorf("Differ gives %q, %v, want that it names the %s", difference, err, want)
	}
}

func TestDifferComparesWhatIsParked(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	sound := named(t, all, "facts")
	trips := projections.Tripping(sound, func(position domain.Position) bool { return position == 31 })
	project(t, db, []projections.Projection{sound}, j.events)
	c := replayIn(t, db, trips, projections.Proof, j.events)
	if c.Parked == 0 {
		t.Fatal("nothing is parked: the test shows nothing")
	}
	difference, err := projections.Differ(t.Context(), db, sound, sound.Beside(projections.Proof))
	if want := "position 31 is not parked"; err != nil || !strings.Contains(difference, want) {
		t.Errorf("Differ gives %q, %v, want %q", difference, err, want)
	}
}

// TestCompareHoldsForAMoment compares while the projection goes on: what comes after it was held is not seen.
func TestCompareHoldsForAMoment(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "standings")
	project(t, db, []projections.Projection{p}, j.events[:30])
	c := replayIn(t, db, p, projections.Proof, j.events[:10])
	difference, err := projections.Compare(t.Context(), db, p, projections.Proof, reaching(db, p, projections.Proof, c, j.events))
	if err != nil || difference != "" || c.Position != 30 {
		t.Errorf("Compare gives %q, %v at position %d, want no difference at 30", difference, err, c.Position)
	}
}
