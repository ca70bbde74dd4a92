package deploy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/nats-io/nats.go"

	"thidua/internal/embedded"
	"thidua/internal/testenv"
)

// split is a NATS server and a Postgres for processes of their own.
type split struct {
	natsURL string
	db      *sqlx.DB
	dsn     string
}

func newSplit(t *testing.T) *split {
	t.Helper()
	const token = "pt0ken0123456789"
	server, err := embedded.StartNATS(t.Context(), embedded.NATSConfig{Dir: t.TempDir(), Listen: true, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	db := testenv.Postgres(t)
	return &split{natsURL: strings.Replace(server.URL(), "://", "://"+token+"@", 1), db: db, dsn: testenv.DSN(t, db)}
}

// process is a running thidua.
type process struct {
	cmd  *exec.Cmd
	said bytes.Buffer
}

func (s *split) start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(thidua, args...)}
	p.cmd.Env = append(p.cmd.Environ(), "NATS_URL="+s.natsURL, "DATABASE_URL="+s.dsn, "LANG=C.UTF-8")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// end tells a process to stop and returns how it ended.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v ended with %v: %s", p.cmd.Args, err, p.said.String())
	}
}

// get asks an address, and waits for somebody to listen there.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	testenv.Eventually(t, "an answer of "+url, func() bool {
		response, err := http.Get(url)
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		content, err := io.ReadAll(response.Body)
		status, body = response.StatusCode, string(content)
		return err == nil
	})
	return status, body
}

// Processes that serve and processes that work tell together how the record stands: before anybody works, while somebody does, and when the log
// has lost what was read of it.
func TestHealthOfSplitProcesses(t *testing.T) {
	s := newSplit(t)
	at := free(t, 4)
	serving := s.start(t, "serve", "--listen", at[0], "--admin-listen", at[1])
	if status, body := get(t, "http://"+at[1]+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "The read model standings does not exist yet") ||
		!strings.Contains(body, "No process carries the log into the read models") {
		t.Errorf("before anybody works /readyz says %d %s", status, body)
	}
	working := s.start(t, "work", "--admin-listen", at[2])
	s.answer(t, "import", papers)
	for _, admin := range at[1:3] {
		testenv.Eventually(t, admin+" to be ready", func() bool {
			status, _ := get(t, "http://"+admin+"/readyz")
			return status == http.StatusOK
		})
	}
	working.end(t)
	serving.end(t)

	s.db.MustExecContext(t.Context(), "UPDATE frame.checkpoint SET position = position + 7 WHERE name = 'facts'")
	serving = s.start(t, "serve", "--listen", at[0], "--admin-listen", at[3])
	if status, body := get(t, "http://"+at[3]+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "read model facts: it ends at 826; positions 827 to 833, which were read, are lost") {
		t.Errorf("on a log that has lost something /readyz says %d %s", status, body)
	}
	if status, _ := get(t, "http://"+at[3]+"/livez"); status != http.StatusOK {
		t.Errorf("/livez says %d, want that the process lives", status)
	}
	if _, body := get(t, "http://"+at[3]+"/metrics"); !strings.Contains(body, "\nthidua_log_stopped 1\n") {
		t.Error("the metrics do not say that the log is stopped")
	}
	serving.end(t)
}

// A projection that meets an event of a newer version is paused, and everybody who asks is told why and what to do.
func TestPausedProjection(t *testing.T) {
	s := newSplit(t)
	admin := free(t, 1)[0]
	working := s.start(t, "work", "--admin-listen", admin)
	s.answer(t, "import", papers)
	var last struct {
		Event json.RawMessage
	}
	if err := json.Unmarshal([]byte(s.answer(t, "audit", "--since", "826", "--json")), &last); err != nil {
		t.Fatal(err)
	}
	newer := strings.NewReplacer("import.completed.v1", "import.reviewed.v1", "import.completed:1", "import.reviewed:1").Replace(string(last.Event))
	nc, err := nats.Connect(s.natsURL)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := granted(nc, "emulation.northern-border-2019._.season._.import-reviewed", newer); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "/readyz to say that the standings are paused", func() bool {
		status, body := get(t, "http://"+admin+"/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "The read model standings is paused: the log has an event that this version does not know")
	})
	if _, body := get(t, "http://"+admin+"/metrics"); !strings.Contains(body, `thidua_projection_paused{projection="standings"} 1`) {
		t.Error("the metrics do not say that the standings are paused")
	}
	if status, _ := get(t, "http://"+admin+"/livez"); status != http.StatusOK {
		t.Errorf("/livez says %d, want that the process lives", status)
	}
	for args, want := range map[string]string{
		"status": "paused, position 826", "--lang vi status": "hãy nâng cấp thidua", "status --json": `"cause":"unknown-event"`, "parked list": "Nothing is parked",
	} {
		if out := s.answer(t, strings.Fields(args)...); !strings.Contains(out, want) {
			t.Errorf("thidua %s says %s, want %q", args, out, want)
		}
	}
	working.end(t)
}

// answer is what a command says that must be carried out.
func (s *split) answer(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(thidua, args...)
	cmd.Env = append(cmd.Environ(), "NATS_URL="+s.natsURL, "DATABASE_URL="+s.dsn, "LANG=C.UTF-8")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("thidua %s: %v: %s%s", strings.Join(args, " "), err, out, said.String())
	}
	return string(out)
}

// A process that can't end what is under way ends all the same: after the time that it was given, or at once when it is told again.
func TestStop(t *testing.T) {
	s := newSplit(t)
	for _, test := range []struct {
		name, limit string
		ended       func(syscall.WaitStatus) bool
	}{
		{"in time", "300ms", func(w syscall.WaitStatus) bool { return w.ExitStatus() == 1 }},
		{"when told again", "1h", func(w syscall.WaitStatus) bool { return w.Signal() == syscall.SIGTERM }},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := free(t, 2)
			p := s.start(t, "serve", "--listen", at[0], "--admin-listen", at[1], "--stop-timeout", test.limit)
			if status, _ := get(t, "http://"+at[1]+"/livez"); status != http.StatusOK {
				t.Fatalf("/livez says %d", status)
			}
			defer s.held(t, "http://"+at[0]+"/api/status")()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = p.cmd.Wait() // how it ended is in its state
			}()
			p.stopUntil(t, ended, test.limit == "1h")
			if w := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !test.ended(w) {
				t.Errorf("it ended with %v: %s", p.cmd.ProcessState, p.said.String())
			}
		})
	}
}

// held is a request that waits for a lock until release.
func (s *split) held(t *testing.T, url string) (release func()) {
	t.Helper()
	tx, err := s.db.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE frame.checkpoint IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		if response, err := http.Get(url); err == nil {
			_ = response.Body.Close()
		}
	}()
	testenv.Eventually(t, "the request to wait", func() bool {
		var waiting int
		const query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
		return s.db.GetContext(t.Context(), &waiting, query) == nil && waiting > 0
	})
	return func() {
		_ = tx.Rollback()
		<-asked
	}
}

// stopUntil tells a process to stop, once or until it has ended.
func (p *process) stopUntil(t *testing.T, ended <-chan struct{}, again bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			if again {
				_ = p.cmd.Process.Signal(syscall.SIGTERM)
			}
		}
	}
}
