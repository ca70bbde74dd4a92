package main_test

import (
	"bufio"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"thidua/eventlog"
	"thidua/internal/embedded"
)

// external is a NATS and a Postgres that belong to nobody who runs the command line.
type external struct {
	dir            string // where this machine keeps things of its own
	nats, database string
	server         *embedded.NATS
}

func startExternal(t *testing.T) *external {
	t.Helper()
	const token = "external"
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	dir := t.TempDir()
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresConfig{Dir: filepath.Join(dir, "postgres"), DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop() })
	return &external{dir: t.TempDir(), nats: strings.Replace(server.URL(), "://", "://"+token+"@", 1), database: pg.DSN("postgres"), server: server}
}

func (e *external) command(args ...string) *exec.Cmd {
	cmd := exec.Command("thidua", append(args, "--data-dir", e.dir)...)
	cmd.Env = append(os.Environ(), "NATS_URL="+e.nats, "DATABASE_URL="+e.database, "LANG=C.UTF-8")
	return cmd
}

// says runs a command that must succeed or must not, and looks for words in what it says.
func (e *external) says(t *testing.T, ok bool, words string, args ...string) {
	t.Helper()
	out, err := e.command(args...).CombinedOutput()
	if (err == nil) != ok || !strings.Contains(string(out), words) {
		t.Errorf("thidua %s ends with %v and says %q, want success %v and %q", strings.Join(args, " "), err, out, ok, words)
	}
}

// work runs the workers while f does something.
func (e *external) work(t *testing.T, f func()) {
	t.Helper()
	work := e.command("work")
	words, err := work.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(words)
	hears(t, lines, "Ready")
	f()
	if err := work.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // the pipe ends before Wait may be called
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
}

// streams is JetStream itself on the server of others.
func (e *external) streams(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := e.server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// TestRepairOfAnExternalLog lets an administrator drop the first events of a log on a server that is not ours: what is left of it is kept as a file,
// and the log is made anew on the same server.
func TestRepairOfAnExternalLog(t *testing.T) {
	e := startExternal(t)
	papers := (&server{}).season(t, "first-2019")
	e.says(t, true, "imported season", "import", papers)
	e.work(t, func() { e.says(t, false, "are running. Stop them all", "repair", "--yes") })
	js := e.streams(t)
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	config.MaxMsgs, config.Discard = 100, jetstream.DiscardOld
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	e.says(t, true, "lost: positions 1 to ", "status")
	e.says(t, false, "lost: positions 1 to ", "work")
	e.says(t, true, "only in the audit trail", "repair")
	e.says(t, true, "Repaired", "repair", "--yes")
	e.work(t, func() {
		e.says(t, true, "the log is complete", "verify")
		e.says(t, true, "1 ", "ranking", "first-2019")
	})
	if kept, err := filepath.Glob(filepath.Join(e.dir, "before-repair-*", "old-*.events")); err != nil || len(kept) != 1 {
		t.Errorf("what was left of the log is kept as %v, %v, want one file", kept, err)
	}
}

// TestErasureOnExternalServers erases a person where NATS and Postgres belong to others: the tables forget, and the operator is told of what he must see to.
func TestErasureOnExternalServers(t *testing.T) {
	e := startExternal(t)
	e.says(t, true, "imported season", "import", papersNaming(t))
	db, err := sql.Open("postgres", e.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	named := func() (n int) {
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM p_people_2.text WHERE text LIKE '%'||$1||'%'", erasedName).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	e.work(t, func() {
		out, err := e.command("erase", erasedName, "--evidence", erasedFile, "--basis", "đơn đề nghị", "--by", "vanthu.cum").Output()
		_, rest, proposed := strings.Cut(string(out), "--approve ")
		proposal, _, _ := strings.Cut(rest, " ")
		if err != nil || !proposed {
			t.Fatalf("a proposal ends with %v and says %s", err, out)
		}
		if named() < 3 {
			t.Errorf("%d texts name the person before", named())
		}
		e.says(t, true, "replicas and archives of the external Postgres", "erase", "--approve", proposal, "--by", "chutich.cum")
		if n := named(); n != 2 {
			t.Errorf("%d texts name the person, want a reason and a finding that were not named", n)
		}
		e.says(t, true, "the log is complete", "verify")
	})
}

// TestRestoreThatIsKilled kills a restore at several moments: run again, it ends as if nothing had been.
func TestRestoreThatIsKilled(t *testing.T) {
	s := &server{dir: t.TempDir()}
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	ranking := s.output(t, "ranking", "first-2019", "--json")
	folder, words := filepath.Join(t.TempDir(), "kept"), filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(words, []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "backup", folder, "--passphrase-file", words)
	other := &server{dir: t.TempDir()}
	for _, after := range []time.Duration{1500, 2500} {
		other.killed(t, after*time.Millisecond, "restore", folder, "--passphrase-file", words)
	}
	if out, err := other.command(t, "restore", folder, "--passphrase-file", words).CombinedOutput(); err != nil && !strings.Contains(string(out), "only where there is nothing") {
		t.Errorf("restore ends with %v: %s", err, out)
	}
	if got := other.output(t, "ranking", "first-2019", "--json"); got != ranking {
		t.Errorf("the ranking is %s, want %s", got, ranking)
	}
}
