package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// message is one stored message of any of the streams.
type message struct {
	subject  string
	sequence uint64
	header   nats.Header
	data     []byte
}

// stored is when the server stored the message, by its clock.
func (m message) stored() (time.Time, error) {
	return time.Parse(time.RFC3339Nano, m.header.Get(jetstream.TimeStampHeaer))
}

// One direct get request asks for at most so much, so that its answers fit the client's buffers.
const (
	getMessages = 2_000
	getBytes    = 4 << 20
	// getAnswers is how many answers to one request there can be: what it asks for, and the end.
	getAnswers = getMessages + 1
)

// directGet is a request to $JS.API.DIRECT.GET (NATS ADR-31). Any replica answers it, perhaps one that is a little behind.
type directGet struct {
	Sequence uint64   `json:"seq,omitzero"`
	Next     string   `json:"next_by_subj,omitempty"`
	Last     []string `json:"multi_last,omitempty"`
	Batch    int      `json:"batch,omitzero"`
	MaxBytes int      `json:"max_bytes,omitzero"`
	Bare     bool     `json:"no_hdr,omitzero"` // without headers, and so without subject and sequence; an older server gives them all the same
}

// scan visits the messages of the log from a sequence on whose subject matches, in order, to the end of what the answering replica has.
func (l *Log) scan(ctx context.Context, filter string, from uint64, visit func(message) error) error {
	return l.scanStream(ctx, StreamName, filter, from, visit)
}

// scanStream is scan of one of the streams. Where no replica answers in time, the leader is asked, one message at a time: the servers go on for minutes to
// choose one that was cut off among those that may answer.
func (l *Log) scanStream(ctx context.Context, stream, filter string, from uint64, visit func(message) error) error {
	counted := func(m message) error {
		from = m.sequence + 1
		return visit(m)
	}
	for {
		end, err := l.scanPiece(ctx, stream, directGet{Sequence: from, Next: filter, Batch: getMessages, MaxBytes: getBytes}, counted)
		if unanswered(ctx, err) {
			return l.scanLeader(ctx, stream, filter, func() uint64 { return from }, counted)
		}
		if err != nil || end.pending == 0 {
			return err
		}
	}
}

// scansAtOnce is how many may read through the log for what matches. For what is strewn over it the server goes through all of it, with each who asks: of
// hundreds at once none would be answered in time.
const scansAtOnce = 4

// scanPiece is directGet, and where the server may have to go far waits for its turn. What visits must not scan the log itself.
func (l *Log) scanPiece(ctx context.Context, stream string, request directGet, visit func(message) error) (answerEnd, error) {
	if stream == StreamName && request.Next != "" {
		select {
		case l.scans <- struct{}{}:
			defer func() { <-l.scans }()
		case <-ctx.Done():
			return answerEnd{}, ctx.Err()
		}
	}
	return l.directGet(ctx, stream, request, visit)
}

// unanswered reports whether an answer did not come in time, though the caller would have waited for it.
func unanswered(ctx context.Context, err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}

// scanLeader visits what the leader has from a sequence on.
func (l *Log) scanLeader(ctx context.Context, stream, filter string, from func() uint64, visit func(message) error) error {
	for {
		m, found, err := l.fetch(ctx, stream, map[string]any{"seq": from(), "next_by_subj": cmp.Or(filter, ">")})
		if err != nil || !found {
			return err
		}
		if err := visit(m); err != nil {
			return err
		}
	}
}

// scanAll is scan from the beginning, of all that the log held when it was called, up to a position (0: all). The leader, which is never behind,
// says where that ends.
func (l *Log) scanAll(ctx context.Context, filter string, upTo uint64, visit func(message) error) error {
	newest, found, err := l.last(ctx, StreamName, filter)
	if err != nil || !found {
		return err
	}
	return l.scanTo(ctx, filter, newest.sequence, func(m message) error {
		if upTo > 0 && m.sequence > upTo {
			return errEnough
		}
		return visit(m)
	})
}

