package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"thidua/internal/testenv"
)

// letIn lets analysts in as docs/subscribing.md says, and returns how each proves who he is.
func (c *cluster) letIn(t *testing.T, names ...string) (credentials []nats.Option) {
	t.Helper()
	dsn := testenv.DSN(t, testenv.Postgres(t))
	accounts, err := os.ReadFile(filepath.Join(c.dir, "analysts.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		var added struct{ Seed string }
		if err := json.Unmarshal([]byte(c.answer(t, "admin", dsn, "consumer", "add", name, "--json")), &added); err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, c.answer(t, "admin", dsn, "consumer", "show", name, "--nats-config")...)
		user, err := nkeys.FromSeed([]byte(added.Seed))
		if err != nil {
			t.Fatal(err)
		}
		key, err := user.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		credentials = append(credentials, nats.Nkey(key, user.Sign))
	}
	if err := os.WriteFile(filepath.Join(c.dir, "analysts.conf"), accounts, 0o600); err != nil {
		t.Fatal(err)
	}
	c.restart(t)
	js, err := c.connect(t, "admin", 0).JetStream()
	if err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the streams and the consumers to have leaders", func() bool {
		for _, stream := range []string{"EMULATION", "KV_DISCLOSURES", "OBJ_EVIDENCE"} {
			if info, err := js.StreamInfo(stream); err != nil || info.Cluster.Leader == "" {
				return false
			}
		}
		for _, name := range names {
			if info, err := js.ConsumerInfo("EMULATION", "analyst-"+name); err != nil || info.Cluster.Leader == "" {
				return false
			}
		}
		return true
	})
	return credentials
}

// as is a connection of who has credentials to one of the servers.
func (c *cluster) as(t *testing.T, credentials nats.Option, to int) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("nats://"+c.servers[to].Addr().String(), credentials, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // it is asked for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// readsOn judges that an analyst reads on in order, by a consumer that lasts on three servers.
func (c *cluster) readsOn(t *testing.T, name string, credentials nats.Option) {
	t.Helper()
	js, err := jetstream.New(c.as(t, credentials, 1))
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(t.Context(), "EMULATION", "analyst-"+name)
	if err != nil {
		t.Fatal(err)
	}
	next := uint64(1)
	for _, n := range []int{3, 2} {
		batch, err := consumer.Fetch(n)
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			metadata, err := m.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			if metadata.Sequence.Stream != next {
				t.Errorf("position %d came, want %d", metadata.Sequence.Stream, next)
			}
			if next++; next == 4 || next == 6 {
				if err := m.DoubleAck(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	info, err := consumer.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.AckFloor.Stream != 5 || info.NumAckPending != 0 || len(info.Cluster.Replicas) != 2 {
		t.Errorf("the consumer stands at %+v, want all acknowledged, on three servers", info)
	}
}
