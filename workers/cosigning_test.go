package workers_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"thidua/domain"
	"thidua/internal/testenv"
	"thidua/seal"
	"thidua/seal/witness"
	"thidua/workers"
)

// witnessed gives the bed's sealer a panel of one witness, and the policy that asks for it.
func (b *sealingBed) witnessed(t *testing.T, w *testenv.Witness) *seal.Policy {
	t.Helper()
	policy, err := seal.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness w %s %s\nquorum w\n", b.cfg.Keys[0].Public(), w.Key, w.URL))
	if err != nil {
		t.Fatal(err)
	}
	if b.cfg.Witnesses, err = witness.NewPanel(witness.Config{Policy: policy, Client: http.DefaultClient, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	return policy
}

// next waits for a checkpoint that the policy finds witnessed, or not.
func (b *sealingBed) next(t *testing.T, policy *seal.Policy, witnessed bool) seal.Checkpoint {
	t.Helper()
	for {
		select {
		case c := <-b.heads:
			if c.Size == 0 {
				continue
			}
			if _, err := policy.Check(c.Note); (err == nil) == witnessed {
				return c
			}
		case <-time.After(time.Minute):
			t.Fatal("no such checkpoint is published")
		}
	}
}

func TestSealIsWitnessed(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	w := testenv.StartWitness(t, "w.example/a", b.cfg.Keys[0].Public())
	policy := b.witnessed(t, w)
	stop := b.start(t)
	first := b.sealed(t)
	if _, err := policy.Check(first.Note); err != nil {
		t.Error(err)
	}
	// A witness that is gone holds up nobody; when it is back it cosigns what it missed, though nothing new comes.
	w.Break(func(response http.ResponseWriter, _ *http.Request) {
		response.WriteHeader(http.StatusServiceUnavailable)
	})
	b.more(t)
	second := b.sealed(t)
	if _, err := policy.Check(second.Note); err == nil {
		t.Error("it is witnessed by nobody")
	}
	if kept, err := seal.ReadWitnessed(os.DirFS(b.cfg.Folder)); err != nil || kept.Size != first.Size {
		t.Errorf("the last witnessed has %d events, %v", kept.Size, err)
	}
	w.Break(nil)
	third := b.next(t, policy, true)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	files := os.DirFS(b.cfg.Folder)
	kept, errKept := seal.ReadWitnessed(files)
	published, errPublished := seal.ReadCheckpoint(files)
	if err := errors.Join(errKept, errPublished); err != nil || third.Size != second.Size || kept.Size != second.Size || string(published.Note) != string(third.Note) {
		t.Errorf("sealed %d, witnessed %d, kept %d events, %v", second.Size, third.Size, kept.Size, err)
	}
}

// A sealer that is stopped while a witness does not answer asks it when it starts again.
func TestSealAsksAgainAfterARestart(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	w := testenv.StartWitness(t, "w.example/a", b.cfg.Keys[0].Public())
	policy := b.witnessed(t, w)
	w.Break(func(response http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		<-request.Context().Done()
	})
	stop := b.start(t)
	b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	w.Break(nil)
	stop = b.start(t)
	b.next(t, policy, true)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// Somebody with the log's key, its files and the signer's memory in hand puts all of it back, and lets it grow or not: the witness remembers.
func TestSealStopsAtAWitnessThatHoldsAnotherLog(t *testing.T) {
	t.Parallel()
	b := newSealingBed(t)
	w := testenv.StartWitness(t, "w.example/a", b.cfg.Keys[0].Public())
	b.witnessed(t, w)
	stop := b.start(t)
	sealed := b.sealed(t)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for name, fork := range map[string]bool{"a log of fewer events": false, "another log of as many": true} {
		other := another(t, b.log.Origin())
		back := &sealingBed{bed: other, cfg: b.cfg, heads: make(chan seal.Checkpoint, 1000), troubles: make(chan error, 1000)}
		dir := t.TempDir()
		back.cfg.Log, back.cfg.Folder, back.cfg.Head = other.log, filepath.Join(dir, "log"), filepath.Join(dir, "head")
		back.cfg.Observe = func(seal.Checkpoint, error) {}
		back.more(t)
		for last := domain.Position(1); fork && last < domain.Position(sealed.Size); last++ {
			back.more(t)
		}
		back.witnessed(t, w)
		err := workers.Seal(t.Context(), back.cfg)
		alarm, ok := errors.AsType[*witness.Alarm](err)
		if !ok || !errors.Is(err, domain.ErrCorrupt) || alarm.Fork != (alarm.Size >= sealed.Size) || alarm.Seen != sealed.Size {
			t.Errorf("%s: %v", name, err)
		}
		if other.log.Stopped() == nil {
			t.Errorf("%s: appends go on", name)
		}
		if published, err := seal.ReadCheckpoint(os.DirFS(back.cfg.Folder)); err == nil && published.Size > 0 {
			t.Errorf("%s: a checkpoint of %d events is published", name, published.Size)
		}
	}
}
