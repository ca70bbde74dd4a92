package projections_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/projections"
)

// ignoreClock leaves out what the database's clock says.
var ignoreClock = cmp.Options{cmpopts.IgnoreFields(projections.Checkpoint{}, "UpdatedAt"), cmpopts.IgnoreUnexported(projections.Checkpoint{})}

func TestInstallManyTimesAndAtOnce(t *testing.T) {
	t.Parallel()
	db := testenv.Postgres(t)
	if err := migrations.Up(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	all := projections.All(newJournal(), newJournal())
	for range 2 {
		var group errgroup.Group
		for range 4 {
			group.Go(func() error {
				var errs []error
				for _, p := range all {
					errs = append(errs, projections.Install(t.Context(), db, p))
				}
				return errors.Join(errs...)
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := projections.Checkpoints(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	var want []projections.Checkpoint
	for _, name := range []string{"audit", "awards", "facts", "keys", "people", "pledges", "seasons", "standings", "units"} {
		want = append(want, projections.Checkpoint{Name: name, Version: named(t, all, name).Version, Live: true})
	}
	if diff := cmp.Diff(want, got, ignoreClock); diff != "" {
		t.Errorf("checkpoints (-want +got):\n%s", diff)
	}
}

func TestProjectMovesTheCheckpoint(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	project(t, db, all, j.events)
	last := j.events[len(j.events)-1]
	for _, p := range all {
		got, err := projections.LoadCheckpoint(t.Context(), db, p)
		if err != nil {
			t.Fatal(err)
		}
		want := &projections.Checkpoint{
			Name: p.Name, Version: p.Version, Live: true, Epoch: epoch, Owner: owner, Fence: 1, Position: last.Position, EventID: last.ID,
		}
		if diff := cmp.Diff(want, got, ignoreClock); diff != "" {
			t.Errorf("checkpoint of %s (-want +got):\n%s", p.Name, diff)
		}
	}
	if err := projections.Await(t.Context(), db, all, last.Position); err != nil {
		t.Error(err)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db, all := database(t, newJournal())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := projections.Await(ctx, db, all, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Await gives %v, want that the context was cancelled", err)
	}
}

func TestStaleOwnerIsRefusedAndWritesNothing(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		c, applier := claim(t, db, p), p.New()
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[:9]); err != nil {
			t.Fatal(err)
		}
		before, other := rowsOf(t, db, p), *c
		if _, err := projections.Claim(t.Context(), db, p, epoch, lease(p, "owner-2", 2)); err != nil {
			t.Fatal(err)
		}
		other.Owner, other.Fence, other.Epoch = "owner-2", 2, "epoch-2"
		late := *c
		late.Owner = "owner-2"
		behind := projections.Checkpoint{Name: p.Name, Version: 1, Epoch: epoch, Owner: "owner-2", Fence: 2}
		for name, stale := range map[string]projections.Checkpoint{"owner": *c, "fence": late, "epoch": other, "position": behind} {
			was := stale
			err := projections.Project(t.Context(), db, p, p.New(), &stale, j.events[stale.Position:12])
			if !errors.Is(err, domain.ErrConflict) || projections.Passing(err) {
				t.Errorf("%s: Project with a stale %s gives %v, want a conflict that does not pass", p.Name, name, err)
			}
			if diff := cmp.Diff(was, stale, ignoreClock); diff != "" {
				t.Errorf("%s: checkpoint in memory after a refusal (-want +got):\n%s", p.Name, diff)
			}
		}
		if diff := cmp.Diff(before, rowsOf(t, db, p)); diff != "" {
			t.Errorf("%s: rows after refusals (-want +got):\n%s", p.Name, diff)
		}
	}
}

func TestForeignEpochIsRefused(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "units")
	if _, err := projections.Claim(t.Context(), db, p, "epoch-0", lease(p, owner, 1)); err != nil {
		t.Fatalf("at position 0 any epoch can be claimed: %v", err)
	}
	project(t, db, []projections.Projection{p}, j.events)
	if _, err := projections.Claim(t.Context(), db, p, "epoch-2", lease(p, owner, 1)); !errors.Is(err, domain.ErrCorrupt) {
		t.Errorf("Claim for another epoch gives %v, want that it is corrupt", err)
	}
}

// failing is an applier that fails after it has written, as if the database had gone away.
type failing struct{ projections.Applier }

var errFailing = fmt.Errorf("failing: %w", driver.ErrBadConn)

func (f failing) Apply(ctx context.Context, tx *projections.Tx, events []domain.Recorded) error {
	return errors.Join(f.Applier.Apply(ctx, tx, events), errFailing)
}

func TestFailingApplyLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		c, applier := claim(t, db, p), p.New()
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[:20]); err != nil {
			t.Fatal(err)
		}
		rowsBefore, checkpointBefore := rowsOf(t, db, p), *c
		if err := projections.Project(t.Context(), db, p, failing{applier}, c, j.events[20:]); !errors.Is(err, errFailing) {
			t.Fatalf("%s: Project gives %v, want what Apply gave", p.Name, err)
		}
		stored, err := projections.LoadCheckpoint(t.Context(), db, p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rowsBefore, rowsOf(t, db, p)); diff != "" {
			t.Errorf("%s: rows after a failure (-want +got):\n%s", p.Name, diff)
		}
		if diff := cmp.Diff(&checkpointBefore, stored, ignoreClock); diff != "" {
			t.Errorf("%s: checkpoint after a failure (-want +got):\n%s", p.Name, diff)
		}
		// The same applier goes on: its memory does not run ahead of the tables.
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[20:]); err != nil {
			t.Errorf("%s: the same batch again: %v", p.Name, err)
		}
	}
}

