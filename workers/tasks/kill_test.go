package tasks_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
	"thidua/migrations"
	"thidua/workers/tasks"
)

// workerVariable makes the test binary a worker: the addresses of its NATS and its Postgres, and its name.
const workerVariable = "THIDUA_TEST_WORKER"

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

// workAlone is a worker process: it does tasks until it is told to stop. On a busy machine the server may take its time to answer.
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
	var queue *tasks.Queue
	err = eventlog.Insist(ctx, nc, slog.Default(), func(ctx context.Context) (err error) {
		queue, err = tasks.Open(ctx, tasks.Config{NATS: nc, DB: db, Rand: rand.Reader, Logger: slog.Default(), Pace: hasty()})
		return err
	})
	if ctx.Err() != nil { // it was told to stop before it had begun
		return nil
	}
	if err != nil {
		return err
	}
	return queue.Work(ctx, setting[2], steps(db, setting[2]))
}

// hasty is the pace of workers that are killed: they are found out soon, but not where the machine is only slow.
func hasty() tasks.Pace {
	return tasks.Pace{Ack: 2 * time.Second, Sweep: 20 * time.Millisecond, Pause: time.Millisecond}
}

const stepsOfATask = 6

// steps is a kind that does steps one by one, each once: the next is what the table says. Each is an effect behind its fence.
func steps(db *sqlx.DB, worker string) tasks.Kind {
	return tasks.Kind{Name: "steps", AtOnce: 3, Do: func(ctx context.Context, run *tasks.Run) error {
		for {
			n, err := step(ctx, db, worker, run)
			if err != nil || n == stepsOfATask {
				return err
			}
			run.Progress(uint64(n), stepsOfATask)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond): // so that it is killed under way
			}
		}
	}}
}

func step(ctx context.Context, db *sqlx.DB, worker string, run *tasks.Run) (n int, err error) {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // nothing once it is committed
	if err := run.HoldIn(ctx, tx); err != nil {
		return 0, err
	}
	const statement = `
		INSERT INTO step (task, n, mine) SELECT $1, count(*) + 1, (SELECT owner = $2 FROM private.task WHERE id = $1) FROM step WHERE task = $1 RETURNING n`
	if err := tx.GetContext(ctx, &n, statement, run.ID, worker); err != nil {
		return 0, err
	}
	return n, tx.Commit()
}

// Workers are killed, and stopped for so long that others take over, at moments that chance chooses: every task is done, each step of it once, and none by
// a worker that had lost the task before.
func TestWorkersAreKilled(t *testing.T) {
	t.Parallel()
	const token = "w0rk"
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	b := &bed{db: testenv.Postgres(t)}
	if err := migrations.Up(t.Context(), b.db.DB); err != nil {
		t.Fatal(err)
	}
	b.db.MustExecContext(t.Context(), "CREATE TABLE step (task text, n int, mine boolean, PRIMARY KEY (task, n))")
	if b.nc, err = server.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.nc.Close)
	b.queue = b.open(t)
	crew := testenv.NewCrew(t, workerVariable, strings.Replace(server.URL(), "://", "://"+token+"@", 1), testenv.DSN(t, b.db))
	crew.Hire(3)
	ids := b.askMany(t, 24)
	seed := mathrand.Uint64()
	t.Logf("seed %d", seed)
	chance := mathrand.New(mathrand.NewPCG(seed, 0))
	for range 4 {
		before := b.steps(t)
		testenv.Eventually(t, "the work to go on", func() bool { return b.steps(t) > before+chance.IntN(8) || b.steps(t) == len(ids)*stepsOfATask })
		strike(crew, chance)
	}
	for _, id := range ids {
		b.until(t, id, tasks.Done)
	}
	crew.Wake()
	for _, id := range b.askMany(t, 9) { // meanwhile those who are back try to go on
		b.until(t, id, tasks.Done)
	}
	crew.Dismiss()
	var wrong []string
	const late = `
		SELECT task || ' step ' || n FROM step WHERE NOT mine
		UNION ALL SELECT task || ' has ' || count(*) FROM step GROUP BY task HAVING count(*) <> $1`
	if err := b.db.SelectContext(t.Context(), &wrong, late, stepsOfATask); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), wrong); diff != "" {
		t.Errorf("steps by who had lost the task, or missing (-want +got):\n%s", diff)
	}
}

func (b *bed) askMany(t *testing.T, n int) (ids []string) {
	t.Helper()
	for range n {
		ids = append(ids, b.ask(t, tasks.Asked{Kind: "steps"}))
	}
	return ids
}

func (b *bed) steps(t *testing.T) (n int) {
	t.Helper()
	if err := b.db.GetContext(t.Context(), &n, "SELECT count(*) FROM step"); err != nil {
		t.Fatal(err)
	}
	return n
}

// strike kills one worker, or stops it for now, and hires another.
func strike(c *testenv.Crew, chance *mathrand.Rand) {
	if i := chance.IntN(c.Size()); chance.IntN(2) == 0 {
		c.Stop(i)
	} else {
		c.Kill(i)
	}
	c.Hire(1)
}
