package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/domain"
)

// streamAdvisories is where the server says that the stream was updated, deleted or the like.
const streamAdvisories = "$JS.EVENT.ADVISORY.STREAM.*." + StreamName

// Watch looks at the stream until ctx ends, once in a period and whenever the server says that something was done to it: whether it is still
// the one that was opened, under the configuration that keeps every event, and holds what it held at the look before and what the marks have
// seen. Marks, where it is given, is asked before each look.
//
// Where the stream is not what it must be, appends are stopped, and Watch returns the cause: an error of kind ErrCorrupt that says what was
// found, and what is lost from where. A look that can't be made, since the server is away, is made again. When ctx ends it returns nil.
func (l *Log) Watch(ctx context.Context, period time.Duration, marks func(context.Context) ([]Mark, error)) error {
	news := make(chan *nats.Msg, 1)
	subscription, err := l.nc.ChanSubscribe(streamAdvisories, news)
	if err != nil {
		return fmt.Errorf("eventlog: watch: %w", err)
	}
	defer func() { _ = subscription.Unsubscribe() }() // it fails where the connection is closed
	w := watching{log: l, marks: marks}
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, domain.ErrCorrupt):
			l.Stop(err)
			return l.Stopped()
		case err != nil:
			l.cfg.Logger.Warn("the log can't be watched", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.stopped.Done():
			return l.Stopped()
		case <-news:
		case <-tick.C:
		}
	}
}

// watching is what Watch carries from look to look.
type watching struct {
	log   *Log
	marks func(context.Context) ([]Mark, error)
	seen  Mark
	doubt bool
}

// look makes one look. What a replicated stream seems to have lost it may only not have yet, when another server has just come to lead it: so
// it is looked at twice.
func (w *watching) look(ctx context.Context) error {
	err := w.lookOnce(ctx)
	if !errors.Is(err, domain.ErrCorrupt) {
		w.doubt = false
		return err
	}
	if w.log.replicated(ctx) && !w.doubt {
		w.doubt = true
		return fmt.Errorf("it is looked at again: %s", err.Error()) // not yet of kind ErrCorrupt
	}
	return err
}

func (w *watching) lookOnce(ctx context.Context) error {
	marks := []Mark{w.seen}
	if w.marks != nil {
		more, err := w.marks(ctx)
		if err != nil {
			return err
		}
		marks = append(marks, more...)
	}
	info, err := w.log.inspect(ctx)
	if err != nil {
		if info == nil && errors.Is(err, domain.ErrCorrupt) && w.seen.Position > 0 {
			err = fmt.Errorf("%w; %s are lost with it", err, Span{1, w.seen.Position})
		}
		return err
	}
	for _, m := range marks {
		if lost, err := w.log.lost(ctx, m); err != nil || lost != "" {
			return damage(lost, err)
		}
	}
	return w.remember(ctx, info.State.LastSeq)
}

// remember makes the log's end the mark of the next look.
func (w *watching) remember(ctx context.Context, last domain.Position) error {
	if last == 0 {
		return nil
	}
	r, err := w.log.At(ctx, last)
	if errors.Is(err, domain.ErrNotFound) {
		return missing(last, last)
	}
	if err == nil {
		w.seen = Mark{Epoch: w.log.epoch, Position: last, EventID: r.ID}
	}
	return err
}

// damage is the error of what a log has lost, or of not knowing.
func damage(lost string, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("eventlog: stream %s: %s: %w", StreamName, lost, domain.ErrCorrupt)
}

// replicated reports whether several servers hold the stream.
func (l *Log) replicated(ctx context.Context) bool {
	stream, err := l.js.Stream(ctx, StreamName)
	return err == nil && stream.CachedInfo().Config.Replicas > 1
}
