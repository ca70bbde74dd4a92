package projections_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"thidua/projections"
)

// TestPrepared asks the same from many sides at once, with what differs.
func TestPrepared(t *testing.T) {
	t.Parallel()
	db, _ := database(t, smallSeason())
	often := projections.Prepare(db)
	var asking errgroup.Group
	for n := range 64 {
		asking.Go(func() error {
			var one int
			var some []int
			err := errors.Join(
				often.GetContext(t.Context(), &one, "SELECT $1::integer", n),
				often.SelectContext(t.Context(), &some, "SELECT generate_series($1::integer, $2::integer)", n, n+2))
			if diff := cmp.Diff([]int{n, n, n + 1, n + 2}, append([]int{one}, some...)); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		t.Error(err)
	}
}

// TestPreparedKeepsNoFailure asks for what is not there, and again when it is.
func TestPreparedKeepsNoFailure(t *testing.T) {
	t.Parallel()
	db, _ := database(t, smallSeason())
	often := projections.Prepare(db)
	const query = "SELECT n FROM late"
	var n int
	if err := often.GetContext(t.Context(), &n, query); err == nil {
		t.Error("a table that is not there has given something")
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE late AS SELECT 7 AS n"); err != nil {
		t.Fatal(err)
	}
	if err := often.GetContext(t.Context(), &n, query); err != nil || n != 7 {
		t.Errorf("GetContext gives %d, %v; want 7", n, err)
	}
}

// TestPreparedLetsGo gives up waiting for its turn when the caller does.
func TestPreparedLetsGo(t *testing.T) {
	t.Parallel()
	db, _ := database(t, smallSeason())
	often := projections.Prepare(db)
	slow, stop := context.WithCancel(t.Context())
	var asking errgroup.Group
	for range 8 {
		asking.Go(func() error {
			var n int
			if err := often.GetContext(slow, &n, "SELECT 1 FROM pg_sleep(600)"); err == nil {
				return errors.New("a question that was broken off was answered")
			}
			return nil
		})
	}
	stop()
	if err := asking.Wait(); err != nil {
		t.Error(err)
	}
}
