package analytics_test

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/bundle"
	"thidua/domain"
	"thidua/eventlog"
	"thidua/examples/national"
	"thidua/internal/testenv"
	"thidua/projections"
)

// now is the clock of all tests, after everything that the seasons tell.
func now() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }

const example = "northern-border-2019"

// record is a log with seasons on it, and its events.
type record struct {
	log    *eventlog.Log
	events []domain.Recorded
}

// imported is a log with the example season on it.
func imported(t testing.TB) *record {
	t.Helper()
	r := newRecord(t)
	r.take(t, "../examples/"+example)
	return r
}

// newRecord is a log with nothing on it.
func newRecord(t testing.TB) *record {
	t.Helper()
	nc, err := testenv.NATS(t).Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	log, err := eventlog.Open(t.Context(), nc, eventlog.Config{Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return &record{log: log}
}

// generate adds seasons of communes that are drawn from a seed, ten communes or a few less each.
func (r *record) generate(t testing.TB, c national.Config) {
	t.Helper()
	dir := t.TempDir()
	_, err := national.Write(t.Context(), dir, c, func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	bundles, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	r.take(t, bundles...)
}

func (r *record) take(t testing.TB, bundles ...string) {
	t.Helper()
	for _, name := range bundles {
		papers, err := bundle.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		result, err := papers.Import(t.Context(), r.log, bundle.Options{Now: now, Actor: "system:test"})
		if err != nil || len(result.Errors) > 0 {
			t.Fatalf("import: %v, %v", err, result.Errors)
		}
		_ = papers.Close()
	}
	last, err := r.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for p := domain.Position(len(r.events) + 1); p <= last; p++ {
		event, err := r.log.At(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		r.events = append(r.events, event)
	}
}

// projections are those over the log.
func (r *record) projections() []projections.Projection { return projections.All(r.log, r.log) }

// project carries a projection as far as a position.
func (r *record) project(t testing.TB, db *sqlx.DB, p projections.Projection, to int) {
	t.Helper()
	c, err := projections.Claim(t.Context(), db, p, "epoch", projections.Lease{Name: p.Schema(), Owner: "test", Fence: 1})
	if err == nil && int(c.Position) < to {
		err = projections.Project(t.Context(), db, p, p.New(), c, r.events[c.Position:to])
	}
	if err != nil {
		t.Fatal(err)
	}
}

// projected is a new database with the views over all of the log.
func (r *record) projected(t testing.TB) *sqlx.DB {
	t.Helper()
	db := database(t)
	for _, p := range r.projections() {
		r.project(t, db, p, len(r.events))
	}
	return db
}

// seasons lists the seasons on the log.
func (r *record) seasons() (ids []string) {
	for _, e := range r.events {
		if id := e.Stream.Season; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// world is a season as the log tells it.
func (r *record) world(season string) *domain.World {
	w := domain.NewWorld(season, now())
	for _, e := range r.events {
		w.Evolve(e)
	}
	return w
}
