package webhooks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"thidua/domain"
)

// TestType is the type of a message that only tests an endpoint. No event of the log has it.
const TestType = domain.TypePrefix + "webhook.tested.v1"

// Test sends a message to an endpoint at once, signed like any other, whether it is paused or not, and notes what became of it. Its id is the caller's.
func (w *Webhooks) Test(ctx context.Context, name, id string) (a Attempt, err error) {
	to, err := w.Find(ctx, name)
	if err != nil {
		return a, err
	}
	secrets, err := w.secrets(ctx, name)
	if err != nil {
		return a, err
	}
	m := message{id: id}
	if m.body, err = w.testBody(id); err != nil {
		return a, err
	}
	client := w.client(to.AllowPrivate)
	defer client.CloseIdleConnections()
	sent, err := w.send(ctx, client, to, secrets, m)
	if err != nil || ctx.Err() != nil {
		return a, cmp.Or(err, ctx.Err())
	}
	a = Attempt{EventID: id, At: sent.begun, TookMS: int(sent.took.Milliseconds()), Status: sent.status, Outcome: "failed", Fault: sent.fault}
	if sent.delivered() {
		a.Outcome = "delivered"
	}
	return a, w.transact(ctx, func(tx *sqlx.Tx) error { return w.note(ctx, tx, name, a) })
}

// testBody is a CloudEvent, so that a receiver reads it as any other.
func (w *Webhooks) testBody(id string) ([]byte, error) {
	body, err := json.Marshal(struct {
		Data        struct{} `json:"data"`
		ContentType string   `json:"datacontenttype"`
		ID          string   `json:"id"`
		Source      string   `json:"source"`
		SpecVersion string   `json:"specversion"`
		Time        string   `json:"time"`
		Type        string   `json:"type"`
	}{struct{}{}, "application/json", id, w.cfg.Log.Origin(), "1.0", w.cfg.Now().UTC().Format(time.RFC3339), TestType})
	if err != nil {
		return nil, fmt.Errorf("webhooks: test: %w", err)
	}
	return body, nil
}
