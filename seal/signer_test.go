package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
	"thidua/seal"
)

// A signer signs one history: what a log, its files or its database say after they were put back or rewritten is not signed, also not by
// a signer that is started anew.
func TestSignerSignsOneHistory(t *testing.T) {
	s := newSealed(t)
	s.to(t, 300)
	want := s.signer.Head()
	older := newSealed(t)
	older.to(t, 200)
	other := newReference(t, 400)
	for name, attempt := range map[string]func(*seal.Signer) error{
		"an older one": func(signer *seal.Signer) error {
			size, root := older.folder.Head()
			_, err := signer.Sign(size, root, nil)
			return err
		},
		"another of the same size": func(signer *seal.Signer) error {
			_, err := signer.Sign(300, tlog.RecordHash(nil), nil)
			return err
		},
		"a longer one without proof": func(signer *seal.Signer) error {
			_, err := signer.Sign(400, other.root(t, 400), nil)
			return err
		},
		"a longer one with the proof of another": func(signer *seal.Signer) error {
			proof, err := tlog.ProveTree(400, 299, other)
			if err != nil {
				t.Fatal(err)
			}
			_, err = signer.Sign(400, other.root(t, 400), proof)
			return err
		},
	} {
		for _, signer := range []*seal.Signer{s.signer, s.again(t)} {
			if err := attempt(signer); !errors.Is(err, domain.ErrCorrupt) {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, signer.Head()); diff != "" {
				t.Errorf("%s: the head changed: %s", name, diff)
			}
		}
	}
	proof, err := tlog.ProveTree(400, 300, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.again(t).Sign(400, other.root(t, 400), proof); err != nil {
		t.Errorf("what extends the head is refused: %v", err)
	}
}

// again is the signer as it is after a start.
func (s *sealed) again(t *testing.T) *seal.Signer {
	t.Helper()
	signer, err := seal.NewSigner(filepath.Join(filepath.Dir(s.path), "head"), newKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Every checkpoint that was published is found by its size, and no other.
func TestEveryCheckpointIsKept(t *testing.T) {
	s := newSealed(t)
	var want []int64
	for size := int64(0); size < 2000; size += 1 + size%13 {
		s.to(t, size)
		want = append(want, size)
	}
	s.to(t, want[len(want)-1]) // published once more, as after a start
	var got []int64
	for c, err := range seal.Checkpoints(s.files()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.ParseCheckpoint(c.Note, s.signer.Verifiers()...); err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Size)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	published := map[int64]bool{}
	for _, size := range want {
		published[size] = true
	}
	for size := range int64(2001) {
		c, err := seal.CheckpointAt(s.files(), size)
		if found := err == nil && c.Size == size; found != published[size] || !found && !errors.Is(err, domain.ErrNotFound) {
			t.Fatalf("checkpoint of %d: %v, %v", size, c, err)
		}
	}
}

// A process that dies anywhere leaves what was published as it was, and the next goes on there.
func TestGoesOnAfterACrash(t *testing.T) {
	s := newSealed(t)
	s.to(t, 300)
	head, size := s.signer.Head(), int64(300)
	if err := s.folder.Append(payloads(size, 2000)); err != nil { // its process dies before it signs
		t.Fatal(err)
	}
	torn := filepath.Join(s.path, "checkpoints")
	archive, err := os.ReadFile(torn)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(head.Note) {
		if err := os.WriteFile(torn, append(bytes.Clone(archive), head.Note[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		s.open(t)
		if mended, err := os.ReadFile(torn); err != nil || !bytes.Equal(mended, archive) {
			t.Fatalf("archive cut at %d of its last note: %q, %v", cut, mended, err)
		}
	}
	if _, err := os.Stat(filepath.Join(s.path, "tile/0/001")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a tile of the batch that was never signed: %v", err)
	}
	// The log lost that batch, and goes on differently.
	other := [][]byte{[]byte("one"), []byte("two")}
	if err := s.folder.Append(other); err != nil {
		t.Fatal(err)
	}
	s.publish(t)
	var e seal.Edge
	for _, p := range append(payloads(0, 300), other...) {
		e.Add(p)
	}
	for n := range int64(303) {
		if _, err := seal.NewTree(s.files(), n).Root(); err != nil {
			t.Fatal(err)
		}
	}
	if root, err := seal.NewTree(s.files(), 302).Root(); err != nil || root != e.Root() {
		t.Errorf("root %s, %v, wanted %s", root, err, e.Root())
	}
}

// A head that was signed but not published is published by the next process.
func TestSignedButNotPublished(t *testing.T) {
	s := newSealed(t)
	s.to(t, 300)
	if err := s.folder.Append(payloads(300, 310)); err != nil {
		t.Fatal(err)
	}
	size, root := s.folder.Head()
	proof, err := s.folder.Tree().Consistency(300)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.signer.Sign(size, root, proof)
	if err != nil {
		t.Fatal(err)
	}
	s.open(t)
	s.publish(t)
	got, err := seal.ReadCheckpoint(s.files())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A folder whose tiles are not those of the head is not gone on with.
func TestForeignTiles(t *testing.T) {
	s := newSealed(t)
	s.to(t, 300)
	for _, name := range []string{"tile/0/001.p/44", "tile/1/000.p/1"} {
		path := filepath.Join(s.path, name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(content)
		changed[5] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenFolder(s.path, s.signer.Head()); !errors.Is(err, domain.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.open(t)
}
