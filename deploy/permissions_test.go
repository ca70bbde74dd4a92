package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// try is something that a user may try at the servers, and who may do it.
type try struct {
	what, subject, body, may string
}

// done reports whether the servers did it for a user, who is given time only for what he may.
func (try try) done(t *testing.T, user string, nc *nats.Conn) bool {
	t.Helper()
	if slices.Contains(strings.Fields(try.may), user) {
		allowed(t, nc, user+" to "+try.what, try.subject, try.body)
		return true
	}
	_, err := granted(nc, try.subject, try.body)
	return err == nil
}

// Who may do something.
const (
	everybody = "api worker analyst"
	ours      = "api worker"
	apis      = "api"
	own       = "analyst"
	nobody    = ""
)

// drafted is the subject of an event.
const drafted = "emulation.s._.season._.season-drafted"

// reading asks for a consumer of a stream.
func reading(stream, name string) string {
	return fmt.Sprintf(`{"stream_name":%q,"config":{"name":%q,"ack_policy":"none","mem_storage":true,"inactive_threshold":5000000000}}`, stream, name)
}

// triesOfTheLog are those of reading and writing the record. Its first event is one that a request names.
func triesOfTheLog(first string) []try {
	return []try{
		{"ask how the log stands", "$JS.API.STREAM.INFO.EMULATION", "", everybody},
		{"read an event", "$JS.API.DIRECT.GET.EMULATION", first, everybody},
		{"read an event of the leader", "$JS.API.STREAM.MSG.GET.EMULATION", first, everybody},
		{"read a stream's last event", "$JS.API.DIRECT.GET.EMULATION." + drafted, "", everybody},
		{"read on", "$JS.API.CONSUMER.CREATE.EMULATION.c", reading("EMULATION", "c"), ours},
		{"read on under a name for ever", "$JS.API.CONSUMER.DURABLE.CREATE.EMULATION.d", reading("EMULATION", "d"), nobody},
		{"read texts", "$JS.API.STREAM.INFO.KV_DISCLOSURES", "", ours},
		{"read on in the texts", "$JS.API.CONSUMER.CREATE.KV_DISCLOSURES.e", reading("KV_DISCLOSURES", "e"), nobody},
		{"read on in the evidence", "$JS.API.CONSUMER.CREATE.OBJ_EVIDENCE.e", reading("OBJ_EVIDENCE", "e"), nobody},
		{"ask how an analyst's reading stands", "$JS.API.CONSUMER.INFO.EMULATION.analyst-one", "", everybody},
		{"read on as an analyst", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-one", "1", everybody},
		{"take what an analyst has read", "$JS.ACK.EMULATION.analyst-one.1.1.1.1.0", "+ACK", own},
		{"ask how another's reading stands", "$JS.API.CONSUMER.INFO.EMULATION.analyst-two", "", ours},
		{"read on as another", "$JS.API.CONSUMER.MSG.NEXT.EMULATION.analyst-two", "1", ours},
		{"take what another has read", "$JS.ACK.EMULATION.analyst-two.1.1.1.1.0", "+ACK", nobody},
		{"ask what the servers tell of accounts", "$JS.API.INFO", "", ours},
		{"list consumers", "$JS.API.CONSUMER.NAMES.EMULATION", "", nobody},
		{"list streams", "$JS.API.STREAM.NAMES", "", nobody},
		{"end another's reading", "$JS.API.CONSUMER.DELETE.EMULATION.c", "", apis}, // the consumer is gone when the worker asks
		{"append", drafted, "{}", apis},
		{"write a text", "$KV.DISCLOSURES.x", "x", apis},
		{"write evidence", "$O.EVIDENCE.C.x", "x", apis},
	}
}

// triesOfTasks are those of the work queue and of the store of results.
func triesOfTasks() []try {
	const turns = `{"stream_name":"TASKS","config":{"durable_name":"try","filter_subject":"tasks.try.*","ack_policy":"explicit"},"action":""}`
	return []try{
		{"see how the queue stands", "$JS.API.STREAM.INFO.TASKS", "", ours},
		{"ask for a task", "tasks.try.1", "1", apis}, // a task has one message: the worker's is refused
		{"take turns", "$JS.API.CONSUMER.CREATE.TASKS.try.tasks.try.*", turns, ours},
		{"see the results' store", "$JS.API.STREAM.INFO.OBJ_RESULTS", "", ours},
		{"store a result", "$O.RESULTS.C.x", "x", ours},
		{"read a result", "$JS.API.STREAM.MSG.GET.OBJ_RESULTS", `{"seq":1}`, ours},
		{"remove a result", "$JS.API.STREAM.MSG.DELETE.OBJ_RESULTS", `{"seq":1}`, apis}, // it is gone when the worker asks
		{"read on in the results", "$JS.API.CONSUMER.CREATE.OBJ_RESULTS.e", reading("OBJ_RESULTS", "e"), nobody},
		{"read a task past the queue", "$JS.API.STREAM.MSG.GET.TASKS", `{"seq":1}`, nobody},
		{"purge the queue", "$JS.API.STREAM.PURGE.TASKS", "", nobody},
		{"delete a task", "$JS.API.STREAM.MSG.DELETE.TASKS", `{"seq":1}`, nobody},
		{"change the queue", "$JS.API.STREAM.UPDATE.TASKS", `{"name":"TASKS","subjects":["tasks.>"]}`, nobody},
		{"end a kind's consumer", "$JS.API.CONSUMER.DELETE.TASKS.try", "", nobody},
		{"purge the results", "$JS.API.STREAM.PURGE.OBJ_RESULTS", "", nobody},
	}
}

// triesToDestroy are those that nobody but the administrator may.
func triesToDestroy(first string) []try {
	const update = `{"name":"EMULATION","subjects":["emulation.>"],"max_msgs":1,"num_replicas":3}`
	return []try{
		{"change the log", "$JS.API.STREAM.UPDATE.EMULATION", update, nobody},
		{"purge the log", "$JS.API.STREAM.PURGE.EMULATION", "", nobody},
		{"delete an event", "$JS.API.STREAM.MSG.DELETE.EMULATION", first, nobody},
		{"delete the log", "$JS.API.STREAM.DELETE.EMULATION", "", nobody},
		{"make a stream", "$JS.API.STREAM.CREATE.OTHER", `{"name":"OTHER","subjects":["other.>"]}`, nobody},
		{"put a log back", "$JS.API.STREAM.RESTORE.EMULATION", "{}", nobody},
		{"take the whole log away", "$JS.API.STREAM.SNAPSHOT.EMULATION", `{"deliver_subject":"x"}`, nobody},
		{"purge the evidence", "$JS.API.STREAM.PURGE.OBJ_EVIDENCE", "", nobody},
		{"erase texts", "$JS.API.STREAM.PURGE.KV_DISCLOSURES", "", nobody},
		{"erase a text", "$JS.API.STREAM.MSG.DELETE.KV_DISCLOSURES", `{"seq":1}`, nobody},
		{"erase a piece of evidence", "$JS.API.STREAM.MSG.DELETE.OBJ_EVIDENCE", `{"seq":1}`, nobody},
	}
}
