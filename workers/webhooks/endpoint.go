package webhooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"thidua/domain"
)

// Endpoint is where events are delivered.
type Endpoint struct {
	Name         string          `db:"name"`
	URL          string          `db:"url"`           // not to be shown as it is: see Place
	AllowPrivate bool            `db:"allow_private"` // private and loopback addresses, and http
	Types        pq.StringArray  `db:"types"`         // none for all
	Season       string          `db:"season"`        // "" for all, "_" for what is of none
	Position     domain.Position `db:"position"`      // up to which events were taken up
	EventID      string          `db:"event_id"`
	State        string          `db:"state"` // active or paused
	Cause        string          `db:"cause"` // why it is paused, as in the table's comment
	Since        time.Time       `db:"since"` // in this state
	Failures     int             `db:"failures"`
	RestUntil    *time.Time      `db:"rest_until"`
	Revision     int64           `db:"revision"`
	AddedAt      time.Time       `db:"added_at"`
	// Waiting is how many events are pending, and Dead how many of these were tried for as long as an event is tried.
	Waiting int `db:"waiting"`
	Dead    int `db:"dead"`
}

// Paused reports whether nothing is read or delivered.
func (e Endpoint) Paused() bool { return e.State == "paused" }

// wanted says which events the endpoint takes. What is wrong with that is a Refusal.
func (e Endpoint) wanted() (domain.Wanted, error) {
	w, wrong := domain.NewWanted(e.Season, e.Types)
	if len(wrong) > 0 {
		return w, &Refusal{wrong[0]}
	}
	return w, nil
}

// The limits of what is asked.
const (
	nameLimit      = 40
	typesLimit     = 100
	endpointsLimit = 200
)

func validName(name string) bool {
	return len(name) <= nameLimit && regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`).MatchString(name)
}

// Add makes an endpoint and returns its name and its secret, which is told nowhere else. It is given the events behind Position. What is wrong with what is
// asked is a Refusal; ErrNotFound says that the log does not reach that position.
func (w *Webhooks) Add(ctx context.Context, e Endpoint) (name, secret string, err error) {
	if err := checkURL(e.URL, e.AllowPrivate); err != nil {
		return "", "", err
	}
	if e.Name == "" {
		e.Name = nameOf(e.URL)
	}
	if !validName(e.Name) {
		return "", "", refuse(fmt.Sprintf("tên gồm chữ thường, chữ số và dấu gạch nối, nhiều nhất %d ký tự; hãy cho --name", nameLimit),
			fmt.Sprintf("a name has small letters, digits and hyphens, at most %d of them; give --name", nameLimit))
	}
	if len(e.Types) > typesLimit {
		return "", "", refuse(fmt.Sprintf("chọn nhiều nhất %d loại", typesLimit), fmt.Sprintf("at most %d types can be chosen", typesLimit))
	}
	if _, err := e.wanted(); err != nil {
		return "", "", err
	}
	if e.EventID, err = w.eventAt(ctx, e.Position); err != nil {
		return "", "", err
	}
	if secret, err = newSecret(w.cfg.Rand); err != nil {
		return "", "", err
	}
	return e.Name, secret, w.insert(ctx, e, secret)
}

func (w *Webhooks) insert(ctx context.Context, e Endpoint, secret string) error {
	const room = "SELECT count(*) < $1 FROM private.webhook"
	const endpoint = `
		INSERT INTO private.webhook (name, url, allow_private, types, season, position, event_id, since, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING`
	const first = "INSERT INTO private.webhook_secret (webhook, number, secret, made_at) VALUES ($1, 1, $2, $3)"
	return w.transact(ctx, func(tx *sqlx.Tx) error {
		var free bool
		if err := tx.GetContext(ctx, &free, room, endpointsLimit); err != nil {
			return err
		}
		if !free {
			return refuse(fmt.Sprintf("đã có %d webhook; hãy bỏ bớt trước", endpointsLimit), fmt.Sprintf("there are %d webhooks already; remove some first", endpointsLimit))
		}
		now := w.cfg.Now()
		added, err := affected(tx.ExecContext(ctx, endpoint, e.Name, e.URL, e.AllowPrivate, append(pq.StringArray{}, e.Types...), e.Season, e.Position, e.EventID, now))
		if err != nil {
			return err
		}
		if !added {
			return refuse("đã có webhook tên "+e.Name+"; hãy cho tên khác bằng --name", "there is a webhook "+e.Name+" already; give another name with --name")
		}
		_, err = tx.ExecContext(ctx, first, e.Name, secret, now)
		return err
	})
}

// eventAt is the id of the event at a position, "" for position 0. ErrNotFound says that the log does not reach it.
func (w *Webhooks) eventAt(ctx context.Context, position domain.Position) (string, error) {
	if position == 0 {
		return "", nil
	}
	event, err := w.cfg.Log.At(ctx, position)
	return event.ID, err
}

const endpoints = `
	SELECT name, url, allow_private, types, season, position, event_id, state, cause, since, failures, rest_until, revision, added_at,
		(SELECT count(*) FROM private.webhook_pending WHERE webhook = name) AS waiting,
		(SELECT count(*) FROM private.webhook_pending WHERE webhook = name AND dead) AS dead
	FROM private.webhook`

// List returns all endpoints by name.
func (w *Webhooks) List(ctx context.Context) (all []Endpoint, err error) {
	if err := w.cfg.DB.SelectContext(ctx, &all, endpoints+" ORDER BY name"); err != nil {
		return nil, fmt.Errorf("webhooks: list: %w", err)
	}
	return all, nil
}

// Find returns an endpoint by name. The error is of kind domain.ErrNotFound where there is none.
func (w *Webhooks) Find(ctx context.Context, name string) (e Endpoint, err error) {
	err = w.cfg.DB.GetContext(ctx, &e, endpoints+" WHERE name = $1", name)
	if errors.Is(err, sql.ErrNoRows) {
		return e, none(name)
	}
	if err != nil {
		return e, fmt.Errorf("webhooks: %s: %w", name, err)
	}
	return e, nil
}

func none(name string) error {
	return fmt.Errorf("webhooks: no endpoint %q: %w", name, domain.ErrNotFound)
}
