// Package deploy_test starts what deploy/ tells operators to start, from the very files, and proves what is promised of it.
package deploy_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"thidua/internal/testenv"
)

// thidua is the program, built once.
var thidua string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "thidua-deploy-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	thidua = filepath.Join(dir, "thidua")
	if out, err := exec.Command("go", "build", "-o", thidua, "thidua/cmd/thidua").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	testenv.Main(m)
}

// cluster is three servers from deploy/nats, in this process.
type cluster struct{ servers []*server.Server }

// secret is a user's password.
func secret(user string) string { return "p" + user + "0123456789" }

// startCluster starts the servers and waits until they have chosen who leads them.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	env := map[string]string{}
	for _, user := range []string{"route", "sys", "admin", "api", "worker", "analyst"} {
		env["NATS_"+strings.ToUpper(user)+"_PASSWORD"] = secret(user)
	}
	addresses := free(t, 3)
	for i, address := range addresses {
		env[fmt.Sprintf("NATS_ROUTE_%d", i+1)] = "nats-route://route:" + secret("route") + "@" + address
	}
	c := &cluster{}
	for i, address := range addresses {
		env["NATS_NAME"] = fmt.Sprintf("thidua-%d", i+1)
		env["NATS_LISTEN"] = "127.0.0.1:-1"
		env["NATS_CLUSTER_LISTEN"] = address
		env["NATS_STORE"] = t.TempDir()
		c.servers = append(c.servers, startServer(t, env))
	}
	eventually(t, "the servers to choose a leader", func() bool {
		for _, s := range c.servers {
			if !s.JetStreamIsCurrent() {
				return false
			}
		}
		return c.leader() != nil
	})
	return c
}

func startServer(t *testing.T, env map[string]string) *server.Server {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	options, err := server.ProcessConfigFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("a server does not take connections")
	}
	return s
}

func (c *cluster) leader() *server.Server {
	for _, s := range c.servers {
		if s.JetStreamIsLeader() {
			return s
		}
	}
	return nil
}

// url is the address of all servers with a user's credentials.
func (c *cluster) url(user string) string {
	var all []string
	for _, s := range c.servers {
		all = append(all, fmt.Sprintf("nats://%s:%s@%s", user, secret(user), s.Addr()))
	}
	return strings.Join(all, ",")
}

// connect is a connection of a user to one of the servers.
func (c *cluster) connect(t *testing.T, user string, to int) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("nats://"+c.servers[to].Addr().String(), nats.UserInfo(user, secret(user)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// free finds loopback addresses that nobody listens on.
func free(t *testing.T, n int) (found []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		found = append(found, l.Addr().String())
	}
	return found
}

// eventually waits for something to be so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-limit:
			t.Fatalf("waited a minute in vain for %s", what)
		case <-tick.C:
		}
	}
}
