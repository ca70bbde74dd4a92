package faults_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/projections"
)

// A newer version has put an event on the log of a type that this one does not know: what must know its data stands still before it, and says so; the
// audit trail, which takes every event, goes on; so does the log.
func TestRow23NewerVersionFirst(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	l.awaitMore(t, 4)
	newer := foreign(t, log, "newer", "A1")
	newer.Data = bytes.ReplaceAll(newer.Data, []byte("indicator.reported"), []byte("report.returned"))
	newer.Subject = strings.ReplaceAll(newer.Subject, "indicator-reported", "report-returned")
	unknown := b.publish(t, newer)
	l.awaitMore(t, 8)
	projected(t, db, end(t, log))
	others := len(projections.All(log, log)) - 1
	testenv.Eventually(t, "every other projection to pause", func() bool {
		var paused int
		const query = "SELECT count(*) FROM frame.lease WHERE state = 'paused' AND cause = 'unknown-event'"
		return db.GetContext(t.Context(), &paused, query) == nil && paused == others
	})
	var stands []domain.Position
	if err := db.SelectContext(t.Context(), &stands, "SELECT DISTINCT position FROM frame.checkpoint WHERE name <> 'audit'"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]domain.Position{unknown - 1}, stands); diff != "" {
		t.Errorf("where the other projections stand (-want +got):\n%s", diff)
	}
	l.check(t, log)
	kill(projector)
}

// A read model is built anew while many append, and its building killed three times: readers have the old one throughout, and in the end the new one, which
// equals a fresh replay like all others.
func TestRow22RebuildKilled(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	l.awaitMore(t, 40)
	projected(t, db, form)
	const query = "SELECT count(*) FROM read.audit_v1"
	for range rounds(3, 9) {
		building := spawn(t, thidua, "rebuild", "audit", "--nats-url", "nats://"+b.natsLine.address(), "--database-url", b.dsn())
		hold(t, time.Duration(rand.IntN(600))*time.Millisecond)
		kill(building)
		var rows domain.Position
		at := position(t, db)
		if err := db.GetContext(t.Context(), &rows, query); err != nil || rows < at {
			t.Errorf("readers find %d events of %d, %v", rows, at, err)
		}
	}
	if said, err := b.says(t, "rebuild", "audit"); err != nil {
		t.Errorf("the last rebuild ends with %v and says %q", err, said)
	}
	l.awaitMore(t, 8)
	l.check(t, log)
	projected(t, db, end(t, log))
	kill(projector)
	verified(t, log, db)
}
