package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
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
	const event = "emulation.s._.season._.season-drafted"
	ack, err := js.Publish(event, []byte(`{"name":"EMULATION","max_msgs":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 9 { // so that there is something to read on
		if _, err := js.Publish(event, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	bySequence := fmt.Sprintf(`{"seq":%d}`, ack.Sequence)
	update := `{"name":"EMULATION","subjects":["emulation.>"],"max_msgs":1,"num_replicas":3}`
	consumer := func(name string) string {
		return fmt.Sprintf(`{"stream_name":"EMULATION","config":{"name":%q,"ack_policy":"none","mem_storage":true,"inactive_threshold":5000000000}}`, name)
	}
	const turns = `{"stream_name":"TASKS","config":{"durable_name":"try","filter_subject":"tasks.try.*","ack_policy":"explicit"},"action":""}`
	api, worker, analyst := c.connect(t, "api", 1), c.connect(t, "worker", 2), c.as(t, credentials[0], 0)
	all, none, own := []string{"api", "worker", "analyst"}, []string(nil), []string{"analyst"}
	for _, try := range []struct {
		what, subject, body string
		may                 []string
	}{
		{"ask how the log stands", "$JS.API.STREAM.INFO.EMULATION", "", all},
		{"read an event", "$JS.API.DIRECT.GET.EMULATION", bySequence, all},
		{"read an event of the leader", "$JS.API.STREAM.MSG.GET.EMULATION", bySequence, all},
		{"read a stream's last event", "$JS.API.DIRECT.GET.EMULATION." + event, "", all},
		{"read on", "$JS.API.CONSUMER.CREATE.EMULATION.c", consumer("c"), []string{"api", "worker"}},
		{"read on under a name for ever", "$JS.API.CONSUMER.DURABLE.CREATE.EMULATION.d", consumer("d"), none},
		{"read texts", "$JS.API.STREAM.INFO.KV_DISCLOSURES", "", []string{"api", "worker"}},
		{"read on in the texts", "$JS.API.CONSUMER.CREATE.KV_DISCLOSURES.e", strings.ReplaceAll(consumer("e"), "EMULATION", "KV_DISCLOSURES"), none},
		{"read on in the evidence", "$JS.API.CONSUMER.CREATE.OBJ_EVIDENCE.e", strings.ReplaceAll(consumer("e"), "EMULATION", "OBJ_EVIDENCE"), none},
		{"ask how an analyst's reading stands", "$JS.API.CONSUMER.INFO.EMULATION.analyst-one", "", all},
		{"read on as an analyst", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-one", "1", all},
		{"take what an analyst has read", "$JS.ACK.EMULATION.analyst-one.1.1.1.1.0", "+ACK", own},
		{"ask how another's reading stands", "$JS.API.CONSUMER.INFO.EMULATION.analyst-two", "", []string{"api", "worker"}},
		{"read on as another", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-two", "1", []string{"api", "worker"}},
		{"take what another has read", "$JS.ACK.EMULATION.analyst-two.1.1.1.1.0", "+ACK", none},
		{"ask what the servers tell of accounts", "$JS.API.INFO", "", []string{"api", "worker"}},
		{"list consumers", "$JS.API.CONSUMER.NAMES.EMULATION", "", none},
		{"list streams", "$JS.API.STREAM.NAMES", "", none},
		{"end another's reading", "$JS.API.CONSUMER.DELETE.EMULATION.c", "", []string{"api"}}, // the consumer is gone when the worker asks
		{"append", event, "{}", []string{"api"}},
		{"write a text", "$KV.DISCLOSURES.x", "x", []string{"api"}},
		{"write evidence", "$O.EVIDENCE.C.x", "x", []string{"api"}},
		{"see how the queue stands", "$JS.API.STREAM.INFO.TASKS", "", []string{"api", "worker"}},
		{"ask for a task", "tasks.try.1", "1", []string{"api"}}, // a task has one message: the worker's is refused
		{"take turns", "$JS.API.CONSUMER.CREATE.TASKS.try.tasks.try.*", turns, []string{"api", "worker"}},
		{"see the results' store", "$JS.API.STREAM.INFO.OBJ_RESULTS", "", []string{"api", "worker"}},
		{"store a result", "$O.RESULTS.C.x", "x", []string{"api", "worker"}},
		{"read a result", "$JS.API.STREAM.MSG.GET.OBJ_RESULTS", `{"seq":1}`, []string{"api", "worker"}},
		{"remove a result", "$JS.API.STREAM.MSG.DELETE.OBJ_RESULTS", `{"seq":1}`, []string{"api"}}, // it is gone when the worker asks
		{"read on in the results", "$JS.API.CONSUMER.CREATE.OBJ_RESULTS.e", strings.ReplaceAll(consumer("e"), "EMULATION", "OBJ_RESULTS"), none},
		{"read a task past the queue", "$JS.API.STREAM.MSG.GET.TASKS", `{"seq":1}`, none},
		{"purge the queue", "$JS.API.STREAM.PURGE.TASKS", "", none},
		{"delete a task", "$JS.API.STREAM.MSG.DELETE.TASKS", `{"seq":1}`, none},
		{"change the queue", "$JS.API.STREAM.UPDATE.TASKS", `{"name":"TASKS","subjects":["tasks.>"]}`, none},
		{"end a kind's consumer", "$JS.API.CONSUMER.DELETE.TASKS.try", "", none},
		{"purge the results", "$JS.API.STREAM.PURGE.OBJ_RESULTS", "", none},
		{"change the log", "$JS.API.STREAM.UPDATE.EMULATION", update, none},
		{"purge the log", "$JS.API.STREAM.PURGE.EMULATION", "", none},
		{"delete an event", "$JS.API.STREAM.MSG.DELETE.EMULATION", bySequence, none},
		{"delete the log", "$JS.API.STREAM.DELETE.EMULATION", "", none},
		{"make a stream", "$JS.API.STREAM.CREATE.OTHER", `{"name":"OTHER","subjects":["other.>"]}`, none},
		{"put a log back", "$JS.API.STREAM.RESTORE.EMULATION", "{}", none},
		{"take the whole log away", "$JS.API.STREAM.SNAPSHOT.EMULATION", `{"deliver_subject":"x"}`, none},
		{"purge the evidence", "$JS.API.STREAM.PURGE.OBJ_EVIDENCE", "", none},
		{"erase texts", "$JS.API.STREAM.PURGE.KV_DISCLOSURES", "", none},
		{"erase a text", "$JS.API.STREAM.MSG.DELETE.KV_DISCLOSURES", `{"seq":1}`, none},
		{"erase a piece of evidence", "$JS.API.STREAM.MSG.DELETE.OBJ_EVIDENCE", `{"seq":1}`, none},
	} {
		var can []string
		for i, nc := range []*nats.Conn{api, worker, analyst} {
			if _, err := granted(nc, try.subject, try.body); err == nil {
				can = append(can, all[i])
			}
		}
		if diff := cmp.Diff(try.may, can); diff != "" {
			t.Errorf("%s (-may +can):\n%s", try.what, diff)
		}
	}
	// The administrator may.
	if _, err := granted(adm, "$JS.API.STREAM.INFO.OBJ_EVIDENCE", ""); err != nil {
		t.Errorf("the administrator can't look at the evidence: %v", err)
	}
	c.unmoved(t, js, bySequence, event, api, worker, analyst)
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
		if _, err := granted(nc, "$JS.API.STREAM.MSG.GET.EMULATION", bySequence); err != nil {
			t.Fatal(err)
		}
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
