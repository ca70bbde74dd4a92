package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stream is where the events are; everything is the filter of all of them.
const (
	stream     = "EMULATION"
	everything = "emulation.>"
)

// errDamage says that the log is not the one that was read before, or lacks an event. A person has to look; nothing is skipped.
var errDamage = errors.New("the log is damaged, or another one")

// event is a message of the stream.
type event struct {
	position uint64
	subject  string
	data     []byte
}

// reader reads one consumer. The position that is kept with the effect is the truth about how far it is; the consumer only tells that there is something.
type reader struct {
	log      jetstream.Stream
	consumer jetstream.Consumer
	db       *sql.DB
	name     string
	epoch    string // of the stream: another stream of the same name has another
	filter   string
	batch    int

	given uint64 // position up to which the consumer is known to have given events, perhaps to a process that did not live to take them
	last  uint64 // number that the consumer gave the last message, 0 where that was not its first time
}

// open finds the consumer and makes the tables where there are none.
func open(ctx context.Context, js jetstream.JetStream, db *sql.DB, s settings) (*reader, error) {
	log, err := js.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", stream, err)
	}
	consumer, err := js.Consumer(ctx, stream, s.consumer)
	if err != nil {
		return nil, fmt.Errorf("consumer %s: %w", s.consumer, err)
	}
	r := &reader{
		log: log, consumer: consumer, db: db, name: s.consumer, batch: s.batch, given: consumer.CachedInfo().Delivered.Stream,
		epoch:  log.CachedInfo().Config.Metadata["epoch"],
		filter: cmp.Or(consumer.CachedInfo().Config.FilterSubject, everything),
	}
	return r, prepare(ctx, db, r.name, r.epoch, max(consumer.CachedInfo().Config.OptStartSeq, 1)-1)
}

// read takes what comes, batch by batch, until the position has been read, if one is given.
func (r *reader) read(ctx context.Context, until uint64) (done bool, err error) {
	var messages []jetstream.Msg
	for {
		position, err := r.take(ctx, messages)
		if err != nil {
			return false, err
		}
		if until > 0 && position >= until {
			return true, nil
		}
		messages = nil
		if position >= r.given {
			if messages, err = r.wait(ctx); err != nil {
				return false, err
			}
		}
	}
}

// quiet is how long no message may come until the reader looks whether some have been given to nobody. The consumer would give them again in half a minute.
const quiet = 2 * time.Second

// wait waits for a message and returns it with those that are there, none where none came for a while.
func (r *reader) wait(ctx context.Context) ([]jetstream.Msg, error) {
	waiting, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	first, err := r.consumer.Fetch(1, jetstream.FetchContext(waiting))
	if err != nil {
		return nil, err
	}
	all := collect(first)
	if err := first.Error(); err != nil && waiting.Err() == nil {
		return nil, err
	}
	if len(all) == 0 {
		info, err := r.consumer.Info(ctx)
		if err != nil {
			return nil, err
		}
		r.given = info.Delivered.Stream
		return nil, nil
	}
	if r.batch == 1 {
		return all, nil
	}
	more, err := r.consumer.FetchNoWait(r.batch - 1)
	if err != nil {
		return nil, err
	}
	return append(all, collect(more)...), nil
}

func collect(batch jetstream.MessageBatch) (all []jetstream.Msg) {
	for m := range batch.Messages() {
		all = append(all, m)
	}
	return all
}

// take gives the messages their effect and keeps the position, in one transaction, and acknowledges them after it. It returns the position. Without
// messages it takes what the consumer will give again only after a while.
func (r *reader) take(ctx context.Context, messages []jetstream.Msg) (uint64, error) {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	effect, err := begin(ctx, tx, r.name, r.epoch)
	if err != nil {
		return 0, err
	}
	for range r.batch {
		if len(messages) > 0 || effect.position >= r.given {
			break
		}
		if err := r.step(ctx, effect, r.given); err != nil {
			return 0, err
		}
	}
	for _, m := range messages {
		metadata, err := m.Metadata()
		if err != nil {
			return 0, err
		}
		// Messages that are given for the first time come one behind the other; one that is given again comes at any time.
		next := r.last > 0 && metadata.Sequence.Consumer == r.last+1 && metadata.NumDelivered == 1
		if r.last = 0; metadata.NumDelivered == 1 {
			r.last = metadata.Sequence.Consumer
		}
		if r.filter == everything {
			next = metadata.Sequence.Stream == effect.position+1
		}
		if err := r.reach(ctx, effect, event{metadata.Sequence.Stream, m.Subject(), m.Data()}, next); err != nil {
			return 0, err
		}
	}
	if err := effect.keep(ctx); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	if len(messages) > 0 { // this acknowledges those before it; if it gets lost they come again, and have no effect
		if err := messages[len(messages)-1].Ack(); err != nil {
			return 0, err
		}
	}
	return effect.position, nil
}

// reach gives an event its effect, if it has not had it. Unless it is known to be the next one, what lies before it is read from the log itself.
func (r *reader) reach(ctx context.Context, to *effect, e event, next bool) error {
	for to.position < e.position {
		if next {
			return to.apply(ctx, e)
		}
		if err := r.step(ctx, to, e.position); err != nil {
			return err
		}
	}
	return nil
}

// step reads the next event from the log itself and gives it its effect. There is one, at a position or before it.
func (r *reader) step(ctx context.Context, to *effect, upTo uint64) error {
	m, err := r.log.GetMsg(ctx, to.position+1, jetstream.WithGetMsgSubject(r.filter))
	if err != nil {
		return fmt.Errorf("the event behind position %d: %w", to.position, err)
	}
	if m.Sequence > upTo || r.filter == everything && m.Sequence != to.position+1 {
		return fmt.Errorf("behind position %d the log has %d: %w", to.position, m.Sequence, errDamage)
	}
	return to.apply(ctx, event{m.Sequence, m.Subject, m.Data})
}
