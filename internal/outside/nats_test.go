package outside_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// natsProgram is the public command line of NATS.
const (
	natsProgram = "github.com/nats-io/natscli/nats"
	natsVersion = "v0.5.0"
)

// guest runs the program nats as an analyst.
type guest struct{ program, dir, door string }

func (g guest) run(t *testing.T, timeout string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), g.program, append([]string{"--server", "nats://" + g.door, "--nkey", filepath.Join(g.dir, "one.nk"), "--timeout", timeout}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+g.dir, "HOME="+g.dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// An analyst with the public program of NATS reads the events by the durable consumer and by position, and everything else is refused.
func TestNATSProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	thidua := filepath.Join(dir, "thidua")
	run(t, "../..", "go", "build", "-o", thidua, "./cmd/thidua")
	g := guest{program(t, natsProgram, natsVersion), dir, freeAddress(t)}
	data := filepath.Join(dir, "data")
	serve(t, dir, "tcp", g.door, thidua, "up", "--data-dir", data, "--analyst-listen", g.door)
	example, err := filepath.Abs("../../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, thidua, "import", example, "--data-dir", data)
	for _, name := range []string{"one", "two"} {
		write(t, filepath.Join(dir, name+".nk"), run(t, dir, thidua, "consumer", "add", name, "--data-dir", data))
	}
	g.reads(t, strings.Split(run(t, dir, thidua, "events", "export", "--data-dir", data), "\n"))
	before := run(t, dir, thidua, "consumer", "list", "--json", "--data-dir", data)
	g.isRefused(t)
	if diff := cmp.Diff(before, run(t, dir, thidua, "consumer", "list", "--json", "--data-dir", data)); diff != "" {
		t.Errorf("the consumers after it all (-before +after):\n%s", diff)
	}
	if out := run(t, dir, thidua, "verify", "--json", "--data-dir", data); !strings.Contains(out, `"ok":true`) {
		t.Errorf("verify after it all: %s", out)
	}
}

// reads reads the events, which must be those of the log.
func (g guest) reads(t *testing.T, events []string) {
	t.Helper()
	for _, from := range []int{0, 5} {
		out, err := g.run(t, "20s", "consumer", "next", "EMULATION", "analyst-one", "--count", "5", "--raw")
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if diff := cmp.Diff(events[from:from+5], strings.Split(strings.TrimSpace(out), "\n")); diff != "" {
			t.Errorf("the events from %d (-log +consumer):\n%s", from+1, diff)
		}
	}
	out, err := g.run(t, "20s", "stream", "get", "EMULATION", "826", "--json")
	var got struct{ Data []byte }
	if err == nil {
		err = json.Unmarshal([]byte(out), &got)
	}
	if err != nil || string(got.Data) != events[825] {
		t.Errorf("the event at 826 is %s, %v, want %s", out, err, events[825])
	}
	for _, args := range []string{"consumer info EMULATION analyst-one", "stream info EMULATION"} {
		if out, err := g.run(t, "20s", strings.Fields(args)...); err != nil || strings.Contains(out, "violation") {
			t.Errorf("nats %s: %v: %s", args, err, out)
		}
	}
}

// isRefused tries all else.
func (g guest) isRefused(t *testing.T) {
	t.Helper()
	for _, try := range []struct{ args, subject string }{
		{"pub emulation._._.log._.log-gap x", "emulation._._.log._.log-gap"},
		{"req emulation._._.log._.log-gap x", "emulation._._.log._.log-gap"},
		{"pub tasks.export.1 x", "tasks.export.1"},
		{"stream purge EMULATION --force", "$JS.API.STREAM.PURGE.EMULATION"},
		{"stream rm EMULATION --force", "$JS.API.STREAM.DELETE.EMULATION"},
		{"stream edit EMULATION --description x --force", "$JS.API.INFO"}, // which it asks first
		{"stream rmm EMULATION 1 --force", "$JS.API.STREAM.MSG.DELETE.EMULATION"},
		{"stream seal EMULATION --force", "$JS.API.STREAM.UPDATE.EMULATION"},
		{"stream add OTHER --defaults --subjects other", "$JS.API.STREAM.CREATE.OTHER"},
		{"stream ls", "$JS.API.STREAM.LIST"},
		{"stream backup EMULATION copy", "$JS.API.STREAM.SNAPSHOT.EMULATION"},
		{"stream info KV_DISCLOSURES", "$JS.API.STREAM.INFO.KV_DISCLOSURES"},
		{"stream get KV_DISCLOSURES 1", "$JS.API.STREAM.INFO.KV_DISCLOSURES"},
		{"stream info TASKS", "$JS.API.STREAM.INFO.TASKS"},
		{"consumer add EMULATION mine --pull --defaults", "$JS.API.CONSUMER.CREATE.EMULATION.mine"},
		{"consumer rm EMULATION analyst-one --force", "$JS.API.CONSUMER.DELETE.EMULATION.analyst-one"},
		{"consumer rm EMULATION analyst-two --force", "$JS.API.CONSUMER.DELETE.EMULATION.analyst-two"},
		{"consumer pause EMULATION analyst-one 1h --force", "$JS.API.INFO"},
		{"consumer next EMULATION analyst-two", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-two"},
		{"consumer info EMULATION analyst-two", "$JS.API.CONSUMER.INFO.EMULATION.analyst-two"},
		{"consumer ls EMULATION", "$JS.API.CONSUMER.NAMES.EMULATION"},
		{"kv get DISCLOSURES x", "$JS.API.STREAM.INFO.KV_DISCLOSURES"},
		{"kv put DISCLOSURES x y", "$JS.API.STREAM.INFO.KV_DISCLOSURES"},
		{"pub $KV.DISCLOSURES.x y", "$KV.DISCLOSURES.x"},
		{"kv ls", "$JS.API.STREAM.LIST"},
		{"object get EVIDENCE x", "$JS.API.STREAM.INFO.OBJ_EVIDENCE"},
		{"object ls EVIDENCE", "$JS.API.STREAM.INFO.OBJ_EVIDENCE"},
		{"object get RESULTS x", "$JS.API.STREAM.INFO.OBJ_RESULTS"},
		{"sub >", ">"},
		{"sub _INBOX_other.>", "_INBOX_other.>"},
		{"sub --stream EMULATION --all", "$JS.API.CONSUMER.CREATE.EMULATION."},
		{"server info", "$SYS.REQ.SERVER.PING.VARZ"},
		{"server list", "$SYS.REQ.SERVER.PING"},
		{"account info", "$JS.API.INFO"},
	} {
		out, _ := g.run(t, "300ms", strings.Fields(try.args)...) // some end well all the same; nothing answers
		told := fmt.Sprintf("to %q", try.subject)
		if strings.HasSuffix(try.subject, ".") {
			told = strings.TrimSuffix(told, `"`)
		}
		if !strings.Contains(strings.ToLower(out), "permissions violation for") || !strings.Contains(out, told) {
			t.Errorf("nats %s says %s\nwant that it is refused to use %s", try.args, out, try.subject)
		}
	}
}
