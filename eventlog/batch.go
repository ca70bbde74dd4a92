package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// batchLimit is the most messages that the server takes as one atomic batch.
const batchLimit = 1000

// The headers of an atomic batch (NATS ADR-50).
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

// errFenced says that the stream's last message is not the one that the writer believed it to be. Nothing was stored.
var errFenced = errors.New("another writer was first")

// ack is the server's answer to a published message or batch.
type ack struct {
	Stream    string              `json:"stream"`
	Sequence  uint64              `json:"seq"`
	Duplicate bool                `json:"duplicate"`
	Error     *jetstream.APIError `json:"error"`
}

// refusal says that the server has refused a message or batch. Nothing of it is stored.
type refusal struct{ *jetstream.APIError }

func (r *refusal) Unwrap() error { return r.APIError }

// refusal is nil where the server has said that it has stored what was sent.
func (a ack) refusal() error {
	switch {
	case a.Error == nil:
		return nil
	case fenced(a.Error):
		return errFenced
	}
	return fmt.Errorf("publish: %w", &refusal{a.Error})
}

// publish stores messages, all or none. An error that is no refusal leaves open whether they are stored. The context must have a deadline.
func (l *Log) publish(ctx context.Context, messages []*nats.Msg) error {
	if len(messages) == 0 {
		return nil
	}
	if len(messages) > 1 {
		if err := l.stage(messages); err != nil {
			return err
		}
	}
	answer, err := l.nc.RequestMsgWithContext(ctx, messages[len(messages)-1])
	if errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("publish: %w", &refusal{&jetstream.APIError{Code: 503, Description: err.Error()}})
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	_, err = acknowledged(answer)
	return err
}

// stage sends all messages of a batch but the last, which commits it. The server answers the last alone: were one of these lost or
// refused, it would refuse the commit.
func (l *Log) stage(messages []*nats.Msg) error {
	id, err := l.randomHex()
	if err != nil {
		return err
	}
	for i, m := range messages {
		if m.Header == nil {
			m.Header = nats.Header{}
		}
		m.Header[headerBatchID], m.Header[headerBatchSequence] = []string{id}, []string{strconv.Itoa(i + 1)}
	}
	commit := len(messages) - 1
	messages[commit].Header.Set(headerBatchCommit, "1")
	for _, m := range messages[:commit] {
		if err := l.nc.PublishMsg(m); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// acknowledged reads the server's answer to a message or to the commit of a batch: the sequence of the last that is stored.
func acknowledged(m *nats.Msg) (last uint64, err error) {
	if m.Header.Get("Status") == "503" {
		return 0, nats.ErrNoResponders
	}
	if last, plain := plainAck(m.Data); plain {
		return last, nil
	}
	var a ack
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return 0, fmt.Errorf("the server's answer: %w", err)
	}
	return a.Sequence, a.refusal()
}

// plainAck reads what the server says of one message that it has stored, which is most of what it says, in the form that it gives it. What is
// said in any other way is for a reader of JSON.
func plainAck(data []byte) (last uint64, plain bool) {
	number, plain := bytes.CutPrefix(data, []byte(`{"stream":"`+StreamName+`","seq":`))
	if !plain || len(number) < 2 || number[len(number)-1] != '}' {
		return 0, false
	}
	last, err := strconv.ParseUint(string(number[:len(number)-1]), 10, 64)
	return last, err == nil
}

func fenced(err *jetstream.APIError) bool {
	return err.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || err.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// insideBatch reports whether more messages of the same atomic batch follow. In a stream of which everything is kept, a batch's last
// message is marked, and all the others are not.
func insideBatch(h nats.Header) bool {
	return len(h[headerBatchID]) > 0 && len(h[headerBatchCommit]) == 0
}
