package seal

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

// Check reads every file of the tree, computes the tree anew from the events in them, and compares every tile of hashes and the root. The error names
// the first file that is not what it must be; it is fs.ErrNotExist where one is missing, else of kind domain.ErrCorrupt.
func (t *Tree) Check(root tlog.Hash) error {
	var edge Edge
	var wrong error
	differs := func(tile tlog.Tile, want []byte) {
		if wrong != nil {
			return
		}
		have, err := t.Tile(tile)
		if err == nil && !bytes.Equal(have, want) {
			err = fmt.Errorf("%s is not the tile of the events: %w", tilePath(tile), domain.ErrCorrupt)
		}
		wrong = err
	}
	edge.full = differs
	for payload, err := range t.Entries(0) {
		if err != nil {
			return err
		}
		edge.Add(payload)
		if wrong != nil {
			return wrong
		}
	}
	edge.partials(differs)
	if wrong == nil && edge.Root() != root {
		wrong = fmt.Errorf("the events in the files have the root %s, signed is %s: %w", edge.Root(), root, domain.ErrCorrupt)
	}
	return wrong
}
