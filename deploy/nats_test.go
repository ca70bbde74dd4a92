package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"thidua/internal/testenv"
)

const papers = "../examples/northern-border-2019"

// run is a command of thidua as a user of the cluster.
func (c *cluster) run(t *testing.T, user, dsn string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(thidua, args...)
	cmd.Env = append(cmd.Environ(), "NATS_URL="+c.url(user), "NATS_REPLICAS=3", "DATABASE_URL="+dsn, "LANG=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (c *cluster) answer(t *testing.T, user, dsn string, args ...string) string {
	t.Helper()
	cmd := c.run(t, user, dsn, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: thidua %s: %v: %s%s", user, strings.Join(args, " "), err, out, said.String())
	}
	return string(out)
}

// The administrator makes the log on three servers, the API's user appends to it, a worker's carries it into the read models, and nobody needs
// more than that for it.
func TestThreeServers(t *testing.T) {
	c := startCluster(t)
	dsn := testenv.DSN(t, testenv.Postgres(t))
	c.answer(t, "admin", dsn, "status")
	c.worker(t, "worker", dsn)
	task := strings.TrimSpace(c.answer(t, "api", dsn, "import", papers, "--ask"))
	c.worker(t, "api", dsn) // the other one may not append, and leaves it
	c.answer(t, "worker", dsn, "tasks", "show", task, "--wait", "--save", t.TempDir()+"/import.json")
	var ranking struct {
		Complete  bool
		Standings []struct{ Unit string }
	}
	if err := json.Unmarshal([]byte(c.answer(t, "api", dsn, "ranking", "northern-border-2019", "--json")), &ranking); err != nil {
		t.Fatal(err)
	}
	if !ranking.Complete || len(ranking.Standings) != 7 || ranking.Standings[0].Unit != "son-la" {
		t.Errorf("the ranking is %+v", ranking)
	}
	if out := c.answer(t, "api", dsn, "verify", "--json"); !strings.Contains(out, `"ok":true`) {
		t.Errorf("verify says %s", out)
	}
	c.answer(t, "api", dsn, "export", "northern-border-2019", t.TempDir()+"/again") // reads the evidence files

	js, err := c.connect(t, "admin", 0).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"EMULATION", "KV_DISCLOSURES", "OBJ_EVIDENCE", "TASKS", "OBJ_RESULTS"} {
		info, err := js.StreamInfo(stream)
		if err != nil {
			t.Fatal(err)
		}
		if n := 1 + len(info.Cluster.Replicas); info.Config.Replicas != 3 || n != 3 {
			t.Errorf("%s is kept on %d servers, want 3", stream, n)
		}
	}
}

// worker runs `thidua work` as a user until the test ends, when it must stop well.
func (c *cluster) worker(t *testing.T, user, dsn string) {
	t.Helper()
	work := c.run(t, user, dsn, "work")
	var said bytes.Buffer
	work.Stderr = &said
	if err := work.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = work.Process.Signal(syscall.SIGTERM)
		if err := work.Wait(); err != nil {
			t.Errorf("the worker ended with %v: %s", err, said.String())
		}
	})
}

