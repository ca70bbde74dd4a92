package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Tree reads a tree of some size from files, wherever these are: a folder, a zip, a server. The files may be those of a larger tree. What it reads is
// as good as the files: compare Root with a signed one, or read through tlog.TileHashReader, which proves each tile. A Tree keeps nothing and
// can be used from any number of goroutines.
type Tree struct {
	files fs.FS
	size  int64
}

// NewTree reads the tree of a size.
func NewTree(files fs.FS, size int64) *Tree { return &Tree{files: files, size: size} }

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root is the root over all leaves. The error is fs.ErrNotExist where a tile is missing, of kind domain.ErrCorrupt where one is short.
func (t *Tree) Root() (tlog.Hash, error) { return tlog.TreeHash(t.size, t) }

// RootAt is the root that the tree had when it was smaller.
func (t *Tree) RootAt(size int64) (tlog.Hash, error) {
	if err := t.within(size); err != nil {
		return tlog.Hash{}, err
	}
	return tlog.TreeHash(size, t)
}

// Inclusion proves that a leaf is in the tree; tlog.CheckRecord checks it.
func (t *Tree) Inclusion(index int64) (tlog.RecordProof, error) {
	if index < 0 || index >= t.size {
		return nil, fmt.Errorf("leaf %d is not in a tree of %d: %w", index, t.size, domain.ErrNotFound)
	}
	return tlog.ProveRecord(t.size, index, t)
}

// Consistency proves that the tree of a smaller size is the beginning of this one. It has no hash where that is empty or this one itself.
func (t *Tree) Consistency(size int64) (tlog.TreeProof, error) {
	if err := t.within(size); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, nil
	}
	return tlog.ProveTree(t.size, size, t)
}

func (t *Tree) within(size int64) error {
	if size < 0 || size > t.size {
		return fmt.Errorf("a tree of %d has none of %d: %w", t.size, size, domain.ErrNotFound)
	}
	return nil
}

// ReadHashes implements tlog.HashReader over the tiles as they lie.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	read := map[tlog.Tile][]byte{}
	for i, index := range indexes {
		tile := tlog.TileForIndex(tileHeight, index)
		tile.W = widthAt(tile.L, tile.N, t.size)
		data, ok := read[tile]
		if !ok {
			var err error
			if data, err = t.Tile(tile); err != nil {
				return nil, err
			}
			read[tile] = data
		}
		h, err := tlog.HashFromTile(tile, data, index)
		if err != nil {
			return nil, fmt.Errorf("hash %d of a tree of %d: %w: %w", index, t.size, err, domain.ErrCorrupt)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// Height implements tlog.TileReader, with ReadTiles and SaveTiles, so that tlog.TileHashReader proves what is read.
func (t *Tree) Height() int { return tileHeight }

// ReadTiles reads tiles of hashes.
func (t *Tree) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := t.Tile(tile)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// SaveTiles keeps nothing.
func (t *Tree) SaveTiles([]tlog.Tile, [][]byte) {}

// Tile gives the bytes of a tile of hashes or, at level -1, of a bundle of events, cut from the one of its place that is there. The error is
// fs.ErrNotExist where the tree has no such tile or none that is wide enough lies there.
func (t *Tree) Tile(tile tlog.Tile) ([]byte, error) {
	if tile.H != tileHeight || tile.W < 1 || tile.L < entries || tile.N < 0 || widthAt(tile.L, tile.N, t.size) < tile.W {
		return nil, fmt.Errorf("%s in a tree of %d: %w", tilePath(tile), t.size, fs.ErrNotExist)
	}
	data, err := t.widest(tile)
	if err != nil {
		return nil, err
	}
	if tile.L == entries {
		if data, _, err = firstEntries(data, tile.W); err != nil {
			return nil, fmt.Errorf("%s: %w", tilePath(tile), err)
		}
		return data, nil
	}
	if len(data) < tile.W*tlog.HashSize {
		return nil, fmt.Errorf("%s: %w", tilePath(tile), errShort)
	}
	return data[:tile.W*tlog.HashSize], nil
}

// ReadFile gives the bytes of the tile or bundle at its path below the log, such as tile/0/x001/067.p/3, as the tree of this size has it.
// The error is fs.ErrNotExist where it has none there.
func (t *Tree) ReadFile(path string) ([]byte, error) {
	tile, ok := parsePath(path)
	if !ok {
		return nil, fmt.Errorf("%q is no tile: %w", path, fs.ErrNotExist)
	}
	return t.Tile(tile)
}

// widest reads a tile that is at least as wide as one: itself, what a tree of this size has there, the full one, or any partial one that the
// files list.
func (t *Tree) widest(tile tlog.Tile) ([]byte, error) {
	data, err := fs.ReadFile(t.files, tilePath(tile))
	for _, width := range []int{widthAt(tile.L, tile.N, t.size), tileWidth} {
		if errors.Is(err, fs.ErrNotExist) && width > tile.W {
			data, err = fs.ReadFile(t.files, tilePath(hashTile(tile.L, tile.N, width)))
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	listed, errList := fs.ReadDir(t.files, tilePath(hashTile(tile.L, tile.N, tileWidth))+".p")
	if errList != nil {
		return nil, err
	}
	for _, f := range listed {
		if width, errName := strconv.Atoi(f.Name()); errName == nil && width > tile.W {
			if data, err = fs.ReadFile(t.files, tilePath(hashTile(tile.L, tile.N, width))); !errors.Is(err, fs.ErrNotExist) {
				return data, err
			}
		}
	}
	return nil, err
}

// Entries gives the events from one leaf on, in order, with their indexes, and ends with the first error. They are as they lie, not proved.
func (t *Tree) Entries(from int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for n := from / tileWidth; ; n++ {
			width := widthAt(entries, n, t.size)
			if width == 0 {
				return
			}
			payloads, err := t.bundle(n, width)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, payload := range payloads[min(max(from-n*tileWidth, 0), int64(width)):] {
				if !yield(payload, nil) {
					return
				}
			}
		}
	}
}

// Entry gives one event.
func (t *Tree) Entry(index int64) ([]byte, error) {
	n, within := index/tileWidth, int(index%tileWidth)
	if index < 0 || index >= t.size {
		return nil, fmt.Errorf("leaf %d is not in a tree of %d: %w", index, t.size, domain.ErrNotFound)
	}
	payloads, err := t.bundle(n, within+1)
	if err != nil {
		return nil, err
	}
	return payloads[within], nil
}

func (t *Tree) bundle(n int64, width int) ([][]byte, error) {
	data, err := t.widest(hashTile(entries, n, width))
	if err != nil {
		return nil, err
	}
	_, payloads, err := firstEntries(data, width)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EntriesPath(n, width), err)
	}
	return payloads, nil
}
