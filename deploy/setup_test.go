// Package deploy_test starts what deploy/ tells operators to start, from the very files, and proves what is promised of it.
package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
type cluster struct {
	dir     string // of the files
	env     []map[string]string
	servers []*server.Server
}

// secret is a user's password.
func secret(user string) string { return "p" + user + "0123456789" }

// startCluster starts the servers and waits until they have chosen who leads them.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	env := map[string]string{}
	for _, user := range []string{"route", "sys", "admin", "api", "worker"} {
		env["NATS_"+strings.ToUpper(user)+"_PASSWORD"] = secret(user)
	}
	addresses := free(t, 3)
	for i, address := range addresses {
		env[fmt.Sprintf("NATS_ROUTE_%d", i+1)] = "nats-route://route:" + secret("route") + "@" + address
	}
	c := &cluster{dir: t.TempDir()}
	if err := os.CopyFS(c.dir, os.DirFS("nats")); err != nil {
		t.Fatal(err)
	}
	for i, address := range addresses {
		env := maps.Clone(env)
		env["NATS_NAME"] = fmt.Sprintf("thidua-%d", i+1)
		env["NATS_LISTEN"] = "127.0.0.1:-1"
		env["NATS_CLUSTER_LISTEN"] = address
		env["NATS_STORE"] = t.TempDir()
		c.env, c.servers = append(c.env, env), append(c.servers, c.startServer(t, env))
	}
	c.settle(t)
	return c
}

// settle waits until the servers have chosen who leads them.
func (c *cluster) settle(t *testing.T) {
	t.Helper()
	testenv.Eventually(t, "the servers to choose a leader", func() bool {
		for _, s := range c.servers {
			if !s.JetStreamIsCurrent() {
				return false
			}
		}
		return c.leader() != nil
	})
}

// restart has the servers read their files anew, one after the other.
func (c *cluster) restart(t *testing.T) {
	t.Helper()
	for i, s := range c.servers {
		s.Shutdown()
		s.WaitForShutdown()
		c.servers[i] = c.startServer(t, c.env[i])
		c.settle(t)
	}
}

func (c *cluster) startServer(t *testing.T, env map[string]string) *server.Server {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	options, err := server.ProcessConfigFile(filepath.Join(c.dir, "nats.conf"))
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

// granted asks for something and reports whether it was done.
func granted(nc *nats.Conn, subject, body string) ([]byte, error) {
	inbox, err := nc.SubscribeSync(nats.NewInbox())
	if err != nil {
		return nil, err
	}
	defer func() { _ = inbox.Unsubscribe() }()
	if err := errors.Join(nc.PublishRequest(subject, inbox.Subject, []byte(body)), nc.Flush()); err != nil {
		return nil, err
	}
	// Who is an analyst is told at once.
	if err := nc.LastError(); errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), fmt.Sprintf("%q", subject)) {
		return nil, err
	}
	m, err := inbox.NextMsg(5 * time.Second)
	if err != nil {
		return nil, err
	}
	var answer struct{ Error *struct{ Description string } }
	if json.Unmarshal(m.Data, &answer) == nil && answer.Error != nil {
		return nil, fmt.Errorf("refused: %s", answer.Error.Description)
	}
	if status := m.Header.Get("Status"); status != "" {
		return nil, fmt.Errorf("refused: %s %s", status, m.Header.Get("Description"))
	}
	return m.Data, nil
}

// allowed asks until it is done: what a user may not is refused at once, but a stream of a busy cluster may be without a leader for a moment.
func allowed(t *testing.T, nc *nats.Conn, what, subject, body string) {
	t.Helper()
	_, err := granted(nc, subject, body)
	if err == nil {
		return
	}
	testenv.Eventually(t, fmt.Sprintf("%s (%v)", what, err), func() bool {
		_, err := granted(nc, subject, body)
		return err == nil
	})
}
