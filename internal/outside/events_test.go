package outside_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shellOf is what a page lets its reader type: its blocks of sh, one behind the other.
func shellOf(t *testing.T, page string) string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(content), -1) {
		all.WriteString(block[1])
	}
	return all.String()
}

// desk is a folder of a reader, with a server that runs on it.
type desk struct{ dir, address string }

// sh runs what a reader types.
func (d desk) sh(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "PATH="+d.dir+":"+os.Getenv("PATH"), "THIDUA_DATA_DIR="+filepath.Join(d.dir, "data"), "LANG=C.UTF-8")
	return cmd
}

// up starts the server and waits until commands find it.
func (d desk) up(t *testing.T) {
	t.Helper()
	run(t, "../..", "go", "build", "-o", filepath.Join(d.dir, "thidua"), "./cmd/thidua")
	if err := os.Chmod(d.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	up := d.sh(t, "exec thidua up --listen "+d.address)
	up.Cancel = func() error { return up.Process.Signal(os.Interrupt) }
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = up.Process.Signal(os.Interrupt); _ = up.Wait() })
	for {
		if _, err := os.Stat(filepath.Join(d.dir, "data", "server.json")); err == nil {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("up is not ready")
		}
	}
}

// file is what a command has left.
func (d desk) file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// What docs/events.md tells a team to type gives, by curl, the events of the log and a cursor to go on from.
func TestEventsPage(t *testing.T) {
	t.Parallel()
	d := desk{t.TempDir(), freeAddress(t)}
	d.up(t)
	example, err := filepath.Abs("../../examples/northern-border-2019")
	if err != nil {
		t.Fatal(err)
	}
	typed := strings.ReplaceAll(shellOf(t, "../../docs/events.md"), "127.0.0.1:8080", d.address)
	if said, err := d.sh(t, "thidua import "+example+"\n"+typed).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	all := strings.SplitAfter(d.file(t, "all.ndjson"), "\n")
	if diff := cmp.Diff(d.file(t, "all.ndjson"), d.file(t, "events.ndjson")); diff != "" || len(all) != 827 {
		t.Errorf("%d lines, over HTTP (-want +got):\n%s", len(all), diff)
	}
	if diff := cmp.Diff(strings.Join(all[800:], ""), d.file(t, "since-800.ndjson")); diff != "" {
		t.Errorf("from 800 on (-want +got):\n%s", diff)
	}
	var ofSeason []string
	cursor := 0
	for i, line := range all {
		if strings.Contains(line, `"seasonversion":`) && len(ofSeason) < 500 {
			ofSeason, cursor = append(ofSeason, line), i+1
		}
	}
	if diff := cmp.Diff(strings.Join(ofSeason, ""), d.file(t, "new.ndjson")); diff != "" {
		t.Errorf("of the season (-want +got):\n%s", diff)
	}
	if got, want := strings.TrimSpace(d.file(t, "position")), cursor; got != strconv.Itoa(want) {
		t.Errorf("the cursor is %q, want %d", got, want)
	}
	want := "retry: 2000\n\n"
	for i := 800; i < 803; i++ {
		want += "id: " + strconv.Itoa(i+1) + "\ndata: " + all[i] + "\n"
	}
	if diff := cmp.Diff(want, d.file(t, "pushed.txt")); diff != "" {
		t.Errorf("pushed (-want +got):\n%s", diff)
	}
}
