package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/internal/testenv"
)

// The deliveries of the scenario: streams times the events of each.
const (
	hookStreams = 250
	hookEach    = 4
)

// receiver is an endpoint that fails each third time that it is asked: never so often in a row that it would be left alone as a whole, and at most twice for
// one event, for the pauses grow.
type receiver struct {
	judge *standard.Webhook

	mu       sync.Mutex
	asked    int
	tries    map[string]int    // by id
	taken    map[string]string // bytes by id
	last     map[string]uint64 // version by stream
	failed   int
	twice    int
	problems []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // its sender was killed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.judge.Verify(body, request.Header); err != nil {
		r.problems = append(r.problems, err.Error())
	}
	id := request.Header.Get("webhook-id")
	r.asked++
	if r.tries[id]++; r.asked%3 == 0 && r.tries[id] <= 2 {
		r.failed++
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	r.take(id, body)
}

// take judges an event that is taken against those before.
func (r *receiver) take(id string, body []byte) {
	var event struct {
		ID            string `json:"id"`
		Subject       string `json:"subject"`
		StreamVersion uint64 `json:"streamversion"`
	}
	before, again := r.taken[id]
	switch err := json.Unmarshal(body, &event); {
	case err != nil || event.ID != id:
		r.problems = append(r.problems, fmt.Sprintf("message %s has event %s, %v", id, event.ID, err))
	case again && before != string(body):
		r.problems = append(r.problems, "twice, with other bytes: "+id)
	case event.StreamVersion > r.last[event.Subject]+1:
		r.problems = append(r.problems, fmt.Sprintf("%s: version %d behind %d", event.Subject, event.StreamVersion, r.last[event.Subject]))
	}
	if again {
		r.twice++
	}
	r.taken[id], r.last[event.Subject] = string(body), max(r.last[event.Subject], event.StreamVersion)
}

func (r *receiver) events() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.taken)
}

// addHook makes an endpoint of the receiver.
func (b *bed) addHook(t *testing.T, r *receiver) {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	add := exec.Command(thidua, "webhook", "add", server.URL, "--allow-private", "--nats-url", "nats://"+b.natsLine.address(), "--database-url", b.dsn())
	secret, err := add.Output()
	if err != nil {
		t.Fatal(err)
	}
	if r.judge, err = standard.NewWebhook(strings.TrimSpace(string(secret))); err != nil {
		t.Fatal(err)
	}
}

// showHook tells how the endpoint and its task stand.
func (b *bed) showHook(t *testing.T, db *sqlx.DB) {
	t.Helper()
	const query = `
		SELECT concat_ws(', ', 'now ' || now(), row_to_json(webhook), (SELECT row_to_json(waits) FROM (
			SELECT count(*), min(due_at), max(due_at), max(attempts) FROM private.webhook_pending) AS waits), (SELECT json_agg(task) FROM private.task))
		FROM private.webhook`
	var stands []string
	err := db.SelectContext(context.Background(), &stands, query)
	t.Logf("%v %v", stands, err)
	if consumer, err := b.jetStream(t).ConsumerInfo("TASKS", "webhook"); err == nil {
		t.Logf("%+v", *consumer)
	}
}

// check judges what came in the end.
func (r *receiver) check(t *testing.T, log *eventlog.Log) {
	t.Helper()
	want := map[string]string{}
	if _, err := log.Check(t.Context(), func(e domain.Recorded) error {
		want[e.ID] = string(e.Payload)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(want, r.taken); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if len(r.problems) > 0 || r.failed < len(want)/4 {
		t.Errorf("%d attempts failed; %v", r.failed, r.problems)
	}
	t.Logf("%d attempts failed, %d events came twice", r.failed, r.twice)
}

// Workers are killed at random moments during 1,000 deliveries to an endpoint that fails a third of the time: every event is delivered, byte by byte, in order within its
// stream; what comes twice has the same id.
func TestRow26WebhookWorkersKilled(t *testing.T) {
	b := newBed(t)
	b.startPostgres(t)
	db := b.database(t)
	log := b.open(t, time.Now)
	r := &receiver{tries: map[string]int{}, taken: map[string]string{}, last: map[string]uint64{}}
	b.addHook(t, r)
	t.Cleanup(func() {
		if t.Failed() {
			b.showHook(t, db)
		}
	})
	for i := range hookStreams {
		a := report(fmt.Sprintf("unit-%d", i), 0)
		a.Changes = a.Changes[:hookEach]
		if _, err := log.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	crew := []*exec.Cmd{b.worker(t), b.worker(t)}
	const all = hookStreams * hookEach
	for range rounds(4, 10) {
		next := min(r.events()+chance.IntN(200), all)
		testenv.Within(t, 2*time.Minute, "the deliveries to go on", func() bool { return r.events() >= next })
		hold(t, time.Duration(chance.IntN(300))*time.Millisecond)
		for i := range crew {
			kill(crew[i])
			crew[i] = b.worker(t)
		}
	}
	testenv.Within(t, 5*time.Minute, "every event to come", func() bool { return r.events() >= all })
	testenv.Eventually(t, "every delivery to be noted", func() bool {
		var waiting int
		return db.GetContext(t.Context(), &waiting, "SELECT count(*) FROM private.webhook_pending") == nil && waiting == 0
	})
	r.check(t, log)
}
