package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Crew is worker processes that a test kills and stops. Each is the test's own program, started with a variable in its environment that makes it a worker:
// the address of its NATS, that of its Postgres, and its name, a line each.
type Crew struct {
	t        testing.TB
	variable string
	server   string
	database string
	hired    int
	workers  []*exec.Cmd
	stopped  []*exec.Cmd
}

// NewCrew is a crew of nobody yet.
func NewCrew(t testing.TB, variable, server, database string) *Crew {
	return &Crew{t: t, variable: variable, server: server, database: database}
}

// Hire starts more workers. They die with the test.
func (c *Crew) Hire(n int) {
	c.t.Helper()
	for range n {
		c.hired++
		cmd := exec.Command(os.Args[0]) //nolint:gosec // the test itself
		cmd.Env = append(os.Environ(), c.variable+"="+strings.Join([]string{c.server, c.database, fmt.Sprintf("worker-%d", c.hired)}, "\n"))
		cmd.Stderr = &strings.Builder{}
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			c.t.Fatal(err)
		}
		c.t.Cleanup(func() { _ = cmd.Process.Kill() })
		c.workers = append(c.workers, cmd)
	}
}

// Size is how many are at work.
func (c *Crew) Size() int { return len(c.workers) }

// Stopped is how many stand still.
func (c *Crew) Stopped() int { return len(c.stopped) }

// Kill kills one of those who are at work.
func (c *Crew) Kill(i int) {
	c.t.Helper()
	victim := c.workers[i]
	c.workers = slices.Delete(c.workers, i, i+1)
	c.signal(syscall.SIGKILL, victim)
	_ = victim.Wait() // it was killed
}

// Stop lets one of those who are at work stand still.
func (c *Crew) Stop(i int) {
	c.t.Helper()
	victim := c.workers[i]
	c.workers, c.stopped = slices.Delete(c.workers, i, i+1), append(c.stopped, victim)
	c.signal(syscall.SIGSTOP, victim)
}

// Wake lets those go on who stood still: they believe that what they worked on is theirs.
func (c *Crew) Wake() {
	c.t.Helper()
	c.signal(syscall.SIGCONT, c.stopped...)
	c.workers, c.stopped = append(c.workers, c.stopped...), nil
}

// Dismiss tells all to stop, and waits for them.
func (c *Crew) Dismiss() {
	c.t.Helper()
	c.signal(syscall.SIGTERM, c.workers...)
	for _, cmd := range c.workers {
		if err := cmd.Wait(); err != nil {
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != -1 {
				c.t.Errorf("a worker ended with %v: %s", err, cmd.Stderr)
			}
		}
	}
}

func (c *Crew) signal(s syscall.Signal, to ...*exec.Cmd) {
	c.t.Helper()
	for _, cmd := range to {
		if err := cmd.Process.Signal(s); err != nil {
			c.t.Fatal(err)
		}
	}
}
