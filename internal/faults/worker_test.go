package faults_test

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/internal/testenv"
)

// mentions tells of each text whether an error speaks of it.
func mentions(err error, texts ...string) (does []bool) {
	for _, text := range texts {
		does = append(does, err != nil && strings.Contains(err.Error(), text))
	}
	return does
}

// hold lets a fault last for a while.
func hold(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// jetStream is the server behind the log's back, beside the proxy.
func (b *bed) jetStream(t *testing.T) nats.JetStreamContext {
	t.Helper()
	nc, err := nats.Connect("nats://" + b.natsAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := nc.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// projected waits until the audit trail has come to a position.
func projected(t *testing.T, db *sqlx.DB, want domain.Position) {
	t.Helper()
	testenv.Eventually(t, "the audit trail to come to the end of the log", func() bool {
		at, err := audited(t, db)
		return err == nil && at >= want
	})
}

// audited is the position that the audit trail has come to.
func audited(t *testing.T, db *sqlx.DB) (at domain.Position, err error) {
	t.Helper()
	err = db.GetContext(t.Context(), &at, "SELECT coalesce(max(position), 0) FROM frame.checkpoint WHERE name = 'audit'")
	return at, err
}

func position(t *testing.T, db *sqlx.DB) domain.Position {
	t.Helper()
	at, err := audited(t, db)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A projector is killed before, inside and after its transactions: the next one goes on exactly behind what was committed.
func TestRow09ProjectorKilled(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	l := steadily(t, 4, log)
	for range rounds(3, 15) {
		projector := b.worker(t)
		l.awaitMore(t, 8)
		hold(t, time.Duration(rand.IntN(800))*time.Millisecond)
		kill(projector)
	}
	l.check(t, log)
	verified(t, log, db)
}

// Postgres is killed in the middle of what it writes, and comes back: so do the projectors, by themselves, within ten seconds.
func TestRow11PostgresKilled(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	projected(t, db, form)
	for range rounds(2, 8) {
		l.awaitMore(t, 20)
		if err := syscall.Kill(b.pg.PID(), syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		<-b.pg.Done()
		_ = b.pg.Stop()
		l.awaitMore(t, 8) // the log takes appends meanwhile
		b.startPostgres(t)
		last, err := log.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		db = b.database(t)
		projected(t, db, last)
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// What is read while appends are projected never shows a part of one.
func TestRow17NeverHalfAnAppend(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	l.awaitMore(t, 1)
	projected(t, db, form)
	for range rounds(20, 200) {
		var parts []string
		const query = "SELECT command_id FROM read.audit_v1 GROUP BY command_id HAVING count(*) <> $1"
		if err := db.SelectContext(t.Context(), &parts, query, form); err != nil {
			t.Fatal(err)
		}
		if len(parts) > 0 {
			t.Fatalf("readers see a part of %d appends", len(parts))
		}
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}
