package workers

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/seal"
)

// Sealed is what Verify holds the log against: the files that were published of it, the keys that sign them, and checkpoints that somebody kept
// elsewhere, where no operator can change them.
type Sealed struct {
	Files fs.FS
	Keys  []note.Verifier
	// Since are kept checkpoints, with a name for each.
	Since []KeptCheckpoint
}

// KeptCheckpoint is a checkpoint with the name by which who kept it knows it.
type KeptCheckpoint struct {
	Name string
	seal.Checkpoint
}

// seals folds the log into its tree, and compares the root with each checkpoint where that ends.
type seals struct {
	edge seal.Edge
	next func() (seal.Checkpoint, error, bool)
	stop func()
	due  *seal.Checkpoint // published, and not yet reached
	keys []note.Verifier
	last seal.Checkpoint // published, and found right
	seen int

	since []KeptCheckpoint  // by size, those not yet reached
	wrong map[string]string // by the name of a check, the first thing that differs
}

const sealCheck = "seal"

func sinceCheck(name string) string { return "seal since " + name }

func newSeals(s *Sealed) *seals {
	if s == nil {
		return &seals{stop: func() {}}
	}
	all := &seals{keys: s.Keys, since: slices.Clone(s.Since), wrong: map[string]string{}}
	slices.SortStableFunc(all.since, func(a, b KeptCheckpoint) int { return cmp.Compare(a.Size, b.Size) })
	all.next, all.stop = iter.Pull2(seal.Checkpoints(s.Files))
	all.advance()
	all.compare()
	return all
}

// take implements taker.
func (s *seals) take(_ context.Context, events []domain.Recorded) error {
	for _, r := range events {
		s.edge.Add(r.Payload)
		s.compare()
	}
	return nil
}

// compare holds the tree against the checkpoints of its size.
func (s *seals) compare() {
	size := s.edge.Size()
	for s.due != nil && s.due.Size <= size && s.wrong[sealCheck] == "" {
		s.judge(*s.due)
		s.advance()
	}
	for len(s.since) > 0 && s.since[0].Size <= size {
		kept := s.since[0]
		s.since = s.since[1:]
		if root := s.edge.Root(); root != kept.Root {
			s.differs(sinceCheck(kept.Name), fmt.Sprintf("at position %d it has the root %s, the log of now has %s there: the log is not the one that was sealed", kept.Size, kept.Root, root))
		}
	}
}

func (s *seals) judge(c seal.Checkpoint) {
	if _, err := seal.ParseCheckpoint(c.Note, s.keys...); err != nil {
		s.differs(sealCheck, fmt.Sprintf("checkpoint at position %d: %v", c.Size, err))
		return
	}
	switch root := s.edge.Root(); {
	case c.Size < s.edge.Size():
		s.differs(sealCheck, fmt.Sprintf("a checkpoint at position %d follows one at %d: checkpoints never go back", c.Size, s.last.Size))
	case c.Root != root:
		s.differs(sealCheck, fmt.Sprintf("the checkpoint at position %d has the root %s, the events up to there have %s; up to position %d the log is as it was sealed",
			c.Size, c.Root, root, s.last.Size))
	default:
		s.last = c
		s.seen++
	}
}

func (s *seals) advance() {
	s.due = nil
	c, err, ok := s.next()
	switch {
	case !ok:
	case err != nil:
		s.differs(sealCheck, fmt.Sprintf("the archive of checkpoints after position %d: %v", s.last.Size, err))
	default:
		s.due = &c
	}
}

func (s *seals) differs(check, difference string) {
	if s.wrong[check] == "" {
		s.wrong[check] = difference
	}
}

// addSeals says what was found, when the whole log was taken.
func (v *Verdict) addSeals(s *seals, sealed *Sealed) {
	if sealed == nil {
		return
	}
	if s.due != nil {
		s.differs(sealCheck, fmt.Sprintf("it was sealed up to position %d, the log ends at %d", s.due.Size, s.edge.Size()))
	}
	for _, kept := range s.since {
		s.differs(sinceCheck(kept.Name), fmt.Sprintf("it was sealed up to position %d, the log ends at %d", kept.Size, s.edge.Size()))
	}
	found := fmt.Sprintf("%d checkpoints, each of them the beginning of this log; the last at position %d", s.seen, s.last.Size)
	v.add(sealCheck, s.wrong[sealCheck], found)
	for _, kept := range sealed.Since {
		v.add(sinceCheck(kept.Name), s.wrong[sinceCheck(kept.Name)], fmt.Sprintf("the log of now begins with the one that was sealed at position %d", kept.Size))
	}
	if s.wrong[sealCheck] == "" && s.seen > 0 {
		v.add("seal files", differenceOf(seal.NewTree(sealed.Files, s.last.Size).Check(s.last.Root)), "hash tiles and entries are those of the tree")
	}
}

func differenceOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
