package workers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/seal"
)

// Sealing is what a sealer works on. What is in its files belongs to it alone.
type Sealing struct {
	Log    *eventlog.Log
	Folder string     // of the sealed log
	Head   string     // file of the last head that was signed
	Keys   []seal.Key // of the log's origin
	// Witnesses cosign what is published; nil where there are none.
	Witnesses Witnesses
	// Limit bounds what is read at once; its zero value means DefaultLimit.
	Limit eventlog.Limit
	// Beat is how long an event waits for others to be sealed with; 0 means defaultBeat.
	Beat   time.Duration
	Logger *slog.Logger
	// Observe is told of each checkpoint that is published, and of what keeps the sealer from going on. Nil where nobody watches.
	Observe func(published seal.Checkpoint, trouble error)
}

// defaultBeat seals well within a second of an event, and makes no more than two checkpoints of a second.
const defaultBeat = 400 * time.Millisecond

// Seal seals the log until ctx ends, and then returns nil. What goes wrong is tried again; the error is of kind domain.ErrCorrupt where the log
// is not the one that was sealed, or has a hole.
func Seal(ctx context.Context, cfg Sealing) error {
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	source := newFeed(run, cfg.Log, cfg.limit())
	defer source.close()
	sealing(run, cfg, source, fail)
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(run)
}

func (cfg Sealing) limit() eventlog.Limit {
	if cfg.Limit == (eventlog.Limit{}) {
		return DefaultLimit()
	}
	return cfg.Limit
}

func (cfg Sealing) observe(c seal.Checkpoint, trouble error) {
	if cfg.Observe != nil {
		cfg.Observe(c, trouble)
	}
}

// sealing is the sealer's supervisor: it lets it try again, and stops everything where the log is not what was sealed.
func sealing(ctx context.Context, cfg Sealing, source *feed, fail context.CancelCauseFunc) {
	for tries := 1; ctx.Err() == nil; tries++ {
		progress, err := serveSealed(ctx, cfg, source)
		if ctx.Err() != nil {
			return
		}
		err = cmp.Or(err, errIdle)
		cfg.observe(seal.Checkpoint{}, err)
		if _, log := errors.AsType[*logFault](err); log && errors.Is(err, domain.ErrCorrupt) {
			cfg.Log.Stop(err)
			fail(err)
			return
		}
		cfg.Logger.Error("the log is not sealed; it is tried again", "error", err)
		if progress {
			tries = 1
		}
		longest := longestRestOfFault
		if away(err) {
			longest = longestRest
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(longest, firstRest<<min(tries-1, 10))):
		}
	}
}

// serveSealed opens what was sealed and goes on from there, until ctx ends or with the error that it can't get over.
func serveSealed(ctx context.Context, cfg Sealing, source *feed) (progress bool, err error) {
	for _, k := range cfg.Keys {
		if k.Origin() != cfg.Log.Origin() {
			return false, fmt.Errorf("workers: the key is of the log %s, the log is %s: %w", k.Origin(), cfg.Log.Origin(), domain.ErrInvalid)
		}
	}
	if err := remembers(cfg); err != nil {
		return false, err
	}
	signer, err := seal.NewSigner(cfg.Head, cfg.Keys...)
	if err != nil {
		return false, err
	}
	s := &sealer{cfg: cfg, signer: signer, ready: make(chan struct{}, 1), owed: make(chan struct{}, 1)}
	if err := s.open(ctx); err != nil {
		return false, err
	}
	err = s.follow(ctx, source)
	return s.progress, err
}

// remembers judges that the signer has not lost its memory: without it, it would sign whatever the log is now.
func remembers(cfg Sealing) error {
	if _, err := os.Stat(cfg.Head); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	published, err := seal.ReadCheckpoint(os.DirFS(cfg.Folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return cmp.Or(err, fmt.Errorf("workers: a checkpoint of %d events was published, but the head that was signed last is not in %s; see docs/key.md: %w",
		published.Size, cfg.Head, domain.ErrInvalid))
}

// open goes on where the files end. Where they are not those of the head they are made anew from the log: the head says what they must become.
func (s *sealer) open(ctx context.Context) (err error) {
	head := s.signer.Head()
	if err := s.matches(ctx, head); err != nil {
		return err
	}
	s.folder, err = seal.OpenFolder(s.cfg.Folder, head)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, domain.ErrCorrupt) {
		s.cfg.Logger.Warn("the sealed log's files are made anew from the log", "size", head.Size, "error", err)
		s.folder, err = seal.OpenFolder(s.cfg.Folder, seal.Checkpoint{Origin: head.Origin, Root: seal.EmptyRoot()})
	}
	if err != nil {
		return err
	}
	if size, _ := s.folder.Head(); size == head.Size {
		return s.publish(ctx)
	}
	return nil
}

// matches judges whether the log still goes as far as what was signed. That every event of it is the one that was sealed is for verify to say.
func (s *sealer) matches(ctx context.Context, head seal.Checkpoint) error {
	if head.Size == 0 {
		return nil
	}
	if _, err := s.cfg.Log.Reaches(ctx, domain.Position(head.Size)); err != nil {
		return &logFault{fmt.Errorf("workers: %d events were sealed: %w", head.Size, err)}
	}
	event, err := s.cfg.Log.Examine(ctx, domain.Position(head.Size))
	if err != nil {
		return &logFault{err}
	}
	sealed, err := seal.NewTree(s.files(), head.Size).Entry(head.Size - 1)
	if err == nil && !bytes.Equal(sealed, event.Payload) {
		return &logFault{fmt.Errorf("workers: at position %d the log holds another event than the one that was sealed: %w", head.Size, domain.ErrCorrupt)}
	}
	return nil // where the file can't be read, the tree is made anew and its root compared
}
