package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"thidua/domain"
)

// landing is an attempt that has ended. The error is not of the endpoint: it was not even asked, or whether it took the event will never be known.
type landing struct {
	line   *line
	answer answer
	err    error
}

// launch begins attempts for what is due. While an endpoint rests there is one at most, to try whether it answers again.
func (r *round) launch(ctx context.Context) {
	for !r.over && !r.to.Paused() {
		now, most := r.cfg.Now(), r.cfg.Pace.AtOnce
		if r.to.RestUntil != nil {
			if most = 1; r.to.RestUntil.After(now) {
				return
			}
		}
		if r.flights >= most {
			return
		}
		l := r.lines.due(now)
		if l == nil {
			return
		}
		r.flights++
		to, first := r.to, *l.first() // copies: the round goes on meanwhile
		go func() {                   // collect waits for it
			a, err := r.attempt(ctx, to, first)
			r.landing <- landing{l, a, err}
		}()
	}
}

// attempt sends an event once.
func (r *round) attempt(ctx context.Context, to Endpoint, p pending) (answer, error) {
	event, err := r.cfg.Log.At(ctx, p.Position)
	if err != nil {
		return answer{}, err
	}
	if event.ID != p.EventID {
		return answer{}, fmt.Errorf("webhooks: %s waits for event %s at position %d, the log holds %s there: %w", to.Name, p.EventID, p.Position, event.ID, domain.ErrCorrupt)
	}
	if err := r.stands(ctx, to); err != nil {
		return answer{}, err
	}
	a, err := r.send(ctx, r.client, to, r.secrets, message{event.ID, event.Payload})
	if err == nil && a.status == 0 {
		err = ctx.Err() // it was broken off by us
	}
	return a, err
}

// stands judges that nobody else works on the endpoint and no operator has changed it.
func (r *round) stands(ctx context.Context, to Endpoint) error {
	if err := r.turn.Hold(ctx); err != nil {
		return err
	}
	var revision int64
	err := r.cfg.DB.GetContext(ctx, &revision, "SELECT revision FROM private.webhook WHERE name = $1", to.Name)
	if errors.Is(err, sql.ErrNoRows) || err == nil && revision != to.Revision {
		return errChanged
	}
	return err
}

// landedToo is an attempt that has ended and all others that have by now.
func (r *round) landedToo(l landing) []landing {
	all := []landing{l}
	for {
		select {
		case l := <-r.landing:
			all = append(all, l)
		default:
			return all
		}
	}
}
