package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"thidua/domain"
	"thidua/seal"
)

// sealer carries the log into a sealed one, by a router of its own. Events wait for the beat, so that those of a moment are sealed together, or
// until there are as many as one batch of the folder takes, so that a catch-up is not held up by syncs.
type sealer struct {
	cfg    Sealing
	signer *seal.Signer

	mu       sync.Mutex // guards what follows
	folder   *seal.Folder
	waiting  [][]byte
	bytes    int
	ready    chan struct{} // told that something waits
	owed     chan struct{} // told that a witness did not answer
	progress bool
}

// waitingBytes bounds what waits to be sealed.
const waitingBytes = 16 << 20

// follow seals what comes behind the files. When it is asked to stop, what waits is sealed first.
func (s *sealer) follow(ctx context.Context, source *feed) error {
	work := context.WithoutCancel(ctx)
	run, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 2 * defaultGrace}, quiet(s.cfg.Logger))
	if err != nil {
		return fmt.Errorf("workers: %w", err)
	}
	router.AddMiddleware(stopOn(fail, "batch"), middleware.Recoverer)
	stopped := func(err error) { fail(fmt.Errorf("workers: sealer: %w", &logFault{err})) }
	size, _ := s.folder.Head()
	router.AddConsumerHandler("seal", "seal", newSubscriber(work, source, domain.Position(size), stopped), s.take)
	var beating sync.WaitGroup
	beating.Go(func() {
		if err := s.beat(run, work); err != nil {
			fail(err)
		}
	})
	beating.Go(func() {
		if err := s.remind(run); err != nil {
			fail(err)
		}
	})
	err = router.Run(run)
	cause := context.Cause(run)
	fail(nil)
	beating.Wait()
	if ctx.Err() != nil {
		return errors.Join(err, s.seal(work))
	}
	return cmp.Or(cause, err)
}

// take lets a batch wait for the beat, or seals what is enough.
func (s *sealer) take(msg *message.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range eventsOf(msg) {
		sealed, _ := s.folder.Head()
		if next := domain.Position(sealed) + domain.Position(len(s.waiting)) + 1; r.Position != next {
			return &logFault{fmt.Errorf("workers: position %d comes where %d must be sealed: %w", r.Position, next, domain.ErrCorrupt)}
		}
		s.waiting = append(s.waiting, r.Payload)
		s.bytes += len(r.Payload)
	}
	if len(s.waiting) >= seal.BatchLimit || s.bytes >= waitingBytes {
		return s.sealWaiting(msg.Context())
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
	return nil
}

// beat seals what waits, a moment after the first of it came.
func (s *sealer) beat(ctx, work context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.ready:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(cmp.Or(s.cfg.Beat, defaultBeat)):
		}
		if err := s.seal(work); err != nil {
			return err
		}
	}
}

func (s *sealer) seal(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sealWaiting(ctx)
}

// sealWaiting puts what waits into the files and publishes it. A tree that is made anew is not published before it is as large as the one that
// was signed, and stops there to be compared.
func (s *sealer) sealWaiting(ctx context.Context) error {
	for len(s.waiting) > 0 {
		n := min(len(s.waiting), seal.BatchLimit)
		size, _ := s.folder.Head()
		if missing := s.signer.Head().Size - size; missing > 0 {
			n = min(n, int(missing))
		}
		if err := s.folder.Append(s.waiting[:n]); err != nil {
			return err
		}
		s.waiting = s.waiting[n:]
		if size+int64(n) >= s.signer.Head().Size {
			if err := s.publish(ctx); err != nil {
				return err
			}
		}
	}
	s.waiting, s.bytes = nil, 0
	return nil
}

// publish signs what the files hold, lets the witnesses see it, and publishes it, unless that was done already.
func (s *sealer) publish(ctx context.Context) error {
	size, root := s.folder.Head()
	if head := s.signer.Head(); size == head.Size && root != head.Root {
		return &logFault{fmt.Errorf("workers: the first %d events are not those that were sealed: their root is %s, signed was %s: %w",
			size, root, head.Root, domain.ErrCorrupt)}
	}
	published, err := s.published()
	if err != nil {
		return err
	}
	if published.Size == size && published.Root == root {
		s.cfg.observe(published, nil)
		return nil
	}
	proof, err := s.folder.Tree().Consistency(s.signer.Head().Size)
	if err != nil {
		return err
	}
	signed, err := s.signer.Sign(size, root, proof)
	if err != nil {
		return err
	}
	if signed, err = s.cosign(ctx, signed); err != nil {
		return err
	}
	if err := errors.Join(s.folder.Publish(signed), s.keepWitnessed(signed)); err != nil {
		return err
	}
	s.progress = true
	s.cfg.observe(signed, nil)
	return nil
}

// published reads the checkpoint that everybody sees, one of size -1 where there is none or a key has not signed it yet.
func (s *sealer) published() (seal.Checkpoint, error) {
	published, err := seal.ReadCheckpoint(s.files())
	if errors.Is(err, fs.ErrNotExist) {
		return seal.Checkpoint{Size: -1}, nil
	}
	for _, v := range s.signer.Verifiers() {
		if _, errKey := seal.ParseCheckpoint(published.Note, v); errKey != nil {
			return seal.Checkpoint{Size: -1}, err
		}
	}
	return published, err
}

func (s *sealer) files() fs.FS { return os.DirFS(s.cfg.Folder) }
