// Package faults_test breaks the machine under the system: it kills, stops and restarts real processes, cuts and delays their connections, fills their
// disk, and ends each scenario in the same check. Each test is named after its row in the list of faults in ARCHITECTURE.md.
package faults_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/internal/embedded"
	"thidua/internal/testenv"
	"thidua/migrations"
)

// The programs under test, built once.
var natsServer, thidua string

func TestMain(m *testing.M) {
	if url := os.Getenv(writerURL); url != "" {
		fmt.Fprintln(os.Stderr, writer(url, os.Stdout))
		os.Exit(1)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "thidua-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	natsServer, thidua = filepath.Join(dir, "nats-server"), filepath.Join(dir, "thidua")
	for binary, source := range map[string]string{natsServer: "github.com/nats-io/nats-server/v2", thidua: "thidua/cmd/thidua"} {
		if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n%s", source, err, out)
			return 1
		}
	}
	return m.Run()
}

// rounds is how often a scenario is gone through: a few times for a first look, more to find what is rare.
func rounds(short, long int) int {
	if testing.Short() {
		return short
	}
	return long
}

// bed is a NATS server and a Postgres that are processes of their own, each behind a proxy.
type bed struct {
	dir      string
	store    string // of the NATS server
	nats     *exec.Cmd
	natsAddr string
	natsLine *proxy // before the NATS server
	pg       *embedded.Postgres
	pgLine   *proxy // before Postgres
}

func newBed(t *testing.T) *bed {
	t.Helper()
	return newBedOn(t, t.TempDir())
}

// newBedOn keeps everything in a directory. Scenarios run side by side: most of their time they wait.
func newBedOn(t *testing.T, dir string) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{dir: dir}
	b.store = filepath.Join(b.dir, "nats")
	b.natsAddr = freeAddress(t)
	b.startNATS(t)
	b.natsLine = newProxy(t, func() (net.Conn, error) { return net.Dial("tcp", b.natsAddr) })
	t.Cleanup(func() { b.killNATS(t) })
	return b
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startNATS starts the server and waits until it takes connections and its streams are there.
func (b *bed) startNATS(t *testing.T) {
	t.Helper()
	config := filepath.Join(b.dir, "nats.conf")
	text := fmt.Sprintf("listen: %q\njetstream { store_dir: %q, sync_interval: always }\n", b.natsAddr, b.store)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.nats = spawn(t, natsServer, "-c", config)
	testenv.Eventually(t, "the NATS server to answer", func() bool {
		nc, err := nats.Connect("nats://" + b.natsAddr)
		if err != nil {
			return false
		}
		defer nc.Close()
		_, err = nc.Request("$JS.API.INFO", nil, time.Second)
		return err == nil
	})
}

// block is one of the files in which the server keeps the log.
func (b *bed) block(t *testing.T, number int) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(b.store, "jetstream", "*", "streams", eventlog.StreamName, "msgs", fmt.Sprintf("%d.blk", number)))
	if err != nil || len(found) != 1 {
		t.Fatalf("the log's file %d: %v %v", number, found, err)
	}
	return found[0]
}

// killNATS ends the server as a power switch ends a process.
func (b *bed) killNATS(t *testing.T) {
	t.Helper()
	kill(b.nats)
}

// connect reaches the NATS server through the proxy.
func (b *bed) connect(t *testing.T) *nats.Conn { return connect(t, "nats://"+b.natsLine.address()) }

// connect reaches a server, or one of several, and never gives up.
func connect(t *testing.T, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	options = append(options, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond),
		nats.RetryOnFailedConnect(true), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2))
	nc, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// open gives a log with a connection and a committer of its own.
func (b *bed) open(t *testing.T, now func() time.Time) *eventlog.Log {
	t.Helper()
	l, err := eventlog.Open(t.Context(), b.connect(t), eventlog.Config{Now: now, Rand: rand.Reader, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// startPostgres starts the server, behind a proxy of its own the first time.
func (b *bed) startPostgres(t *testing.T) {
	t.Helper()
	first := b.pg == nil
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Dir: filepath.Join(b.dir, "postgres"), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	b.pg = pg
	if first {
		b.pgLine = newProxy(t, func() (net.Conn, error) { return net.Dial("unix", filepath.Join(b.pg.Socket(), ".s.PGSQL.5432")) })
		t.Cleanup(func() { _ = b.pg.Stop() })
	}
}

// dsn leads to Postgres through the proxy.
func (b *bed) dsn() string {
	host, port, _ := net.SplitHostPort(b.pgLine.address())
	return fmt.Sprintf("host=%s port=%s user=thidua dbname=postgres sslmode=disable", host, port)
}

// database is the database itself, beside the proxy, with its frame.
func (b *bed) database(t *testing.T) *sqlx.DB {
	t.Helper()
	db, err := sqlx.ConnectContext(t.Context(), "postgres", b.pg.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := migrations.Up(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	return db
}

// worker starts a process that projects.
func (b *bed) worker(t *testing.T) *exec.Cmd {
	t.Helper()
	return b.workerOver(t, b.dsn())
}

// workerOver starts a process that projects into what a DSN leads to.
func (b *bed) workerOver(t *testing.T, dsn string) *exec.Cmd {
	t.Helper()
	return spawn(t, thidua, "work", "--nats-url", "nats://"+b.natsLine.address(), "--database-url", dsn)
}

// spawn starts a process that is killed when the test ends, if it still runs. What it says on stderr is shown where the test fails.
func spawn(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	said, err := os.CreateTemp(t.TempDir(), filepath.Base(name))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stderr = said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill(cmd)
		if text, err := os.ReadFile(said.Name()); t.Failed() && err == nil && (name != natsServer || os.Getenv("NATSLOG") != "") {
			t.Logf("%s %v said:\n%s", filepath.Base(name), args, text)
		}
	})
	return cmd
}

// kill ends a process at once and waits for its end.
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
