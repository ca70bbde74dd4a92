package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
	"thidua/eventlog"
)

// Turn is the right of this process to work on an endpoint, such as a run of a task. Where it is another's by now, what is asked of it is an error, which breaks
// the round off.
type Turn interface {
	// Hold is asked right before each attempt.
	Hold(ctx context.Context) error
	// HoldIn is asked in the transaction of all that is noted; nobody else gets the right before that has ended.
	HoldIn(ctx context.Context, tx *sqlx.Tx) error
}

// look is how often a round that waits for answers looks for what else there is to do.
const look = 250 * time.Millisecond

// stuckPause is after how long it is looked again whether what can't be read was discarded.
const stuckPause = time.Minute

// errChanged says that an operator has changed the endpoint, so that what is known of it holds no more.
var errChanged = errors.New("webhooks: the endpoint was changed")

// round is one round of an endpoint.
type round struct {
	*Webhooks
	turn    Turn
	to      Endpoint
	secrets []string
	client  *http.Client
	feed    *eventlog.Feed
	last    domain.Position // of the log, when it was last looked at
	lines   *lines
	flights int  // attempts under way
	woken   bool // it has answered after a rest
	landing chan landing
	over    bool // nothing new is begun
	stuck   bool // what follows on the log is no event, and not discarded
}

// Round takes up what the log has for an endpoint and delivers what is due, for a while or until nothing is. It returns when the next round has something to
// do, a zero time where only new events can give it that. One process at a time does an endpoint's rounds, which turn sees to. An error is of the log, the
// database or turn; whatever an endpoint does is none. A round can be broken off anywhere.
func (w *Webhooks) Round(ctx context.Context, name string, turn Turn) (next time.Time, err error) {
	r, err := w.begin(ctx, name, turn)
	if errors.Is(err, domain.ErrNotFound) || err == nil && r.to.Paused() {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	next, err = r.run(ctx)
	r.feed.Close()
	r.client.CloseIdleConnections()
	if errors.Is(err, errChanged) {
		return w.cfg.Now(), nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return next, w.forget(ctx)
}

func (w *Webhooks) begin(ctx context.Context, name string, turn Turn) (r *round, err error) {
	r = &round{Webhooks: w, turn: turn, landing: make(chan landing, w.cfg.Pace.AtOnce)}
	if r.to, err = w.Find(ctx, name); err != nil || r.to.Paused() {
		return r, err
	}
	if err := r.sameLog(ctx); err != nil || r.to.Paused() {
		return r, err
	}
	if r.secrets, err = w.secrets(ctx, name); err != nil {
		return r, err
	}
	wanted, err := r.to.wanted()
	if err != nil {
		return r, fmt.Errorf("webhooks: %s takes what this version does not know: %s", name, err.Error()) // a newer one does: of no kind
	}
	var waiting []*pending
	const query = `
		SELECT position, stream, event_id, attempts, failing_since, due_at, dead FROM private.webhook_pending
		WHERE webhook = $1 ORDER BY position`
	if err := w.cfg.DB.SelectContext(ctx, &waiting, query, name); err != nil {
		return r, fmt.Errorf("webhooks: %s: %w", name, err)
	}
	r.lines = newLines(waiting)
	r.client = w.client(r.to.AllowPrivate)
	r.feed = w.cfg.Log.Feed(r.to.Position, wanted)
	return r, r.lookAtLog(ctx)
}

// sameLog judges that the log is still the one that the endpoint was reading, and pauses it where it is not: its position means nothing there.
func (r *round) sameLog(ctx context.Context) error {
	end, err := r.cfg.Log.Reaches(ctx, r.to.Position)
	same := err == nil
	if errors.Is(err, domain.ErrCorrupt) && end < r.to.Position {
		err = nil
	}
	if err != nil {
		return err
	}
	if same {
		id, err := r.eventAt(ctx, r.to.Position)
		if err != nil {
			return err
		}
		same = id == r.to.EventID
	}
	if same {
		return nil
	}
	return r.transact(ctx, func(tx *sqlx.Tx) error {
		if err := r.turn.HoldIn(ctx, tx); err != nil {
			return err
		}
		r.pause("log")
		return r.save(ctx, tx)
	})
}

func (r *round) lookAtLog(ctx context.Context) (err error) {
	r.last, err = r.cfg.Log.Last(ctx)
	return err
}

// run delivers until nothing is due, or long enough.
func (r *round) run(ctx context.Context) (next time.Time, err error) {
	flying, ground := context.WithCancel(ctx)
	defer func() {
		ground()
		r.collect(ctx)
	}()
	enough := time.NewTimer(r.cfg.Pace.Round)
	defer enough.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := r.takeUp(ctx); err != nil {
			return next, err
		}
		r.launch(flying)
		if r.flights == 0 && !r.hasRoom() {
			if err := r.lookAtLog(ctx); err != nil || !r.hasRoom() {
				return r.next(), err
			}
			continue
		}
		if err := r.await(ctx, tick.C, enough.C); err != nil {
			return next, err
		}
	}
}

// await waits until there is something to do: an attempt has ended, or it is time to look.
func (r *round) await(ctx context.Context, tick, enough <-chan time.Time) error {
	if r.flights == 0 {
		return ctx.Err()
	}
	select {
	case l := <-r.landing:
		return r.settle(ctx, r.landedToo(l))
	case <-tick:
		return r.lookAtLog(ctx)
	case <-enough:
		r.over = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next is when there is something to do again, as far as it is known.
func (r *round) next() time.Time {
	due, ok := r.lines.next()
	if again := r.cfg.Now().Add(stuckPause); r.stuck && (!ok || due.After(again)) {
		due, ok = again, true
	}
	switch {
	case r.to.Paused():
		return time.Time{}
	case r.over && !r.stuck && r.to.Position < r.last && r.lines.count < r.cfg.Pace.Waiting:
		return r.cfg.Now()
	case !ok:
		return time.Time{}
	case r.to.RestUntil != nil && r.to.RestUntil.After(due):
		return *r.to.RestUntil
	}
	return due
}
