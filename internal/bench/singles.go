package main

import (
	"context"
	"crypto/sha256"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
)

// oneByOne is the baseline: a plain Watermill router, a message an event, a transaction a message, which writes the audit row to the same table.
func oneByOne(ctx context.Context, log *eventlog.Log, db *sqlx.DB, count int) error {
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	s := &singles{log: log, count: count, done: stop}
	router.AddConsumerHandler("audit", "audit", s, func(msg *message.Message) error {
		tx, err := db.BeginTxx(msg.Context(), nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := insert(msg.Context(), tx, msg.Context().Value(eventKey{}).(domain.Recorded)); err != nil {
			return err
		}
		return tx.Commit()
	})
	return router.Run(run)
}

// insert writes one audit row.
func insert(ctx context.Context, tx *sqlx.Tx, r domain.Recorded) error {
	const statement = `
		INSERT INTO p_audit_1.audit
			(position, recordedtime, time, time_at, id, type, subject, season, unit, actor, command_id, payload, sha256)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sum := sha256.Sum256(r.Payload)
	_, err := tx.ExecContext(ctx, statement, auditRow(r, r.Payload, sum[:])...)
	return err
}

type eventKey struct{}

// singles is the subscriber of the baseline: one message an event, the next when the one before is acknowledged.
type singles struct {
	log   *eventlog.Log
	count int
	done  func()
}

// Subscribe emits the first count events and then says that it is done.
func (s *singles) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	out := make(chan *message.Message)
	go func() {
		defer close(out)
		defer s.done()
		reader := s.log.Reader(0)
		defer reader.Close()
		for sent := 0; sent < s.count; {
			events, err := reader.Next(ctx, eventlog.Limit{})
			if err != nil {
				return
			}
			for _, e := range events[:min(len(events), s.count-sent)] {
				msg := message.NewMessage(e.ID, e.Payload)
				msg.SetContext(context.WithValue(ctx, eventKey{}, e))
				out <- msg
				<-msg.Acked()
				sent++
			}
		}
	}()
	return out, nil
}

// Close has nothing to close: the subscription ends by itself.
func (s *singles) Close() error { return nil }
