package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

// cluster is a PostgreSQL data directory with the binaries and the user that work on it.
type cluster struct {
	dir      string
	binaries binaries
	account  account
}

// openCluster gets the directories ready and makes the cluster where there is none.
func openCluster(ctx context.Context, config PostgresConfig) (*cluster, error) {
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	major, err := c.major()
	if err != nil {
		return nil, err
	}
	if c.binaries, err = findBinaries(ctx, config, major); err != nil {
		return nil, err
	}
	if c.account, err = chooseAccount(c.data(), config.User); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c.dir = resolved(dir)
	if err := c.account.openWay(config.DataDir, c.dir); err != nil {
		return nil, err
	}
	if major == 0 {
		return c, c.initialize(ctx, config.Durable)
	}
	return c, nil
}

// data is the directory that PostgreSQL calls its data directory.
func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// major is the cluster's version, 0 where there is no cluster yet.
func (c *cluster) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(text)))
}

// initialize makes the cluster beside its place and moves it there when it is whole, so that a death half-way leaves none.
func (c *cluster) initialize(ctx context.Context, durable bool) error {
	draft := c.data() + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	if err := c.account.makeDir(draft); err != nil {
		return err
	}
	if err := c.runInitdb(ctx, draft, durable); err != nil {
		return err
	}
	if err := os.Rename(draft, c.data()); err != nil {
		return err
	}
	if !durable {
		return nil
	}
	return syncDir(c.dir)
}

// runInitdb trusts every connection, until admit says who may make one.
func (c *cluster) runInitdb(ctx context.Context, data string, durable bool) error {
	way, err := c.account.reachFor(data)
	if err != nil {
		return err
	}
	defer way.close()
	args := []string{"-D", way.path, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=" + locale, "--no-instructions"}
	if durable {
		args = append(args, "--data-checksums")
	} else {
		args = append(args, "--no-sync", "--wal-segsize=4")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.binaries.dir, "initdb"), args...)
	c.account.prepare(cmd, c.dir)
	way.give(cmd)
	// As for the server, the thread that starts it must not end before it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	output, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case bytes.Contains(output, []byte("could not look up effective user ID")):
		return unknownUser(err)
	case cmd.ProcessState == nil:
		return c.account.explain(err, c.dir, c.binaries.dir)
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(output))
	}
}

// server is the command that runs the cluster's server on its data, with its socket in the directory given.
func (c *cluster) server(data reach, socket string, durable bool) *exec.Cmd {
	args := []string{"-D", data.path, "-k", socket, "-p", port}
	for _, setting := range settings(durable) {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(c.binaries.dir, "postgres"), args...)
	c.account.prepare(cmd, c.dir)
	data.give(cmd)
	return cmd
}

// syncDir makes the names in a directory survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
