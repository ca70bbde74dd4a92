package faults_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"thidua/eventlog"
	"thidua/internal/testenv"
)

// cluster is three NATS servers that are processes of their own, with a proxy before each for its clients and one on each way from one to another.
type cluster struct {
	nodes []*node
	ways  []*proxy // between servers; that from i to j stands at 3*i+j
}

// node is one server of a cluster.
type node struct {
	config  string
	address string // for clients, beside the proxy
	route   string // for the other servers
	line    *proxy
	process *exec.Cmd
}

const servers = 3

func newCluster(t *testing.T) *cluster {
	t.Helper()
	t.Parallel()
	c := &cluster{ways: make([]*proxy, servers*servers)}
	for range servers {
		n := &node{address: freeAddress(t), route: freeAddress(t)}
		n.line = newProxy(t, func() (net.Conn, error) { return net.Dial("tcp", n.address) })
		c.nodes = append(c.nodes, n)
	}
	dir, nowhere := t.TempDir(), freeAddress(t)
	for i, n := range c.nodes {
		var routes []string
		for j, other := range c.nodes {
			if i != j {
				c.ways[servers*i+j] = newProxy(t, func() (net.Conn, error) { return net.Dial("tcp", other.route) })
				routes = append(routes, fmt.Sprintf("%q", "nats://"+c.ways[servers*i+j].address()))
			}
		}
		n.config = filepath.Join(dir, fmt.Sprintf("node-%d.conf", i))
		// What a server would tell the others of itself leads nowhere: they know each other by the proxies alone.
		text := fmt.Sprintf("server_name: node-%d\nlisten: %q\njetstream { store_dir: %q, sync_interval: always }\n"+
			"cluster { name: faults, listen: %q, advertise: %q, no_advertise: true, routes: [%s] }\n",
			i, n.address, filepath.Join(dir, fmt.Sprintf("node-%d", i)), n.route, nowhere, strings.Join(routes, ", "))
		if err := os.WriteFile(n.config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n.start(t)
	}
	c.awaitOwner(t)
	return c
}

func (n *node) start(t *testing.T) {
	t.Helper()
	n.process = spawn(t, natsServer, "-c", n.config)
}

// stop lets a server stand still, or go on.
func (n *node) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := n.process.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// part cuts one server off from the others, in both directions, and leaves it its clients. tell pass puts it back.
func (c *cluster) part(who int, is fault) {
	for other := range servers {
		if other != who {
			c.ways[servers*who+other].tell(is, 0)
			c.ways[servers*other+who].tell(is, 0)
		}
	}
}

func (c *cluster) url() string {
	var urls []string
	for _, n := range c.nodes {
		urls = append(urls, "nats://"+n.line.address())
	}
	return strings.Join(urls, ",")
}

// connect reaches whichever server answers.
func (c *cluster) connect(t *testing.T) *nats.Conn { return connect(t, c.url()) }

func (c *cluster) open(t *testing.T) *eventlog.Log {
	t.Helper()
	return openReplicated(t, c.connect(t))
}

// openAt gives a log that reaches one server, and another where that can't be reached.
func (c *cluster) openAt(t *testing.T, first, second *node) *eventlog.Log {
	t.Helper()
	return openReplicated(t, connect(t, "nats://"+first.line.address()+",nats://"+second.line.address(), nats.DontRandomize()))
}

func openReplicated(t *testing.T, nc *nats.Conn) (l *eventlog.Log) {
	t.Helper()
	testenv.Eventually(t, "the log to be opened", func() (open bool) { // a cluster that has just begun has not found all its servers
		var err error
		l, err = eventlog.Open(t.Context(), nc, eventlog.Config{Now: time.Now, Rand: rand.Reader, Timeout: 2 * time.Second, Replicas: servers})
		return err == nil
	})
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// awaitOwner waits until the cluster has chosen who leads it.
func (c *cluster) awaitOwner(t *testing.T) {
	t.Helper()
	nc := c.connect(t)
	testenv.Eventually(t, "the cluster to take streams", func() bool {
		answer, err := nc.Request("$JS.API.INFO", nil, time.Second)
		return err == nil && !strings.Contains(string(answer.Data), `"error"`)
	})
}

// standing is how the stream's replicas stand, by the one that leads.
type standing struct {
	Cluster struct {
		Leader   string `json:"leader"`
		Replicas []struct {
			Name    string `json:"name"`
			Current bool   `json:"current"`
			Offline bool   `json:"offline"`
		} `json:"replicas"`
	} `json:"cluster"`
}

func standingOf(nc *nats.Conn) (s standing, err error) {
	answer, err := nc.Request("$JS.API.STREAM.INFO."+eventlog.StreamName, nil, time.Second)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(answer.Data, &s)
}

// leader waits until the stream has a leader and every replica is with it, and returns the leader's number.
func (c *cluster) leader(t *testing.T) int {
	t.Helper()
	nc := c.connect(t)
	defer nc.Close()
	who := -1
	testenv.Eventually(t, "the stream to have a leader and all replicas", func() bool {
		s, err := standingOf(nc)
		if err != nil || s.Cluster.Leader == "" || len(s.Cluster.Replicas) != servers-1 {
			return false
		}
		for _, r := range s.Cluster.Replicas {
			if !r.Current || r.Offline {
				return false
			}
		}
		who = c.number(s.Cluster.Leader)
		return who >= 0
	})
	return who
}

// number is that of the server of a name, -1 for none.
func (c *cluster) number(name string) int {
	return slices.IndexFunc(c.nodes, func(n *node) bool { return filepath.Base(n.config) == name+".conf" })
}
