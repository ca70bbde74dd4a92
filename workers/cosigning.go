package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"thidua/domain"
	"thidua/seal"
)

// Witnesses see every checkpoint, most of them before it is published.
type Witnesses interface {
	// Cosign returns the lines of the cosignatures to add to a checkpoint's note, each ended by a newline, and how many witnesses are missing still. The
	// tree is the checkpoint's, for the proofs that witnesses ask for. A caller without patience has no time for those that failed lately. The error is of kind
	// domain.ErrCorrupt where a witness holds another log.
	Cosign(ctx context.Context, signed seal.Checkpoint, tree *seal.Tree, patient bool) (lines []byte, missing int, err error)
	// Content reports whether enough of them have cosigned.
	Content(c seal.Checkpoint) bool
}

const (
	// brieflyAsked is how long the witnesses hold up a checkpoint: with the beat it stays within a second of its events.
	brieflyAsked = 400 * time.Millisecond
	// patientlyAsked is how long who did not answer in that time is waited for, while the sealer goes on.
	patientlyAsked  = 20 * time.Second
	longestReminder = time.Minute
)

// cosign adds the cosignatures of the witnesses that answer at once.
func (s *sealer) cosign(ctx context.Context, signed seal.Checkpoint) (seal.Checkpoint, error) {
	if s.cfg.Witnesses == nil {
		return signed, nil
	}
	lines, missing, err := s.consult(ctx, brieflyAsked, signed, s.folder.Tree(), false)
	if missing > 0 {
		s.remindLater()
	}
	return signed.With(lines), err
}

func (s *sealer) consult(ctx context.Context, limit time.Duration, c seal.Checkpoint, tree *seal.Tree, patient bool) ([]byte, int, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	lines, missing, err := s.cfg.Witnesses.Cosign(ctx, c, tree, patient)
	if err != nil {
		err = fmt.Errorf("workers: the checkpoint of %d events: %w", c.Size, err)
		if errors.Is(err, domain.ErrCorrupt) {
			err = &logFault{err}
		}
	}
	return lines, missing, err
}

// keepWitnessed keeps a published checkpoint where it counts as witnessed.
func (s *sealer) keepWitnessed(c seal.Checkpoint) error {
	if s.cfg.Witnesses == nil || !s.cfg.Witnesses.Content(c) {
		return nil
	}
	return s.folder.KeepWitnessed(c)
}

// remindLater lets the witnesses that are missing be asked again in a while.
func (s *sealer) remindLater() {
	if s.cfg.Witnesses == nil {
		return
	}
	select {
	case s.owed <- struct{}{}:
	default:
	}
}

// remind asks the witnesses that did not answer at once about the checkpoint that is published by then, less often while they do not answer.
func (s *sealer) remind(ctx context.Context) error {
	for rest := firstRest; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-s.owed:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
		missing, err := s.askAgain(ctx)
		if err != nil {
			return err
		}
		if missing == 0 {
			rest = firstRest
			continue
		}
		rest = min(2*rest, longestReminder)
		s.remindLater()
	}
}

// askAgain asks while the sealer goes on, and publishes the checkpoint with what it got, where no larger one was published meanwhile.
func (s *sealer) askAgain(ctx context.Context) (missing int, err error) {
	s.mu.Lock()
	c, err := s.published()
	s.mu.Unlock()
	if err != nil || c.Size <= 0 {
		return 0, err
	}
	lines, missing, err := s.consult(ctx, patientlyAsked, c, seal.NewTree(s.files(), c.Size), true)
	if err != nil || len(lines) == 0 {
		return missing, err
	}
	c = c.With(lines)
	s.mu.Lock()
	defer s.mu.Unlock()
	if size, _ := s.folder.Head(); size == c.Size {
		if err := s.folder.Publish(c); err != nil {
			return missing, err
		}
		s.cfg.observe(c, nil)
	}
	return missing, s.keepWitnessed(c)
}
