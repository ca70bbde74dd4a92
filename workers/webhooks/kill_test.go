package webhooks_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/workers/tasks"
	"thidua/workers/webhooks"
)

// workerVariable makes the test binary a worker: the addresses of its NATS and its Postgres, and its name.
const workerVariable = "THIDUA_TEST_WEBHOOK_WORKER"

func TestMain(m *testing.M) {
	if setting := os.Getenv(workerVariable); setting != "" {
		if err := workAlone(strings.Split(setting, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	testenv.Main(m)
}

// workAlone is a worker process: it delivers until it is told to stop. On a busy machine the server may take its time to answer.
func workAlone(setting []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	nc, err := nats.Connect(setting[0], nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer nc.Close()
	db, err := sqlx.Open("postgres", setting[1])
	if err != nil {
		return err
	}
	var log *eventlog.Log
	var queue *tasks.Queue
	pace := tasks.Pace{Ack: 2 * time.Second, Sweep: 20 * time.Millisecond, Pause: time.Millisecond}
	err = eventlog.Insist(ctx, nc, slog.Default(), func(ctx context.Context) (err error) {
		if log == nil {
			if log, err = eventlog.Open(ctx, nc, eventlog.Config{Now: time.Now, Rand: rand.Reader}); err != nil {
				return err
			}
		}
		queue, err = tasks.Open(ctx, tasks.Config{NATS: nc, DB: db, Rand: rand.Reader, Logger: slog.Default(), Pace: pace})
		return err
	})
	if ctx.Err() != nil { // it was told to stop before it had begun
		return nil
	}
	if err != nil {
		return err
	}
	hooks := webhooks.New(webhooks.Config{
		Log: log, DB: db, Now: time.Now, Rand: rand.Reader, Jitter: mathrand.N[time.Duration], Logger: slog.Default(),
		Pace: webhooks.Pace{First: 10 * time.Millisecond, Longest: 100 * time.Millisecond, Round: 2 * time.Second},
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return hooks.Wake(ctx, queue) })
	group.Go(func() error { return queue.Work(ctx, setting[2], hooks.Kind()) })
	return group.Wait()
}

// flaky fails a third of all calls: which of the attempts of which event, its id decides.
type flaky struct {
	mu      sync.Mutex
	tries   map[string]int
	taken   map[string]int    // how often each event was taken
	last    map[string]uint64 // version of each stream
	failed  int
	problem *testing.T
}

func (f *flaky) answer(_ int, c call, w http.ResponseWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := fnv.New32a()
	f.tries[c.id]++
	fmt.Fprint(h, c.id, f.tries[c.id])
	if h.Sum32()%3 == 0 {
		f.failed++
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	inOrder(f.problem, c, f.last)
	f.taken[c.id]++
}

func (f *flaky) events() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.taken)
}

// Workers are killed, and stopped for so long that another takes over, at moments that chance chooses, during 300 deliveries to an endpoint that fails a third of
// the time: every event is delivered, in order within its stream, and what comes twice has the same id.
func TestWorkersAreKilled(t *testing.T) {
	t.Parallel()
	const token, streams, each = "h00k", 30, 10
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	b := &bed{db: testenv.Postgres(t), clock: &clock{at: time.Now()}}
	if err := migrations.Up(t.Context(), b.db.DB); err != nil {
		t.Fatal(err)
	}
	if b.nc, err = server.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.nc.Close)
	if b.log, err = eventlog.Open(t.Context(), b.nc, eventlog.Config{Now: time.Now, Rand: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.log.Close() })
	b.hooks = webhooks.New(b.config(webhooks.Pace{}))
	f := &flaky{tries: map[string]int{}, taken: map[string]int{}, last: map[string]uint64{}, problem: t}
	b.add(t, webhooks.Endpoint{URL: receive(t, f.answer).URL})

	seed := mathrand.Uint64()
	t.Logf("seed %d", seed)
	chance := mathrand.New(mathrand.NewPCG(seed, 0))
	crew := testenv.NewCrew(t, workerVariable, strings.Replace(server.URL(), "://", "://"+token+"@", 1), testenv.DSN(t, b.db))
	crew.Hire(2)
	for i := range streams * each / 4 {
		b.report(t, fmt.Sprintf("unit-%d", i%streams), 4)
	}
	for range 3 {
		target := f.events() + 1 + chance.IntN(90)
		testenv.Eventually(t, "the deliveries to go on", func() bool { return f.events() >= min(target, streams*each) })
		strike(crew, chance)
	}
	testenv.Eventually(t, "every event to come", func() bool { return f.events() == streams*each })
	testenv.Eventually(t, "every delivery to be noted", func() bool { return b.find(t, "127-0-0-1").Waiting == 0 })
	crew.Wake()
	crew.Dismiss()
	f.judge(t, b)
}

// judge judges what came in the end.
func (f *flaky) judge(t *testing.T, b *bed) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	_, logged := b.logged(t, 0)
	got := map[string]string{}
	twice := 0
	for id, n := range f.taken {
		got[id] = logged[id] // TestDelivery looks at the bytes
		if n > 1 {
			twice++
		}
	}
	if diff := cmp.Diff(logged, got); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if f.failed < len(logged)/4 {
		t.Errorf("only %d attempts failed", f.failed)
	}
	t.Logf("%d attempts failed, %d events came twice", f.failed, twice)
}

// strike kills both workers, or stops one of them for now, and hires another.
func strike(c *testenv.Crew, chance *mathrand.Rand) {
	if c.Stopped() == 0 && chance.IntN(3) == 0 {
		c.Stop(0)
		c.Hire(1)
		return
	}
	for c.Size() > 0 {
		c.Kill(0)
	}
	c.Hire(2)
}