func TestBatchWhoseAnswerWasLostCountsOnce(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	for _, p := range all {
		c, applier := claim(t, db, p), p.New()
		lost := *c
		if err := projections.Project(t.Context(), db, p, applier, &lost, j.events[:20]); err != nil {
			t.Fatal(err)
		}
		before := rowsOf(t, db, p)
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[:20]); err != nil {
			t.Errorf("%s: the same batch again: %v", p.Name, err)
		}
		if diff := cmp.Diff(before, rowsOf(t, db, p)); diff != "" {
			t.Errorf("%s: rows after the same batch again (-want +got):\n%s", p.Name, diff)
		}
		if c.Position != 20 {
			t.Errorf("%s: the checkpoint is at %d, want 20", p.Name, c.Position)
		}
		if err := projections.Project(t.Context(), db, p, applier, c, j.events[20:]); err != nil {
			t.Errorf("%s: the next batch: %v", p.Name, err)
		}
	}
}

func TestMissingEventIsCorruption(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	db, all := database(t, j)
	p := named(t, all, "audit")
	for name, events := range map[string][]domain.Recorded{
		"at the beginning": j.events[1:3],
		"within the batch": {j.events[0], j.events[2]},
		"twice":            {j.events[0], j.events[0]},
	} {
		err := projections.Project(t.Context(), db, p, p.New(), claim(t, db, p), events)
		if !errors.Is(err, domain.ErrCorrupt) || projections.Passing(err) {
			t.Errorf("missing %s: Project gives %v, want that it is corrupt", name, err)
		}
	}
}

func TestUnknownEventStopsEveryProjectionButTheAuditTrail(t *testing.T) {
	t.Parallel()
	j := smallSeason()
	j.add(domain.AwardsStream("small-2019"), nil)
	db, all := database(t, j)
	for _, p := range all {
		err := projections.Project(t.Context(), db, p, p.New(), claim(t, db, p), j.events)
		if p.Name == "audit" {
			if err != nil {
				t.Errorf("the audit trail gives %v, want no error", err)
			}
			continue
		}
		if !errors.Is(err, domain.ErrUnknownEvent) || projections.Passing(err) {
			t.Errorf("%s gives %v, want that the event is unknown", p.Name, err)
		}
	}
}
