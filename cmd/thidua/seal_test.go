package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"thidua/internal/testenv"
	"thidua/seal"
)

// runs starts a command that runs until the test ends, and returns how to end it.
func (e *external) runs(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	cmd := e.command(args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return func() {
		t.Helper()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("thidua %v: %v: %s", args, err, said.String())
		}
	}
}

// checkpoint asks an address until it has a checkpoint of some events.
func checkpoint(t *testing.T, address string, size uint64) (c seal.Checkpoint) {
	t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	testenv.Eventually(t, fmt.Sprintf("a checkpoint of %d events at %s", size, address), func() bool {
		response, err := client.Get("http://" + address + "/log/checkpoint")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		note, err := io.ReadAll(response.Body)
		if err == nil {
			c, err = seal.ReadUnverified(note)
		}
		return err == nil && uint64(c.Size) == size
	})
	return c
}

// TestSealApart seals the log of an external NATS in a process of its own, from which another serves it.
func TestSealApart(t *testing.T) {
	e := startExternal(t)
	addresses, err := freeAddresses(2)
	if err != nil {
		t.Fatal(err)
	}
	e.says(t, true, "imported season", "import", (&server{}).season(t, "first-2019"))
	last := func() uint64 {
		var status struct{ Position uint64 }
		out, err := e.command("status", "--json").Output()
		if err := json.Unmarshal(out, &status); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return status.Position
	}
	stop := e.runs(t, "seal", "--listen", addresses[0])
	first := checkpoint(t, addresses[0], last())
	e.says(t, false, "is in use by “thidua seal”", "seal", "--listen", "127.0.0.1:0")
	stopServing := e.runs(t, "serve", "--listen", addresses[1], "--admin-listen", "127.0.0.1:0", "--log-url", "http://"+addresses[0]+"/log/")
	if there := checkpoint(t, addresses[1], last()); !bytes.Equal(there.Note, first.Note) {
		t.Errorf("the other serves %q", there.Note)
	}
	e.says(t, true, "imported season", "import", (&server{}).season(t, "second-2019"))
	checkpoint(t, addresses[1], last())
	stopServing()
	stop()
	e.says(t, true, "+", "key", "log")
}
