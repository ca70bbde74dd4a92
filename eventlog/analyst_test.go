package eventlog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

// An analyst reads by an ordinary durable consumer, in order, and goes on where all was acknowledged.
func TestAnalystReads(t *testing.T) {
	h := openHall(t)
	batches(t, h.log, 1, 3, 1)
	nc := h.subscribe(t, "so-noi-vu", "emulation.>")
	js, err := jetstream.New(nc.Conn)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(t.Context(), "EMULATION", "analyst-so-noi-vu")
	if err != nil {
		t.Fatal(err)
	}
	read := func(n int) (got []uint64) {
		batch, err := consumer.Fetch(n)
		if err != nil {
			t.Fatal(err)
		}
		var last jetstream.Msg
		for m := range batch.Messages() {
			metadata, err := m.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			got, last = append(got, metadata.Sequence.Stream), m
		}
		if err := errors.Join(batch.Error(), last.DoubleAck(t.Context())); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if diff := cmp.Diff([][]uint64{{1, 2, 3}, {4, 5}}, [][]uint64{read(3), read(2)}); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
	all, err := h.log.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Acked != 5 || all[0].Unacked != 0 || all[0].Waiting != 0 {
		t.Errorf("the progress is %+v, want all five acknowledged", all)
	}
}

// forbidden is what is asked of the server that an analyst may not.
func forbidden() []struct{ subject, body string } {
	const consumer = `{"stream_name":"EMULATION","config":{"durable_name":"mine","ack_policy":"none"}}`
	return []struct{ subject, body string }{
		{"emulation._._.log._.log-gap", "{}"},
		{"$JS.API.STREAM.PURGE.EMULATION", ""},
		{"$JS.API.STREAM.DELETE.EMULATION", ""},
		{"$JS.API.STREAM.UPDATE.EMULATION", `{"name":"EMULATION","subjects":["emulation.>"],"max_msgs":1}`},
		{"$JS.API.STREAM.CREATE.OTHER", `{"name":"OTHER"}`},
		{"$JS.API.STREAM.MSG.DELETE.EMULATION", `{"seq":1}`},
		{"$JS.API.STREAM.SNAPSHOT.EMULATION", `{"deliver_subject":"_INBOX.x"}`},
		{"$JS.API.STREAM.NAMES", ""},
		{"$JS.API.STREAM.LIST", ""},
		{"$JS.API.CONSUMER.CREATE.EMULATION.mine", consumer},
		{"$JS.API.CONSUMER.DURABLE.CREATE.EMULATION.mine", consumer},
		{"$JS.API.CONSUMER.NAMES.EMULATION", ""},
		{"$JS.API.CONSUMER.LIST.EMULATION", ""},
		{"$JS.API.CONSUMER.DELETE.EMULATION.analyst-so-noi-vu", ""},
		{"$JS.API.CONSUMER.DELETE.EMULATION.analyst-other", ""},
		{"$JS.API.CONSUMER.PAUSE.EMULATION.analyst-so-noi-vu", `{"pause_until":"2100-01-01T00:00:00Z"}`},
		{"$JS.API.CONSUMER.RESET.EMULATION.analyst-so-noi-vu", ""},
		{"$JS.API.CONSUMER.INFO.EMULATION.analyst-other", ""},
		{"$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-other", "1"},
		{"$JS.ACK.EMULATION.analyst-other.1.2.2.1.0", "+ACK"},
		{"$JS.API.STREAM.INFO.KV_DISCLOSURES", ""},
		{"$JS.API.STREAM.MSG.GET.KV_DISCLOSURES", `{"seq":1}`},
		{"$JS.API.DIRECT.GET.KV_DISCLOSURES", `{"seq":1}`},
		{"$JS.API.DIRECT.GET.KV_DISCLOSURES.$KV.DISCLOSURES.x", ""},
		{"$KV.DISCLOSURES.x", "x"},
		{"$JS.API.STREAM.INFO.OBJ_EVIDENCE", ""},
		{"$JS.API.DIRECT.GET.OBJ_EVIDENCE.$O.EVIDENCE.M.x", ""},
		{"$O.EVIDENCE.C.x", "x"},
		{"$JS.API.STREAM.INFO.TASKS", ""},
		{"$JS.API.INFO", ""},
		{"$SYS.REQ.SERVER.PING.VARZ", ""},
		{"$SYS.REQ.SERVER.PING.CONNZ", ""},
		{"$SYS.REQ.ACCOUNT.$G.CONNZ", ""},
		{"$SYS.REQ.USER.INFO", ""},
	}
}

// What an analyst may ask of the log, and everything else, which is refused.
func TestAnalystMayOnlyRead(t *testing.T) {
	h := openHall(t)
	batches(t, h.log, 2)
	nc := h.subscribe(t, "so-noi-vu", "emulation.>")
	h.subscribe(t, "other", "emulation.>")
	may := []struct{ subject, body string }{
		{"$JS.API.STREAM.INFO.EMULATION", ""},
		{"$JS.API.STREAM.MSG.GET.EMULATION", `{"seq":1}`},
		{"$JS.API.DIRECT.GET.EMULATION", `{"seq":1}`},
		{"$JS.API.CONSUMER.INFO.EMULATION.analyst-so-noi-vu", ""},
		{"$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-so-noi-vu", "1"},
		{"$JS.ACK.EMULATION.analyst-so-noi-vu.1.1.1.1.0", "+ACK"},
	}
	for _, try := range may {
		if err := nc.ask(t, try.subject, try.body); err != nil {
			t.Errorf("%s: %v", try.subject, err)
		}
	}
	for _, try := range forbidden() {
		if err := nc.ask(t, try.subject, try.body); err == nil || !strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
			t.Errorf("%s: it gave %v, want that it is refused", try.subject, err)
		}
	}
	for _, subject := range []string{">", "emulation.>", "$JS.>", "$KV.>", "$SYS.>", "$JS.EVENT.ADVISORY.>"} {
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		if err := <-nc.refused; !strings.Contains(err.Error(), fmt.Sprintf("Permissions Violation for Subscription to %q", subject)) {
			t.Errorf("listening at %s gave %v, want that it is refused", subject, err)
		}
	}
}

