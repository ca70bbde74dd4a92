package seal

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// entries is the level of the events themselves, as in tlog.
	entries = -1
	// entryLimit is the greatest size of an event in bytes: its length is written in two.
	entryLimit = 1<<16 - 1
)

// hashTile names a tile of hashes; one of full width has 256.
func hashTile(level int, n int64, width int) tlog.Tile {
	return tlog.Tile{H: tileHeight, L: level, N: n, W: width}
}

// tilePath is a tile's path in C2SP tlog-tiles, where the height is not written and the events' level is called entries.
func tilePath(t tlog.Tile) string {
	if t.L == entries {
		return "tile/entries/" + strings.TrimPrefix(t.Path(), "tile/8/data/")
	}
	return "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
}

// Path is where a hash tile lies: tile/<level>/<n>, with .p/<width> where it has fewer than 256 hashes.
func Path(level int, n int64, width int) string { return tilePath(hashTile(level, n, width)) }

// EntriesPath is where a bundle of events lies: tile/entries/<n>, with .p/<width> where it has fewer than 256.
func EntriesPath(n int64, width int) string { return tilePath(hashTile(entries, n, width)) }

// parsePath reads a tile's path and takes no other spelling of it.
func parsePath(path string) (tlog.Tile, bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return tlog.Tile{}, false
	}
	rest, isEntries := strings.CutPrefix(rest, "entries/")
	if isEntries {
		rest = "data/" + rest
	}
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil || tilePath(t) != path {
		return tlog.Tile{}, false
	}
	return t, true
}

// widthAt is how many hashes a tile has in a tree of a size, 0 where the tree does not reach it.
func widthAt(level int, n, size int64) int {
	return int(min(max(size>>(tileHeight*max(level, 0))-n*tileWidth, 0), tileWidth))
}

// Tiles gives every tile of a tree of a size, level by level: its path and width. The events' bundles are of level -1 and come first.
func Tiles(size int64) iter.Seq[tlog.Tile] {
	return func(yield func(tlog.Tile) bool) {
		for level := entries; size>>(tileHeight*max(level, 0)) > 0; level++ {
			for n := int64(0); widthAt(level, n, size) > 0; n++ {
				if !yield(hashTile(level, n, widthAt(level, n, size))) {
					return
				}
			}
		}
	}
}

// appendEntry adds an event to a bundle.
func appendEntry(bundle, payload []byte) ([]byte, error) {
	if len(payload) > entryLimit {
		return nil, fmt.Errorf("an event of %d bytes is more than a leaf may have (%d): %w", len(payload), entryLimit, domain.ErrCorrupt)
	}
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(payload)))
	return append(bundle, payload...), nil
}

// firstEntries returns the part of a bundle that has its first events, and these.
func firstEntries(bundle []byte, width int) (part []byte, payloads [][]byte, err error) {
	at := 0
	for range width {
		if len(bundle) < at+2 {
			return nil, nil, errShort
		}
		end := at + 2 + int(binary.BigEndian.Uint16(bundle[at:]))
		if len(bundle) < end {
			return nil, nil, errShort
		}
		payloads = append(payloads, bundle[at+2:end:end])
		at = end
	}
	return bundle[:at], payloads, nil
}

var errShort = fmt.Errorf("a tile ends early: %w", domain.ErrCorrupt)
