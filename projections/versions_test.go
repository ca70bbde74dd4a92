package projections_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/projections"
)

// withColumn is the next version of the projection units, with a column more.
func withColumn(first projections.Projection) projections.Projection {
	second := first
	second.Version = 2
	second.DDL += "ALTER TABLE unit ADD COLUMN short text DEFAULT 's'; COMMENT ON COLUMN unit.short IS 'Short name.';"
	second.Tables = []projections.Table{first.Tables[0]}
	second.Tables[0].Columns += ", short"
	return second
}

// TestNewVersionGoesLiveWhenItHasCaughtUp adds a column in a second version, and goes back to the first.
func TestNewVersionGoesLiveWhenItHasCaughtUp(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	first := named(t, all, "units")
	project(t, db, []projections.Projection{first}, j.events)
	second := withColumn(first)
	if err := projections.Install(t.Context(), db, second); err != nil {
		t.Fatal(err)
	}
	c, applier := claim(t, db, second), second.New()
	for _, events := range [][]domain.Recorded{j.events[:1], j.events[1:]} {
		err := projections.Project(t.Context(), db, second, applier, c, events)
		if err = errors.Join(err, projections.GoLive(t.Context(), db, second, c)); err != nil || c.Live {
			t.Fatalf("without its indexes: %v, live is %v", err, c.Live)
		}
		if n := count(t, db, "read.unit_v1"); n != len(members) {
			t.Errorf("readers see %d units at position %d, want %d", n, c.Position, len(members))
		}
	}
	if err := errors.Join(projections.Index(t.Context(), db, second, c), projections.GoLive(t.Context(), db, second, c)); err != nil || !c.Live {
		t.Fatalf("caught up, with its indexes: %v, live is %v", err, c.Live)
	}
	if n := count(t, db, "read.unit_v1 WHERE short = 's'"); n != len(members) {
		t.Errorf("%d units of the new version are shown, want all %d", n, len(members))
	}
	if err := projections.Return(t.Context(), db, first); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "read.unit_v1 WHERE short IS NULL"); n != len(members) {
		t.Errorf("back at the first version: %d of its units are shown, want all %d", n, len(members))
	}
	if err := projections.Return(t.Context(), db, first); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("a second Return gives %v, want %v", err, domain.ErrNotFound)
	}
}

// TestNewerVersionsKeepOnlyTheOneBefore goes through three versions.
func TestNewerVersionsKeepOnlyTheOneBefore(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "units")
	project(t, db, []projections.Projection{p}, j.events)
	for version := 2; version <= 3; version++ {
		p.Version = version
		if err := projections.Install(t.Context(), db, p); err != nil {
			t.Fatal(err)
		}
		c := claim(t, db, p)
		if err := errors.Join(projections.Project(t.Context(), db, p, p.New(), c, j.events), projections.Index(t.Context(), db, p, c),
			projections.GoLive(t.Context(), db, p, c)); err != nil {
			t.Fatal(err)
		}
	}
	var schemas []string
	if err := db.SelectContext(t.Context(), &schemas, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'p_units%' ORDER BY nspname"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"p_units_2", "p_units_3"}, schemas); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
	dropped, err := projections.DropFormer(t.Context(), db, p)
	if diff := cmp.Diff([]string{"p_units_2"}, dropped); diff != "" || err != nil {
		t.Errorf("dropped (-want +got):\n%s%v", diff, err)
	}
}
