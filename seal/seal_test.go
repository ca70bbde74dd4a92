package seal_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"thidua/seal"
)

// The files are those that tlog makes: every tile of every size, each served from what lies there at the end.
func TestFilesAreThoseOfTlog(t *testing.T) {
	const last = 70_000
	sizes := []int64{0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, last}
	want := newReference(t, last)
	s := newSealed(t)
	for _, size := range sizes {
		s.to(t, size)
		compareRoot(t, s, want, size)
	}
	for _, size := range sizes {
		tree := seal.NewTree(s.files(), size)
		for tile := range seal.Tiles(size) {
			got, err := tree.Tile(tile)
			if err != nil {
				t.Fatal(err)
			}
			if tile.L < 0 {
				compareBundle(t, tile, got)
				continue
			}
			wanted, err := tlog.ReadTileData(tile, want)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, wanted) {
				t.Fatalf("tile %v of %d is not that of tlog", tile, size)
			}
		}
	}
}

func compareRoot(t *testing.T, s *sealed, want reference, size int64) {
	t.Helper()
	c, err := seal.ReadCheckpoint(s.files())
	if err != nil {
		t.Fatal(err)
	}
	if c.Size != size || c.Root != want.root(t, size) {
		t.Fatalf("checkpoint of %d with root %s, wanted %d with %s", c.Size, c.Root, size, want.root(t, size))
	}
	root, err := seal.NewTree(s.files(), size).Root()
	if err != nil || root != c.Root {
		t.Fatalf("root in the files: %s, %v", root, err)
	}
}

func compareBundle(t *testing.T, tile tlog.Tile, got []byte) {
	t.Helper()
	var want []byte
	for i := tile.N * 256; i < tile.N*256+int64(tile.W); i++ {
		p := payload(i)
		want = append(want, byte(len(p)>>8), byte(len(p)))
		want = append(want, p...)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("bundle %d of %d events differs", tile.N, tile.W)
	}
}

func TestPaths(t *testing.T) {
	got := []string{seal.Path(0, 1_234_067, 256), seal.Path(1, 0, 7), seal.EntriesPath(999, 256), seal.EntriesPath(1000, 255)}
	want := []string{"tile/0/x001/x234/067", "tile/1/000.p/7", "tile/entries/999", "tile/entries/x001/000.p/255"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Each tile lies there once, and once more as the tree before had it.
func TestPartialTilesGo(t *testing.T) {
	s := newSealed(t)
	for size := int64(1); size <= 600; size += 7 {
		s.to(t, size)
	}
	var got []string
	err := fs.WalkDir(s.files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		"checkpoint", "checkpoints",
		"tile/0/000", "tile/0/001", "tile/0/002.p/77", "tile/0/002.p/84", "tile/1/000.p/2",
		"tile/entries/000", "tile/entries/001", "tile/entries/002.p/77", "tile/entries/002.p/84",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProofs(t *testing.T) {
	s := newSealed(t)
	want := newReference(t, 600)
	for _, size := range []int64{1, 2, 3, 255, 256, 257, 600} {
		s.to(t, size)
		tree := seal.NewTree(s.files(), size)
		for index := range size {
			p, err := tree.Inclusion(index)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(p, size, want.root(t, size), index, tlog.RecordHash(payload(index))); err != nil {
				t.Fatalf("leaf %d of %d: %v", index, size, err)
			}
		}
		for older := range size + 1 {
			p, err := tree.Consistency(older)
			if err != nil {
				t.Fatal(err)
			}
			was := seal.Checkpoint{Origin: origin, Size: older, Root: want.root(t, older)}
			is := seal.Checkpoint{Origin: origin, Size: size, Root: want.root(t, size)}
			if err := seal.CheckConsistency(was, is, p); err != nil {
				t.Fatal(err)
			}
			was.Root[3] ^= 1
			if err := seal.CheckConsistency(was, is, p); err == nil {
				t.Fatalf("another tree of %d passes as the beginning of %d", older, size)
			}
		}
	}
}

func TestEntries(t *testing.T) {
	s := newSealed(t)
	s.to(t, 700)
	for _, from := range []int64{0, 1, 255, 256, 300, 511, 512, 699, 700} {
		var got [][]byte
		for p, err := range seal.NewTree(s.files(), 600).Entries(from) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
		if diff := cmp.Diff(payloads(min(from, 600), 600), got); diff != "" {
			t.Errorf("from %d: %s", from, diff)
		}
	}
	got, err := seal.NewTree(s.files(), 600).Entry(513)
	if err != nil || !bytes.Equal(got, payload(513)) {
		t.Errorf("leaf 513: %s, %v", got, err)
	}
	if _, err := seal.NewTree(s.files(), 600).Entry(600); err == nil {
		t.Error("a tree of 600 gives its leaf 600")
	}
}

// The whole check of a log costs one core less than two microseconds an event; the bound of the project is 300,000 events/s on two.
func BenchmarkEdge(b *testing.B) {
	event := bytes.Repeat([]byte("x"), 850)
	var e seal.Edge
	b.SetBytes(int64(len(event)))
	for b.Loop() {
		e.Add(event)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkAppend(b *testing.B) {
	event := bytes.Repeat([]byte("x"), 850)
	batch := slices.Repeat([][]byte{event}, seal.BatchLimit)
	s := newSealed(b)
	for b.Loop() {
		if err := s.folder.Append(batch); err != nil {
			b.Fatal(err)
		}
		s.publish(b)
	}
	b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "events/s")
}