// An analyst can't have the server do what he may not do himself, by naming where an answer goes.
func TestAnalystMovesNothing(t *testing.T) {
	h := openHall(t)
	batches(t, h.log, 3)
	nc := h.subscribe(t, "so-noi-vu", "emulation.>")
	h.subscribe(t, "other", "emulation.>")
	before, err := h.log.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []string{
		"emulation._._.log._.log-gap", "$JS.API.STREAM.PURGE.EMULATION", "$JS.API.STREAM.DELETE.EMULATION", "$KV.DISCLOSURES.x",
		"$JS.ACK.EMULATION.analyst-other.1.3.3.1.0", "$JS.API.CONSUMER.DELETE.EMULATION.analyst-other", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-other",
	} {
		for _, request := range []struct{ subject, body string }{
			{"$JS.API.DIRECT.GET.EMULATION", `{"seq":1}`}, {"$JS.API.STREAM.MSG.GET.EMULATION", `{"seq":1}`}, {"$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-so-noi-vu", "1"},
		} {
			if err := nc.PublishRequest(request.subject, reply, []byte(request.body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What was asked before this has been answered when this is.
	if _, err := nc.Request("$JS.API.STREAM.MSG.GET.EMULATION", []byte(`{"seq":1}`), 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if last, err := h.log.Last(t.Context()); err != nil || last != 3 {
		t.Errorf("the log ends at %d (%v), want 3", last, err)
	}
	after, err := h.log.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before[:1], after[:1]); diff != "" || len(after) != 2 {
		t.Errorf("the other's subscription has changed (-before +after):\n%s", diff)
	}
	if err := h.log.Guard(t.Context()); err != nil {
		t.Error(err)
	}
}
