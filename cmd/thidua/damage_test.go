package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/eventlog"
)

// TestOlderCopyOfTheLog puts an older copy of the log's files beside a database that has read on: nothing is recorded on it and no workers run,
// and what only reads says what is lost.
func TestOlderCopyOfTheLog(t *testing.T) {
	s := &server{dir: t.TempDir()}
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	var before struct{ Position uint64 }
	s.answer(t, &before, "status", "--json")
	older := filepath.Join(t.TempDir(), "nats")
	store := filepath.Join(s.dir, "nats")
	if err := os.CopyFS(older, os.DirFS(store)); err != nil {
		t.Fatal(err)
	}
	s.answer(t, nil, "import", s.season(t, "second-2019"))
	s.answer(t, nil, "ranking", "second-2019")
	if err := os.RemoveAll(store); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(store, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		args []string
		ok   bool
		want string
	}{
		{[]string{"status"}, true, "which were read, are lost"},
		{[]string{"audit", "--limit", "3"}, true, "which were read, are lost"},
		{[]string{"verify"}, false, "WRONG"},
		{[]string{"import", s.season(t, "third-2019")}, false, "which were read, are lost"},
		{[]string{"up"}, false, "no workers run"},
	}
	for _, test := range tests {
		out, err := s.command(t, test.args...).CombinedOutput()
		if (err == nil) != test.ok || !strings.Contains(string(out), test.want) {
			t.Errorf("thidua %s ends with %v and says %q, want success %v and %q", test.args, err, out, test.ok, test.want)
		}
	}
	var after struct{ Position uint64 }
	s.answer(t, &after, "status", "--json")
	if after != before {
		t.Errorf("the log is at position %d, want it where the older copy ends, %d", after.Position, before.Position)
	}
}

// TestDamageWhileRunning lets an administrator change the stream of a running server: its workers stop and say why, nothing more is recorded, and
// who only reads goes on.
func TestDamageWhileRunning(t *testing.T) {
	s := &server{dir: t.TempDir()}
	up := s.command(t, "up")
	words, err := up.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(words)
	hears(t, lines, "Ready")
	s.answer(t, nil, "import", s.season(t, "first-2019"))
	s.answer(t, nil, "ranking", "first-2019")
	js := s.jetStream(t)
	stream, err := js.Stream(t.Context(), eventlog.StreamName)
	if err != nil {
		t.Fatal(err)
	}
	admin := s.announced(t).Admin
	config := stream.CachedInfo().Config
	config.MaxMsgs = 10
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	hears(t, lines, "MaxMsgs is 10")
	s.answer(t, nil, "ranking", "first-2019")
	var status struct{ Stopped struct{ EN string } }
	s.answer(t, &status, "status", "--json")
	if !strings.Contains(status.Stopped.EN, "MaxMsgs is 10") {
		t.Errorf("status says %q, want it to name MaxMsgs", status.Stopped.EN)
	}
	if code, body := ask(t, "http://"+admin+"/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "MaxMsgs is 10") {
		t.Errorf("/readyz says %d %s, want it to name MaxMsgs", code, body)
	}
	out, err := s.command(t, "import", s.season(t, "second-2019")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "MaxMsgs is 10") {
		t.Errorf("import ends with %v and says %q, want it refused", err, out)
	}
	if err := up.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // the pipe ends before Wait may be called
	}
	if err := up.Wait(); err == nil {
		t.Error("up ends as if nothing had been")
	}
}

// ask gets a URL.
func ask(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// hears reads lines until one holds some words.
func hears(t *testing.T, lines *bufio.Scanner, words string) {
	t.Helper()
	var all []string
	for lines.Scan() {
		all = append(all, lines.Text())
		if strings.Contains(lines.Text(), words) {
			return
		}
	}
	t.Fatalf("it ends without saying %q: %s", words, all)
}

// announced is what a running server tells other commands.
func (s *server) announced(t *testing.T) (at struct{ NATS, Token, Database, HTTP, Admin string }) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &at); err != nil {
		t.Fatal(err)
	}
	return at
}

// jetStream is an administrator's connection to the server that runs on the data directory.
func (s *server) jetStream(t *testing.T) jetstream.JetStream {
	t.Helper()
	at := s.announced(t)
	nc, err := nats.Connect(at.NATS, nats.Token(at.Token))
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
