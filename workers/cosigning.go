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
	// Renew is a patient Cosign that asks also those that have cosigned, so that one which holds another log by now says so.
	Renew(ctx context.Context, signed seal.Checkpoint, tree *seal.Tree) (lines []byte, missing int, err error)
	// Content reports whether enough of them have cosigned.
	Content(c seal.Checkpoint) bool
}

const (
	// brieflyAsked is how long the witnesses hold up a checkpoint: with the beat it stays within a second of its events.
	brieflyAsked = 400 * time.Millisecond
	// patientlyAsked is how long who did not answer in that time is waited for, while the sealer goes on.
	patientlyAsked  = 20 * time.Second
	longestReminder = time.Minute
	// renewed is how often all witnesses are asked about a log that does not grow.
	renewed = time.Hour
)

// cosign adds the cosignatures of the witnesses that answer at once.
func (s *sealer) cosign(ctx context.Context, signed seal.Checkpoint) (seal.Checkpoint, error) {
	if s.cfg.Witnesses == nil {
		return signed, nil
	}
	ctx, cancel := context.WithTimeout(ctx, brieflyAsked)
	defer cancel()
	lines, missing, err := s.cfg.Witnesses.Cosign(ctx, signed, s.folder.Tree(), false)
	if missing > 0 {
		s.remindLater()
	}
	return signed.With(lines), alarm(signed, err)
}

// alarm makes of what the witnesses refuse a fault of the log, where it is one.
func alarm(c seal.Checkpoint, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("workers: the checkpoint of %d events: %w", c.Size, err)
	if errors.Is(err, domain.ErrCorrupt) {
		return &logFault{err}
	}
	return err
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
	select {
	case s.owed <- struct{}{}:
	default:
	}
}

// remind asks the witnesses about the checkpoint that is published: all of them at the start, since the log may have been put back while it stood still, and
// when it has not grown for long; who did not answer at once, again and again, less often while they do not answer.
func (s *sealer) remind(ctx context.Context) error {
	if s.cfg.Witnesses == nil {
		return nil
	}
	rest, all := firstRest, true
	for {
		missing, err := s.askAgain(ctx, all)
		if err != nil {
			return err
		}
		if missing > 0 {
			s.remindLater()
			rest = min(2*rest, longestReminder)
		} else {
			rest = firstRest
		}
		var ended bool
		if all, ended = s.awaitReminder(ctx, rest); ended {
			return nil
		}
	}
}

// awaitReminder waits until somebody has to be asked again, and says whether it is everybody, or that ctx has ended.
func (s *sealer) awaitReminder(ctx context.Context, rest time.Duration) (all, ended bool) {
	select {
	case <-ctx.Done():
		return false, true
	case <-time.After(renewed):
		return true, false
	case <-s.owed:
	}
	select {
	case <-ctx.Done():
		return false, true
	case <-time.After(rest):
		return false, false
	}
}

// askAgain asks while the sealer goes on, and publishes the checkpoint with what it got, where no larger one was published meanwhile.
func (s *sealer) askAgain(ctx context.Context, all bool) (missing int, err error) {
	s.mu.Lock()
	c, err := s.published()
	s.mu.Unlock()
	if err != nil || c.Size <= 0 {
		return 0, err
	}
	asking, cancel := context.WithTimeout(ctx, patientlyAsked)
	defer cancel()
	tree := seal.NewTree(s.files(), c.Size)
	var lines []byte
	if all {
		lines, missing, err = s.cfg.Witnesses.Renew(asking, c, tree)
	} else {
		lines, missing, err = s.cfg.Witnesses.Cosign(asking, c, tree, true)
	}
	if err != nil || len(lines) == 0 {
		return missing, alarm(c, err)
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