// scanTo is scan from the beginning to an end where the leader had a message. A replica that has less is asked again, until it has been given the
// time that a server may take for an answer. Where the leader has nothing at the end either, the scan ends before it. errEnough of visit ends it too.
func (l *Log) scanTo(ctx context.Context, filter string, end uint64, visit func(message) error) error {
	from := uint64(1)
	for deadline := time.After(l.cfg.Timeout); ; {
		err := l.scan(ctx, filter, from, func(m message) error {
			from = m.sequence + 1
			return visit(m)
		})
		if errors.Is(err, errEnough) || err == nil && from > end {
			return nil
		}
		if err != nil {
			return err
		}
		if _, found, err := l.at(ctx, end); err != nil || !found {
			return err
		}
		select {
		case <-time.After(breath):
		case <-deadline:
			return fmt.Errorf("read %s: a replica ends at %d, the log at %d", StreamName, from-1, end)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// answerEnd is what the end of an answer says: how many more messages match, and the sequence of the last one.
type answerEnd struct{ pending, last uint64 }

// directGet sends one request and visits the messages of its answers. The end is the zero one where no message matches.
func (l *Log) directGet(ctx context.Context, stream string, request directGet, visit func(message) error) (end answerEnd, err error) {
	return l.ask(ctx, stream, request, visitAnswer(visit))
}

// ask does that for who takes the answers as they come.
func (l *Log) ask(ctx context.Context, stream string, request directGet, visit func(*nats.Msg) error) (end answerEnd, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return end, err
	}
	inbox, answers, closed := l.nc.NewInbox(), make(chan *nats.Msg, getAnswers), l.nc.StatusChanged(nats.CLOSED)
	defer l.nc.RemoveStatusListener(closed)
	sub, err := l.nc.ChanSubscribe(inbox, answers) // SubscribeSync makes room for 65,536 answers, half a megabyte
	if err != nil {
		return end, err
	}
	defer func() { _ = sub.Unsubscribe() }() // it fails where the connection is closed, and then there is nothing to undo
	if err := l.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, body); err != nil {
		return end, err
	}
	for {
		select {
		case answer := <-answers:
			if end, ended, err := take(stream, answer, visit); err != nil || ended {
				return end, err
			}
		case <-closed:
			return end, fmt.Errorf("read %s: %w", stream, nats.ErrConnectionClosed)
		case <-ctx.Done():
			return end, fmt.Errorf("read %s: %w", stream, ctx.Err())
		}
	}
}

// take visits one answer to a direct get request, or tells that it was the last.
func take(stream string, answer *nats.Msg, visit func(*nats.Msg) error) (end answerEnd, ended bool, err error) {
	switch status := answer.Header.Get("Status"); status {
	case "":
		err = visit(answer)
	case "204": // the end of a batch
		end, err = endOf(answer.Header)
		ended = true
	case "404": // no message matches
		ended = true
	default:
		err = fmt.Errorf("read %s: the server answered %s %s", stream, status, answer.Header.Get("Description"))
	}
	return end, ended, err
}

func endOf(h nats.Header) (end answerEnd, err error) {
	if end.pending, err = strconv.ParseUint(h.Get("Nats-Num-Pending"), 10, 64); err == nil && h.Get("Nats-Last-Sequence") != "" {
		end.last, err = strconv.ParseUint(h.Get("Nats-Last-Sequence"), 10, 64)
	}
	return end, err
}

// visitAnswer gives the message of an answer on.
func visitAnswer(visit func(message) error) func(*nats.Msg) error {
	return func(answer *nats.Msg) error {
		sequence, err := strconv.ParseUint(answer.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return fmt.Errorf("answer without a sequence: %w", err)
		}
		return visit(message{answer.Header.Get(jetstream.SubjectHeader), sequence, answer.Header, answer.Data})
	}
}

// storedMessage is the answer to $JS.API.STREAM.MSG.GET.
type storedMessage struct {
	Message struct {
		Subject  string `json:"subject"`
		Sequence uint64 `json:"seq"`
		Header   []byte `json:"hdrs"`
		Data     []byte `json:"data"`
	} `json:"message"`
	Error *jetstream.APIError `json:"error"`
}

// last returns the last message whose subject matches, asked of the stream's leader, which is never behind. found is false where there is
// none.
func (l *Log) last(ctx context.Context, stream, filter string) (m message, found bool, err error) {
	return l.fetch(ctx, stream, map[string]any{"last_by_subj": filter})
}

// at returns the message at a sequence, asked of the stream's leader.
func (l *Log) at(ctx context.Context, sequence uint64) (m message, found bool, err error) {
	return l.fetch(ctx, StreamName, map[string]any{"seq": sequence})
}

func (l *Log) fetch(ctx context.Context, stream string, request map[string]any) (m message, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return m, false, err
	}
	answer, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return m, false, fmt.Errorf("read %s: %w", stream, err)
	}
	var stored storedMessage
	if err := json.Unmarshal(answer.Data, &stored); err != nil {
		return m, false, fmt.Errorf("read %s: %w", stream, err)
	}
	if stored.Error != nil && stored.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return m, false, nil
	}
	if stored.Error != nil {
		return m, false, fmt.Errorf("read %s: %w", stream, stored.Error)
	}
	m = message{subject: stored.Message.Subject, sequence: stored.Message.Sequence, data: stored.Message.Data}
	if len(stored.Message.Header) > 0 {
		m.header, err = nats.DecodeHeadersMsg(stored.Message.Header)
	}
	return m, true, err
}
