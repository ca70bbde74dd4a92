package seal

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Leaves gives the hashes of all leaves, which are proved to be those of a root. The error is fs.ErrNotExist where a tile is missing, of kind
// domain.ErrCorrupt where one is not the tree's.
func (t *Tree) Leaves(root tlog.Hash) ([]tlog.Hash, error) {
	var edge Edge
	leaves := make([]tlog.Hash, 0, t.size)
	for n := int64(0); n*tileWidth < t.size; n++ {
		data, err := t.Tile(hashTile(0, n, widthAt(0, n, t.size)))
		if err != nil {
			return nil, err
		}
		for ; len(data) > 0; data = data[tlog.HashSize:] {
			leaves = append(leaves, tlog.Hash(data[:tlog.HashSize]))
			edge.AddHash(leaves[len(leaves)-1])
		}
	}
	if edge.Root() != root {
		return nil, fmt.Errorf("the leaves' hashes have the root %s, signed is %s: %w", edge.Root(), root, domain.ErrCorrupt)
	}
	return leaves, nil
}
