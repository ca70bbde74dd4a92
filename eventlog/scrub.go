package eventlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"thidua/domain"
)

// Digest is what a second record of the log says of the bytes at a position.
type Digest struct {
	Position domain.Position
	SHA256   string // in hex
	// Sound says that the second record still has bytes with this digest.
	Sound bool
}

// Scrubbing says how Scrub reads.
type Scrubbing struct {
	// Digests returns what the second record says of a run of positions, in order. It ends before to where the record does.
	Digests func(ctx context.Context, from, to domain.Position) ([]Digest, error)
	// Run is how many positions are read at a time, Pause how long nothing is read after them, Rest how long after the last one before it begins
	// again at the first.
	Run         domain.Position
	Pause, Rest time.Duration
}

// Scrub reads the stored events again and again, slowly, until ctx ends, and compares each with the digest that a second record has of it. So a bit
// that flips in a stored block is found, which the server passes over in silence, while there still is a copy to repair from.
//
// Where the log does not have what it had, appends are stopped, and Scrub returns the cause: an error of kind ErrCorrupt that names the positions.
// What only the second record has lost is told to the logger, and stops nothing. When ctx ends it returns nil.
func (l *Log) Scrub(ctx context.Context, s Scrubbing) error {
	next := domain.Position(1)
	for ctx.Err() == nil {
		read, err := l.scrub(ctx, s, Span{next, next + s.Run - 1})
		if errors.Is(err, domain.ErrCorrupt) {
			l.Stop(err)
			return l.Stopped()
		}
		if err != nil && ctx.Err() == nil {
			l.cfg.Logger.Warn("the log can't be read again", "from", next, "error", err)
		}
		next += read
		pause := s.Pause
		if err == nil && read == 0 {
			next, pause = 1, s.Rest
		}
		if err := l.wait(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// wait waits for a while, or until ctx ends. It fails where appends are stopped.
func (l *Log) wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-l.stopped.Done():
		return l.Stopped()
	case <-ctx.Done():
	case <-timer.C:
	}
	return nil
}

// scrub compares one run, as far as the second record goes, and returns how many positions that were.
func (l *Log) scrub(ctx context.Context, s Scrubbing, span Span) (domain.Position, error) {
	digests, err := s.Digests(ctx, span.From, span.To)
	if err != nil || len(digests) == 0 {
		return 0, err
	}
	end := digests[len(digests)-1].Position
	sums := map[domain.Position]string{}
	err = l.scan(ctx, "", span.From, func(m message) error {
		if m.sequence > end {
			return errEnough
		}
		sum := sha256.Sum256(m.data)
		sums[m.sequence] = hex.EncodeToString(sum[:])
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return 0, err
	}
	var lost, differ, unsound []Span
	for _, d := range digests {
		switch sum := sums[d.Position]; {
		case sum == d.SHA256:
		case d.Sound && sum != "":
			differ = extend(differ, d.Position)
		case sum != "": // the second record does not have what it says
		default:
			if lost, err = l.missingAt(ctx, lost, d); err != nil {
				return 0, err
			}
		}
		if !d.Sound {
			unsound = extend(unsound, d.Position)
		}
	}
	if len(unsound) > 0 {
		l.cfg.Logger.Error("the audit trail does not have the bytes that it took; rebuild it", "at", naming(unsound))
	}
	return end - span.From + 1, harm(lost, differ)
}

// missingAt adds a position that was passed over to those that are lost, unless the stream's leader has it: the answering replica may only have been
// behind.
func (l *Log) missingAt(ctx context.Context, lost []Span, d Digest) ([]Span, error) {
	m, found, err := l.at(ctx, d.Position)
	if err != nil {
		return lost, err
	}
	if found {
		sum := sha256.Sum256(m.data)
		if hex.EncodeToString(sum[:]) == d.SHA256 || !d.Sound {
			l.cfg.Logger.Warn("a replica does not have an event that the leader has", "position", d.Position)
			return lost, nil
		}
	}
	return extend(lost, d.Position), nil
}

// harm is the error of positions that are missing and of such that have other bytes.
func harm(lost, differ []Span) error {
	if len(lost)+len(differ) == 0 {
		return nil
	}
	return fmt.Errorf("eventlog: stream %s, read again%s%s: %w", StreamName,
		prefixed("; lost: ", naming(lost)), prefixed("; other bytes than it had: ", naming(differ)), domain.ErrCorrupt)
}
