package workers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"thidua/domain"
	"thidua/seal"
	"thidua/workers"
)

// sealingBed is a bed with a sealer's key, and what the sealer says.
type sealingBed struct {
	*bed
	cfg      workers.Sealing
	heads    chan seal.Checkpoint
	troubles chan error
}

func newSealingBed(t *testing.T) *sealingBed {
	t.Helper()
	b := &sealingBed{bed: newBed(t), heads: make(chan seal.Checkpoint, 1000), troubles: make(chan error, 1000)}
	key, err := seal.NewKey(rand.Reader, b.log.Origin())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b.cfg = workers.Sealing{
		Log: b.log, Folder: filepath.Join(dir, "log"), Head: filepath.Join(dir, "head"), Keys: []seal.Key{key},
		Beat: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Observe: func(c seal.Checkpoint, trouble error) {
			if trouble != nil {
				b.troubles <- trouble
				return
			}
			b.heads <- c
		},
	}
	return b
}

// start seals and returns how to stop and what is said then.
func (b *sealingBed) start(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- workers.Seal(ctx, b.cfg) }()
	return func() error {
		cancel()
		return <-done
	}
}

// sealed waits for the checkpoint of the whole log and compares its root with the one of the log's own bytes.
func (b *sealingBed) sealed(t *testing.T) seal.Checkpoint {
	t.Helper()
	var e seal.Edge
	if _, err := b.log.Check(t.Context(), func(r domain.Recorded) error { e.Add(r.Payload); return nil }); err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case c := <-b.heads:
			if c.Size < e.Size() {
				continue
			}
			if c.Size != e.Size() || c.Root != e.Root() {
				t.Fatalf("sealed %d events with root %s, the log has %d with %s", c.Size, c.Root, e.Size(), e.Root())
			}
			if _, err := seal.ParseCheckpoint(c.Note, b.cfg.Keys[0].Verifier()); err != nil {
				t.Fatal(err)
			}
			return c
		case <-time.After(time.Minute):
			t.Fatal("the log is not sealed")
		}
	}
}

func (b *sealingBed) trouble(t *testing.T) error {
	t.Helper()
	select {
	case err := <-b.troubles:
		return err
	case <-time.After(time.Minute):
		t.Fatal("nothing went wrong")
		return nil
	}
}

// more puts an event on the log.
func (b *sealingBed) more(t *testing.T) {
	t.Helper()
	note := &domain.RankingFinalised{T: domain.InstantOf(now()), Position: 1, SeasonVersion: 1, RulesetSHA256: "r", ResultSHA256: "s"}
	id := "s-" + strings.ToLower(rand.Text()[:8])
	_, err := b.log.Append(t.Context(), domain.Append{
		Issue:   domain.Issue{ID: b.log.CommandID("test", id), Digest: domain.Digest(id), Actor: "system:test"},
		Changes: []domain.Change{{Stream: domain.SeasonStream(id), Time: domain.InstantOf(now()), Event: note}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is on the log is sealed, what comes is sealed soon, and a sealer that is started anew goes on where the files end.
func TestSealFollowsTheLog(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	stop := b.start(t)
	first := b.sealed(t)
	b.more(t)
	second := b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.more(t)
	stop = b.start(t)
	third := b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []seal.Checkpoint{first, second, third} {
		kept, err := seal.CheckpointAt(os.DirFS(b.cfg.Folder), c.Size)
		if err != nil || kept.Root != c.Root {
			t.Errorf("the checkpoint of %d is kept with root %s, %v", c.Size, kept.Root, err)
		}
	}
	if third.Size != second.Size+1 || second.Size != first.Size+1 {
		t.Errorf("sealed %d, %d, %d events", first.Size, second.Size, third.Size)
	}
}

// The sealer of `up` reads what the projections read, and stops with them.
func TestSealBesideProjections(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	cfg := b.config("worker")
	cfg.Sealing = &b.cfg
	stop := b.run(t, cfg)
	b.caughtUp(t)
	b.sealed(t)
	b.more(t)
	b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// Files that are gone or harmed are made anew, as far as the head at least.
func TestSealMakesFilesAnew(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	stop := b.start(t)
	before := b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"tile", "."} {
		if err := os.RemoveAll(filepath.Join(b.cfg.Folder, gone)); err != nil {
			t.Fatal(err)
		}
		b.more(t)
		stop = b.start(t)
		b.sealed(t)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		root, err := seal.NewTree(os.DirFS(b.cfg.Folder), before.Size).Root()
		if err != nil || root != before.Root {
			t.Errorf("the tree of %d has root %s, %v, wanted %s", before.Size, root, err, before.Root)
		}
	}
}

// notary cosigns what it is not told to refuse.
type notary struct {
	refuse chan error
	seen   chan seal.Checkpoint
}

func (n notary) Cosign(_ context.Context, c seal.Checkpoint, tree *seal.Tree, _ bool) ([]byte, int, error) {
	select {
	case err := <-n.refuse:
		return nil, 0, err
	default:
	}
	if root, err := tree.Root(); err != nil || root != c.Root {
		return nil, 0, errors.New("the tree is not the checkpoint's")
	}
	n.seen <- c
	return []byte("— witness.example.vn AAAAAAAA\n"), 0, nil
}

func (n notary) Renew(context.Context, seal.Checkpoint, *seal.Tree) ([]byte, int, error) {
	return nil, 0, nil
}

func (n notary) Content(seal.Checkpoint) bool { return false }

// What a witness refuses is not published; it is asked again.
func TestSealWaitsForWitnesses(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	n := notary{refuse: make(chan error, 1), seen: make(chan seal.Checkpoint, 1000)}
	refused := errors.New("not now")
	n.refuse <- refused
	b.cfg.Witnesses = n
	stop := b.start(t)
	if err := b.trouble(t); !errors.Is(err, refused) {
		t.Errorf("it says %v", err)
	}
	c := b.sealed(t)
	if !bytes.HasSuffix(c.Note, []byte("\n— witness.example.vn AAAAAAAA\n")) {
		t.Errorf("published is %q", c.Note)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A key that takes over signs beside the old one, also what was published by the old one alone.
func TestSealWithASecondKey(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	stop := b.start(t)
	b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	fresh, err := seal.NewKey(rand.Reader, b.log.Origin())
	if err != nil {
		t.Fatal(err)
	}
	old := b.cfg.Keys[0]
	for _, keys := range [][]seal.Key{{old, fresh}, {fresh}} {
		b.cfg.Keys = keys
		stop := b.start(t)
		c := b.sealed(t)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if _, err := seal.ParseCheckpoint(c.Note, k.Verifier()); err != nil {
				t.Errorf("with %d keys: %v", len(keys), err)
			}
		}
	}
}
