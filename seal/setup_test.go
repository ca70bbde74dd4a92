package seal_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/seal"
)

const origin = "thidua.example.vn/log"

// chance gives the same key in every run.
func chance(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func newKey(t testing.TB, seed byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(chance(seed), origin)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func payload(i int64) []byte {
	return fmt.Appendf(nil, `{"id":"%d","data":{"value":"%d"},"note":"%s"}`, i, i*7, strings.Repeat("x", int(i%97)))
}

func payloads(from, to int64) [][]byte {
	var all [][]byte
	for i := from; i < to; i++ {
		all = append(all, payload(i))
	}
	return all
}

// reference is a log in memory by tlog alone.
type reference []tlog.Hash

func (r reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = r[index]
	}
	return hashes, nil
}

func newReference(t testing.TB, size int64) reference {
	t.Helper()
	var r reference
	for i := range size {
		h, err := tlog.StoredHashes(i, payload(i), r)
		if err != nil {
			t.Fatal(err)
		}
		r = append(r, h...)
	}
	return r
}

func (r reference) root(t testing.TB, size int64) tlog.Hash {
	t.Helper()
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// sealed is a log in a folder with its signer.
type sealed struct {
	path   string
	folder *seal.Folder
	signer *seal.Signer
}

func newSealed(t testing.TB) *sealed {
	t.Helper()
	path := t.TempDir()
	s := &sealed{path: filepath.Join(path, "log")}
	signer, err := seal.NewSigner(filepath.Join(path, "head"), newKey(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	s.signer = signer
	s.open(t)
	s.publish(t)
	return s
}

func (s *sealed) open(t testing.TB) {
	t.Helper()
	folder, err := seal.OpenFolder(s.path, s.signer.Head())
	if err != nil {
		t.Fatal(err)
	}
	s.folder = folder
}

// to seals up to a size.
func (s *sealed) to(t testing.TB, size int64) {
	t.Helper()
	for from, _ := s.folder.Head(); from < size; from, _ = s.folder.Head() {
		if err := s.folder.Append(payloads(from, min(size, from+seal.BatchLimit))); err != nil {
			t.Fatal(err)
		}
	}
	s.publish(t)
}

func (s *sealed) publish(t testing.TB) {
	t.Helper()
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
}

func (s *sealed) files() fs.FS { return os.DirFS(s.path) }
