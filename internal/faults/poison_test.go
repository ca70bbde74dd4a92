package faults_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/eventlog/envelope"
	"thidua/internal/testenv"
)

// foreign is a message that somebody with raw access to the server could store: the first event of a unit's report, to be changed. It comes from a
// machine whose clock is ahead.
func foreign(t *testing.T, log *eventlog.Log, unit, criterion string) *nats.Msg {
	t.Helper()
	command := uuid.NewString()
	r := domain.Recorded{
		Change: domain.Change{
			Stream: domain.ReportStream("poisoned-"+unit, unit, "2019-Q1"),
			Event:  &domain.IndicatorReported{Criterion: criterion, Value: "1", By: "p-" + strings.Repeat("0123456789abcdef", 2)},
		},
		ID: command + ".1", Source: log.Origin(), RecordedTime: time.Now().Add(time.Minute).UTC().Truncate(time.Millisecond), Actor: "system:load",
		CommandID: command, CommandDigest: domain.Digest(unit), StreamVersion: 1, SeasonVersion: 1,
	}
	payload, err := envelope.New().Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return &nats.Msg{Subject: r.Stream.Subject(r.Event.Words()), Data: payload, Header: nats.Header{}}
}

// publish puts a message on the stream as it is and returns its position.
func (b *bed) publish(t *testing.T, m *nats.Msg) domain.Position {
	t.Helper()
	ack, err := b.jetStream(t).PublishMsg(m)
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

// Things that no projection can take come in the middle of much that it can: they are parked, everything else goes on, and it is told. Once they are
// discarded nothing of them is left anywhere but in the record.
func TestRow18Poison(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	projector := b.worker(t)
	l := steadily(t, 4, log)
	l.awaitMore(t, 4)
	projected(t, db, form)

	bad, null, twice, huge := foreign(t, log, "bad", "A1"), foreign(t, log, "null", "A1\x00"), foreign(t, log, "twice", "A1"), foreign(t, log, "huge", "A1")
	bad.Data = bad.Data[:len(bad.Data)/2]
	twice.Header["Nats-Something"] = []string{"one", "two"}
	huge.Data = append(huge.Data, bytes.Repeat([]byte(" "), 1_000_000)...)
	stored := map[string]domain.Position{}
	for name, m := range map[string]*nats.Msg{"bad": bad, "null": null, "twice": twice, "huge": huge} {
		l.awaitMore(t, 2)
		stored[name] = b.publish(t, m)
	}
	l.awaitMore(t, 4)
	projected(t, db, end(t, log))
	if diff := cmp.Diff([]string{"poisoned-bad", "poisoned-huge", "poisoned-null"}, incomplete(t, db)); diff != "" {
		t.Errorf("seasons in which something is parked (-want +got):\n%s", diff)
	}
	for _, name := range []string{"bad", "null", "huge"} {
		discard(t, log, stored[name])
	}
	projected(t, db, end(t, log))
	if diff := cmp.Diff([]string(nil), incomplete(t, db)); diff != "" {
		t.Errorf("seasons in which something is parked after all was discarded (-want +got):\n%s", diff)
	}
	l.check(t, log)
	kill(projector)
	verified(t, log, db)
}

// incomplete lists the seasons in which something is parked, when all read models have caught up.
func incomplete(t *testing.T, db *sqlx.DB) (seasons []string) {
	t.Helper()
	testenv.Eventually(t, "all read models to catch up", func() bool {
		var behind int
		const query = "SELECT count(*) FROM frame.checkpoint WHERE position < (SELECT max(position) FROM frame.checkpoint WHERE name = 'audit')"
		return db.GetContext(t.Context(), &behind, query) == nil && behind == 0
	})
	if err := db.SelectContext(t.Context(), &seasons, "SELECT DISTINCT season FROM frame.parked ORDER BY season"); err != nil {
		t.Fatal(err)
	}
	return seasons
}

// discard says on the log that what lies at a position counts for nothing.
func discard(t *testing.T, log *eventlog.Log, position domain.Position) {
	t.Helper()
	r, err := log.At(t.Context(), position)
	if err != nil {
		t.Fatal(err)
	}
	reason, disclosure, err := log.Seal("reason", "written by mistake")
	if err != nil {
		t.Fatal(err)
	}
	change, err := domain.Discard(r, reason)
	if err != nil {
		t.Fatal(err)
	}
	a := domain.Append{
		Issue: domain.Issue{
			ID: uuid.NewString(), Digest: domain.Digest("discard"), Actor: "system:load", Disclosures: []domain.Disclosure{disclosure},
		},
		Changes: []domain.Change{change},
	}
	if _, err := log.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
}
