package seal

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Edge is the right edge of a tree: what is needed to add leaves and to know the root, some kilobytes at any size. The zero value is the edge of
// the tree without leaves. It is the whole check of a log: add every event in order, and compare the root.
type Edge struct {
	size int64
	// levels has of each level, from the leaves up, the hashes of the tile that is not full yet.
	levels [][]byte
	// full is told of each tile that is; the data is not kept.
	full func(t tlog.Tile, data []byte)
}

// Size is the number of leaves.
func (e *Edge) Size() int64 { return e.size }

// Add adds an event.
func (e *Edge) Add(payload []byte) { e.AddHash(tlog.RecordHash(payload)) }

// AddHash adds a leaf of which only the hash is known.
func (e *Edge) AddHash(leaf tlog.Hash) {
	e.size++
	e.put(0, leaf)
}

// put adds a hash to a level. A tile that is full by it becomes one hash of the level above.
func (e *Edge) put(level int, h tlog.Hash) {
	if level == len(e.levels) {
		e.levels = append(e.levels, make([]byte, 0, tileWidth*tlog.HashSize))
	}
	e.levels[level] = append(e.levels[level], h[:]...)
	data := e.levels[level]
	if len(data) < tileWidth*tlog.HashSize {
		return
	}
	if e.full != nil {
		n := e.size>>(tileHeight*(level+1)) - 1
		e.full(hashTile(level, n, tileWidth), data)
	}
	e.put(level+1, subtree(data))
	e.levels[level] = data[:0]
}

// subtree is the hash over hashes whose number is a power of two.
func subtree(hashes []byte) tlog.Hash {
	if len(hashes) == tlog.HashSize {
		return tlog.Hash(hashes)
	}
	half := len(hashes) / 2
	return tlog.NodeHash(subtree(hashes[:half]), subtree(hashes[half:]))
}

// Root is the root of the tree as it is.
func (e *Edge) Root() tlog.Hash {
	root, err := tlog.TreeHash(e.size, tlog.HashReaderFunc(e.readHashes))
	if err != nil {
		return tlog.Hash{} // can't be: the hashes that make up a root are those of the edge
	}
	return root
}

// readHashes gives the hashes that make up the root: all lie in tiles that are not full.
func (e *Edge) readHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(tileHeight, index)
		if t.L >= len(e.levels) {
			return nil, fmt.Errorf("hash %d is not on the right edge: %w", index, domain.ErrCorrupt)
		}
		h, err := tlog.HashFromTile(t, e.levels[t.L], index)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	return hashes, nil
}

// partials gives the tiles that are not full and not empty.
func (e *Edge) partials(each func(t tlog.Tile, data []byte)) {
	for level, data := range e.levels {
		if width := len(data) / tlog.HashSize; width > 0 {
			each(hashTile(level, e.size>>(tileHeight*(level+1)), width), data)
		}
	}
}

// clone returns an edge that goes its own way.
func (e *Edge) clone() *Edge {
	c := &Edge{size: e.size}
	for _, data := range e.levels {
		c.levels = append(c.levels, append(make([]byte, 0, tileWidth*tlog.HashSize), data...))
	}
	return c
}
