package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"thidua/domain"
	"thidua/eventlog/envelope"
)

// Remains is the log's stream as it lies, whatever has become of it. Nothing is proved, and nothing can be appended.
type Remains struct {
	// Found says that there is a stream. Without it everything else is empty.
	Found bool
	// Epoch and Origin are those that the stream says; Filling says that it was being filled when a repair or a restore was stopped.
	Epoch, Origin string
	Filling       bool
	// Last is where the stream says that it ends.
	Last domain.Position

	log *Log
}

// FindRemains looks for the log's stream.
func FindRemains(ctx context.Context, nc *nats.Conn, cfg Config) (*Remains, error) {
	l, err := bare(nc, cfg)
	if err != nil {
		return nil, err
	}
	stream, err := l.js.Stream(ctx, StreamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return &Remains{log: l}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("eventlog: stream %s: %w", StreamName, err)
	}
	info := stream.CachedInfo()
	l.epoch, l.origin = info.Config.Metadata[metaEpoch], info.Config.Metadata[metaOrigin]
	return &Remains{
		Found: true, Epoch: l.epoch, Origin: l.origin, Filling: info.Config.Metadata[metaFilling] != "", Last: info.State.LastSeq, log: l,
	}, nil
}

// bare is a log that nothing was opened of and that runs nothing.
func bare(nc *nats.Conn, cfg Config) (*Log, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("eventlog: %w", err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	l := &Log{nc: nc, js: js, cfg: cfg, codec: envelope.New(), scans: make(chan struct{}, scansAtOnce)}
	l.stopped, l.stop = context.WithCancelCause(context.Background())
	return l, nil
}

// At returns the event at a position, ErrNotFound where it can't be read.
func (r *Remains) At(ctx context.Context, position domain.Position) (domain.Recorded, error) {
	if !r.Found {
		return domain.Recorded{}, fmt.Errorf("eventlog: position %d: %w", position, domain.ErrNotFound)
	}
	return r.log.At(ctx, position)
}

// between returns the messages of a run of positions that can be read, in order.
func (r *Remains) between(ctx context.Context, s Span) (found []message, err error) {
	if !r.Found || s.From > r.Last {
		return nil, nil
	}
	err = r.log.scan(ctx, "", s.From, func(m message) error {
		if m.sequence > s.To {
			return errEnough
		}
		found = append(found, m)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return r.askLeader(ctx, Span{s.From, min(s.To, r.Last)}, found)
}

// askLeader adds to what was found in a run what only the stream's leader has: who answered may have been a replica that is behind or damaged.
func (r *Remains) askLeader(ctx context.Context, s Span, found []message) (all []message, err error) {
	for p := s.From; p <= s.To; p++ {
		if len(found) > 0 && found[0].sequence == p {
			all, found = append(all, found[0]), found[1:]
			continue
		}
		m, known, err := r.log.at(ctx, p)
		if err != nil {
			return nil, err
		}
		if known {
			all = append(all, m)
		}
	}
	return all, nil
}

// Transcribe writes all that can be read, with nothing at the positions that can't, and says which these are. It is what is kept of a stream that
// is to be removed.
func (r *Remains) Transcribe(ctx context.Context, w io.Writer) (lost []Span, err error) {
	t := NewTranscriptWriter(w)
	for from := domain.Position(1); from <= r.Last; from += salvageRun {
		found, err := r.between(ctx, Span{from, from + salvageRun - 1})
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			if t.last+1 < m.sequence {
				lost = append(lost, Span{t.last + 1, m.sequence - 1})
				t.last = m.sequence - 1
			}
			if err := t.Write(Line{m.sequence, m.subject, m.data}); err != nil {
				return nil, err
			}
		}
	}
	if t.last < r.Last {
		lost = append(lost, Span{t.last + 1, r.Last})
	}
	return lost, t.Flush()
}
