package eventlog

import (
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

// fence lets messages be stored only where the stream's last sequence is this one. nil is no fence.
type fence *uint64

// publish stores messages, all or none, and returns the sequence of the last. An error other than errFenced leaves open whether they are
// stored. The context must have a deadline.
func (l *Log) publish(ctx context.Context, messages []*nats.Msg, after fence) (last uint64, err error) {
	if len(messages) == 0 {
		return 0, nil
	}
	if after != nil {
		header(messages[0]).Set(jetstream.ExpectedLastSeqHeader, strconv.FormatUint(*after, 10))
	}
	if len(messages) > 1 {
		if err := l.stage(messages); err != nil {
			return 0, err
		}
	}
	answer, err := l.nc.RequestMsgWithContext(ctx, messages[len(messages)-1])
	if err != nil {
		return 0, fmt.Errorf("publish: %w", err)
	}
	var a ack
	if err := json.Unmarshal(answer.Data, &a); err != nil {
		return 0, fmt.Errorf("publish: the server's answer: %w", err)
	}
	switch {
	case a.Error != nil && fenced(a.Error):
		return 0, errFenced
	case a.Error != nil:
		return 0, fmt.Errorf("publish: %w", a.Error)
	}
	return a.Sequence, nil
}

// stage sends all messages of a batch but the last, which commits it. The server answers the last alone: were one of these lost or
// refused, it would refuse the commit.
func (l *Log) stage(messages []*nats.Msg) error {
	id, err := l.randomHex(16)
	if err != nil {
		return err
	}
	for i, m := range messages {
		h := header(m)
		h.Set(headerBatchID, id)
		h.Set(headerBatchSequence, strconv.Itoa(i+1))
	}
	commit := len(messages) - 1
	header(messages[commit]).Set(headerBatchCommit, "1")
	for _, m := range messages[:commit] {
		if err := l.nc.PublishMsg(m); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

func fenced(err *jetstream.APIError) bool {
	return err.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || err.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

func header(m *nats.Msg) nats.Header {
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	return m.Header
}

// insideBatch reports whether more messages of the same atomic batch follow. In a stream of which everything is kept, a batch's last
// message is marked, and all the others are not.
func insideBatch(h nats.Header) bool {
	return len(h[headerBatchID]) > 0 && len(h[headerBatchCommit]) == 0
}
