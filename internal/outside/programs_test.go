// Package outside_test holds the record against programs that others wrote, as a stranger would run them. They are fetched from the module proxy and built
// once, so these tests are no part of `make test`.
package outside_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program builds a program of a module at a version, once for this machine, and returns its path.
func program(t *testing.T, module, version string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "thidua-outside", version)
	path := filepath.Join(dir, filepath.Base(module))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	fresh := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "install", module+"@"+version)
	build.Env = append(os.Environ(), "GOBIN="+fresh, "GOFLAGS=")
	build.Dir = fresh
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s@%s: %v\n%s", module, version, err, out)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	built, err := os.ReadFile(filepath.Join(fresh, filepath.Base(module)))
	if err != nil {
		t.Fatal(err)
	}
	half := path + filepath.Base(fresh)
	if err := os.WriteFile(half, built, 0o755); err != nil { //nolint:gosec // a program is run
		t.Fatal(err)
	}
	if err := os.Rename(half, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program to its end and returns what it says on stdout.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return out.String()
}

// serve starts a program, waits until it listens at an address, and stops it with the test.
func serve(t *testing.T, dir, network, address, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, &said, &said, time.Second
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		if c, err := net.Dial(network, address); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("%s ended at once:\n%s", name, said.String())
		case <-deadline:
			t.Fatalf("%s does not listen at %s", name, address)
		}
	}
}

// freeAddress is an address of this machine where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