// What each user may do to the log, asked of the servers themselves. What may not be done is answered by nobody.
func TestPermissions(t *testing.T) {
	c := startCluster(t)
	c.answer(t, "admin", testenv.DSN(t, testenv.Postgres(t)), "status")
	credentials := c.letIn(t, "one", "two", "three")
	adm := c.connect(t, "admin", 0)
	js, err := adm.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	ack, err := js.Publish(drafted, []byte(`{"name":"EMULATION","max_msgs":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 9 { // so that there is something to read on
		if _, err := js.Publish(drafted, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	first := fmt.Sprintf(`{"seq":%d}`, ack.Sequence)
	api, worker, analyst := c.connect(t, "api", 1), c.connect(t, "worker", 2), c.as(t, credentials[0], 0)
	for _, try := range slices.Concat(triesOfTheLog(first), triesOfTasks(), triesToDestroy(first)) {
		var can []string
		for i, nc := range []*nats.Conn{api, worker, analyst} {
			if user := strings.Fields(everybody)[i]; try.done(t, user, nc) {
				can = append(can, user)
			}
		}
		if diff := cmp.Diff(try.may, strings.Join(can, " ")); diff != "" {
			t.Errorf("%s (-may +can):\n%s", try.what, diff)
		}
	}
	allowed(t, adm, "the administrator to look at the evidence", "$JS.API.STREAM.INFO.OBJ_EVIDENCE", "")
	c.unmoved(t, js, first, drafted, api, worker, analyst)
	c.readsOn(t, "three", credentials[2])
}

// Who appends or projects hears at once that somebody does something to the log.
func TestAdvisories(t *testing.T) {
	c := startCluster(t)
	c.answer(t, "admin", testenv.DSN(t, testenv.Postgres(t)), "status")
	heard := map[string]*nats.Subscription{}
	for i, user := range []string{"api", "worker"} {
		nc := c.connect(t, user, i)
		sub, err := nc.SubscribeSync("$JS.EVENT.ADVISORY.STREAM.*.EMULATION")
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		heard[user] = sub
	}
	js, err := c.connect(t, "admin", 2).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	info, err := js.StreamInfo("EMULATION")
	if err != nil {
		t.Fatal(err)
	}
	// Interest may reach the other servers after it was asked for: what is done is done again until it is heard.
	for user, sub := range heard {
		testenv.Eventually(t, user+" to hear of an update", func() bool {
			info.Config.Description += "."
			if _, err := js.UpdateStream(&info.Config); err != nil {
				t.Fatal(err)
			}
			_, err := sub.NextMsg(time.Second)
			return err == nil
		})
	}
}

// pushed has tasks pushed to where the log is changed.
const pushed = `{"stream_name":"TASKS","config":{"name":"push","filter_subject":"tasks.push.*","ack_policy":"explicit","deliver_subject":"$JS.API.STREAM.UPDATE.EMULATION"},"action":""}`

// unmoved judges that nobody can have the servers do what he may not do himself, by naming where an answer goes: an answer that is stored, or that
// changes or deletes the log.
func (c *cluster) unmoved(t *testing.T, js nats.JetStreamContext, bySequence, event string, users ...*nats.Conn) {
	t.Helper()
	before, err := js.StreamInfo("EMULATION")
	if err != nil {
		t.Fatal(err)
	}
	for _, nc := range users {
		// Who may take turns could have tasks pushed somewhere: they go nowhere. Who may not is answered by nobody.
		_, _ = granted(nc, "$JS.API.CONSUMER.CREATE.TASKS.push.tasks.push.*", pushed)
		_, _ = granted(nc, "tasks.push."+nc.Opts.User, `{"name":"EMULATION","max_msgs":1}`)
		for _, reply := range []string{event, "$JS.API.STREAM.UPDATE.EMULATION", "$JS.API.STREAM.DELETE.EMULATION", "$KV.DISCLOSURES.y", "$JS.API.CONSUMER.DELETE.EMULATION.analyst-two"} {
			for _, request := range []string{"$JS.API.DIRECT.GET.EMULATION", "$JS.API.STREAM.MSG.GET.EMULATION"} {
				if err := nc.PublishRequest(request, reply, []byte(bySequence)); err != nil {
					t.Fatal(err)
				}
			}
		}
		// What was asked before this has been answered when this is.
		allowed(t, nc, nc.Opts.User+" to read an event", "$JS.API.STREAM.MSG.GET.EMULATION", bySequence)
	}
	after, err := js.StreamInfo("EMULATION")
	if err != nil {
		t.Fatal(err)
	}
	if after.Config.MaxMsgs != -1 || after.State.Msgs != before.State.Msgs {
		t.Errorf("the log has %d events and keeps %d, want %d and all", after.State.Msgs, after.Config.MaxMsgs, before.State.Msgs)
	}
	// Who leads the consumer may be a little behind who leads the stream.
	var push *nats.ConsumerInfo
	testenv.Eventually(t, "two tasks to wait on the consumer that pushes", func() bool {
		push, err = js.ConsumerInfo("TASKS", "push")
		return err != nil || push.NumPending == 2 || push.Delivered.Consumer != 0
	})
	if err != nil || push.Delivered.Consumer != 0 {
		t.Errorf("the consumer that pushes is %+v, %v, want two tasks that go nowhere", push, err)
	}
	if _, err := js.GetLastMsg("KV_DISCLOSURES", "$KV.DISCLOSURES.y"); err == nil {
		t.Error("somebody has put an event where texts lie")
	}
}
