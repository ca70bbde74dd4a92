package workers_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"thidua/domain"
	"thidua/eventlog"
	"thidua/seal"
	"thidua/workers"
)

// sealing seals a log, a checkpoint at each of some sizes.
type sealing struct {
	path   string
	folder *seal.Folder
	signer *seal.Signer
	key    seal.Key
}

func newSealing(t *testing.T) *sealing {
	t.Helper()
	s := &sealing{path: filepath.Join(t.TempDir(), "log")}
	var err error
	if s.key, err = seal.NewKey(rand.Reader, "thidua.example.vn/log"); err != nil {
		t.Fatal(err)
	}
	if s.signer, err = seal.NewSigner(filepath.Join(t.TempDir(), "head"), s.key); err != nil {
		t.Fatal(err)
	}
	if s.folder, err = seal.OpenFolder(s.path, s.signer.Head()); err != nil {
		t.Fatal(err)
	}
	return s
}

// to adds payloads and publishes.
func (s *sealing) to(t *testing.T, payloads [][]byte) seal.Checkpoint {
	t.Helper()
	if err := s.folder.Append(payloads); err != nil {
		t.Fatal(err)
	}
	size, root := s.folder.Head()
	proof, err := s.folder.Tree().Consistency(s.signer.Head().Size)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.signer.Sign(size, root, proof)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.folder.Publish(c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *sealing) sealed(since ...workers.KeptCheckpoint) *workers.Sealed {
	return &workers.Sealed{Files: os.DirFS(s.path), Keys: []note.Verifier{s.key.Verifier()}, Since: since}
}

func payloads(t *testing.T, log *eventlog.Log) (all [][]byte) {
	t.Helper()
	if _, err := log.Check(t.Context(), func(r domain.Recorded) error {
		all = append(all, bytes.Clone(r.Payload))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// Verify holds the log against every checkpoint that was published, against those that somebody kept, and against the published files.
func TestVerifyHoldsTheLogAgainstItsSeal(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.settled(t)
	for name, test := range sealedTrials(payloads(t, b.log)) {
		t.Run(name, func(t *testing.T) {
			s := newSealing(t)
			kept := s.to(t, test.batches[0])
			for _, batch := range test.batches[1:] {
				s.to(t, batch)
			}
			if test.harm != nil {
				test.harm(t, s)
			}
			if test.since != nil {
				kept = test.since(kept)
			}
			cfg := b.config("verifier")
			cfg.Sealed = s.sealed(workers.KeptCheckpoint{Name: "kept", Checkpoint: kept})
			if test.want != nil && test.since == nil {
				cfg.Sealed.Since = nil
			}
			wrong(t, cfg, test.want)
		})
	}
}

// sealedTrial is how a log was sealed, what was done to the seal, and what is wrong then.
type sealedTrial struct {
	batches [][][]byte
	harm    func(t *testing.T, s *sealing)
	since   func(kept seal.Checkpoint) seal.Checkpoint
	want    map[string]string // of each check that is wrong, what it says; nil where all is right
}

// sealedTrials are trials with the events of a log.
func sealedTrials(events [][]byte) map[string]sealedTrial {
	first, second := len(events)/3, len(events)-5
	foreign := bytes.Clone(events[first-1])
	foreign[len(foreign)/2] ^= 1
	honest := [][][]byte{events[:first], events[first:second]}
	return map[string]sealedTrial{
		"right": {batches: honest},
		"an event of before was another": {
			batches: [][][]byte{append(append([][]byte{}, events[:first-1]...), foreign), events[first:second]},
			want:    map[string]string{"seal": "up to position 0"},
		},
		"an event of later was another": {
			batches: [][][]byte{events[:second-1], {foreign}},
			want:    map[string]string{"seal": "up to position"},
		},
		"the log had more": {batches: [][][]byte{events, {foreign}}, want: map[string]string{"seal": "the log ends at"}},
		"a kept checkpoint of another history": {
			batches: honest, since: func(c seal.Checkpoint) seal.Checkpoint { c.Root[0] ^= 1; return c },
			want: map[string]string{"seal since kept": "the log is not the one that was sealed"},
		},
		"a kept checkpoint of a longer log": {
			batches: honest, since: func(c seal.Checkpoint) seal.Checkpoint { c.Size += 1_000_000; return c },
			want: map[string]string{"seal since kept": "the log ends at"},
		},
		"a signature by another": {
			batches: honest, harm: func(t *testing.T, s *sealing) { s.key = newSealing(t).key },
			want: map[string]string{"seal": "checkpoint at position"},
		},
		"a hash tile changed": {
			batches: honest, harm: func(t *testing.T, s *sealing) { flip(t, filepath.Join(s.path, "tile/0/001")) },
			want: map[string]string{"seal files": "tile/0/001"},
		},
		"a bundle of entries changed": {
			batches: honest, harm: func(t *testing.T, s *sealing) { flip(t, filepath.Join(s.path, "tile/entries/002")) },
			want: map[string]string{"seal files": "tile/0/002"},
		},
		"a tile removed": {
			batches: honest, harm: func(t *testing.T, s *sealing) {
				if err := os.Remove(filepath.Join(s.path, "tile/0/000")); err != nil {
					t.Fatal(err)
				}
			},
			want: map[string]string{"seal files": "tile/0/000"},
		},
	}
}

// A signature that came onto the log past its rules is found.
func TestVerifyFindsForgedSignatures(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	role, opening, err := b.log.Seal("role", "Chủ tịch")
	if err != nil {
		t.Fatal(err)
	}
	forged := &domain.PledgeSigned{
		Signer: "p-0123456789abcdef0123456789abcdef", Role: role, Signature: `{"payload":"","payloadType":"application/vnd.thidua.pledge+json","signatures":[]}`,
	}
	last, err := b.log.Append(t.Context(), domain.Append{
		Issue: domain.Issue{
			ID: b.log.CommandID("test", "forged"), Digest: domain.Digest("forged"), Actor: "system:test", Disclosures: []domain.Disclosure{opening},
		},
		Changes: []domain.Change{{Stream: domain.PledgeStream("other-2020", "son-la"), Time: domain.InstantOf(now()), Event: forged}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.settled(t)
	wrong(t, b.config("verifier"), map[string]string{"signatures": fmt.Sprintf("season other-2020, position %d", last)})
}

func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wrong verifies, and compares which checks are wrong and what they say.
func wrong(t *testing.T, cfg workers.Config, want map[string]string) {
	t.Helper()
	verdict, err := workers.Verify(context.WithoutCancel(t.Context()), cfg, "", quiet)
	if err != nil {
		t.Fatal(err)
	}
	missing := maps.Clone(want)
	for _, c := range verdict.Checks {
		if c.OK {
			continue
		}
		if text, expected := want[c.Name]; !expected || !strings.Contains(c.Detail, text) {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
		delete(missing, c.Name)
	}
	if len(missing) > 0 {
		t.Errorf("not found wrong: %v (of %d checks)", missing, len(verdict.Checks))
	}
}
