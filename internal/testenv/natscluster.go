package testenv

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// NATSCluster is three NATS servers inside this process that keep what is replicated three times, each in a directory of its own.
type NATSCluster struct {
	servers []*server.Server
}

// NATSThree is a new cluster with nothing in it, ready for streams of three replicas. It is stopped when the test ends.
func NATSThree(t testing.TB) *NATSCluster {
	t.Helper()
	ports := freePorts(t, 3)
	routes := make([]*url.URL, len(ports))
	for i, port := range ports {
		routes[i] = &url.URL{Scheme: "nats-route", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	}
	c := &NATSCluster{}
	for i, port := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: "n" + strconv.Itoa(i+1), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		c.servers = append(c.servers, s)
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
	}
	Eventually(t, "the cluster to have a leader", func() bool {
		for _, s := range c.servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.servers) {
				return true
			}
		}
		return false
	})
	return c
}

// Connect opens a connection to the n-th server (0, 1, 2), which goes over to the others when that one is gone. It is closed when the test ends.
func (c *NATSCluster) Connect(t testing.TB, n int) *nats.Conn {
	t.Helper()
	urls := make([]string, len(c.servers))
	for i := range urls {
		urls[i] = c.servers[(n+i)%len(urls)].ClientURL()
	}
	nc, err := nats.Connect(strings.Join(urls, ","), nats.DontRandomize(), nats.MaxReconnects(-1),
		nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// StepDown makes another server the leader of a stream.
func (c *NATSCluster) StepDown(t testing.TB, nc *nats.Conn, stream string) {
	t.Helper()
	before := c.leader(t, stream)
	if _, err := nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, nil, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	Eventually(t, "the leader to step down", func() bool { return !before.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) })
}

// StopLeader stops the server that leads a stream, for good.
func (c *NATSCluster) StopLeader(t testing.TB, stream string) {
	t.Helper()
	leader := c.leader(t, stream)
	leader.Shutdown()
	leader.WaitForShutdown()
}

// leader waits until a stream has a leader and returns its server.
func (c *NATSCluster) leader(t testing.TB, stream string) (leader *server.Server) {
	t.Helper()
	Eventually(t, "a leader of stream "+stream, func() bool {
		for _, s := range c.servers {
			if s.Running() && s.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream) {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

// freePorts returns ports that were free a moment ago. Servers of one cluster must know each other's before they start.
func freePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
