package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"thidua/internal/testenv"
)

func TestPostgresDiesWithAKilledOwner(t *testing.T) {
	t.Parallel()
	o := startOwner(t, clusterDir(t))
	connect(t, o.DSN) // so that a session must end too
	family := append(childrenOf(t, o.Postgres), o.Postgres)
	if len(family) < 3 {
		t.Fatalf("the server's processes are %v, want more", family)
	}
	o.kill(t)
	for _, pid := range family {
		testenv.Eventually(t, fmt.Sprintf("process %d of the server to end", pid), func() bool { return state(pid) == "" })
	}
}

func TestPostgresStartsAgainAtOnceAfterItsOwnerIsKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	for range 3 {
		o := startOwner(t, dir)
		o.kill(t)
		if _, err := o.process.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	connect(t, startPostgres(t, postgresIn(dir)).DSN("postgres"))
}

// childrenOf lists the processes that a process has started.
func childrenOf(t *testing.T, parent int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		if _, ppid, ok := strings.Cut(state(pid), " "); ok && ppid == strconv.Itoa(parent) {
			children = append(children, pid)
		}
	}
	return children
}

// state is a process's state and its parent, empty where it is dead; a zombie is.
func state(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The command, in parentheses, may hold anything: what follows is state, parent and more.
	fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
	if fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[0] + " " + fields[1]
}
