package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"thidua/domain"
)

const (
	checkpointFile = "checkpoint"
	archiveFile    = "checkpoints"
)

// BatchLimit is how many events one call of Append takes at most.
const BatchLimit = 1 << 14

// Folder writes a log's files. Whoever has one is the only writer of its path. Its methods are for one goroutine; its files can be read by
// others all the time. After an error open it again: what is published then is as it was.
type Folder struct {
	path   string
	edge   *Edge
	bundle []byte // the events of the last bundle, where it is not full
	// current and previous are the partial tiles of the tree that is published and of the one before it, which somebody may be reading still;
	// fresh are those that were written since.
	current, previous, fresh []string
}

// OpenFolder goes on where a log was signed last, from an empty tree where the head is one of nothing. Tiles that were written after that are
// of a batch that was never signed, and go. The error is of kind domain.ErrCorrupt where the files are not of the head's tree.
func OpenFolder(path string, head Checkpoint) (*Folder, error) {
	f := &Folder{path: path, edge: &Edge{size: head.Size}}
	if err := os.MkdirAll(path, folderMode); err != nil {
		return nil, fmt.Errorf("sealed log: %w", err)
	}
	if err := f.load(head); err != nil {
		return nil, fmt.Errorf("sealed log: %s: %w", path, err)
	}
	if err := errors.Join(f.trim(), mendArchive(filepath.Join(path, archiveFile))); err != nil {
		return nil, fmt.Errorf("sealed log: %w", err)
	}
	f.current = f.partials()
	return f, nil
}

// load reads the right edge and compares its root with the signed one.
func (f *Folder) load(head Checkpoint) error {
	tree := f.Tree()
	for level := 0; head.Size>>(tileHeight*level) > 0; level++ {
		n := head.Size >> (tileHeight * (level + 1))
		data := make([]byte, 0, tileWidth*tlog.HashSize)
		if width := widthAt(level, n, head.Size); width > 0 {
			read, err := tree.Tile(hashTile(level, n, width))
			if err != nil {
				return err
			}
			data = append(data, read...)
		}
		f.edge.levels = append(f.edge.levels, data)
	}
	if root := f.edge.Root(); root != head.Root {
		return fmt.Errorf("the tiles of %d events have the root %s, signed was %s: %w", head.Size, root, head.Root, domain.ErrCorrupt)
	}
	n := head.Size / tileWidth
	if width := widthAt(entries, n, head.Size); width > 0 {
		bundle, err := tree.Tile(hashTile(entries, n, width))
		if err != nil {
			return err
		}
		f.bundle = append(f.bundle, bundle...)
	}
	return nil
}

// trim removes what lies beyond the edge, as far as one batch can have got. The edge itself may lie there only as the beginning of a wider tile.
func (f *Folder) trim() error {
	if f.edge.size == 0 {
		return os.RemoveAll(filepath.Join(f.path, "tile"))
	}
	if err := putFiles(f.path, f.right(map[string][]byte{})); err != nil {
		return err
	}
	size, reach := f.edge.size, f.edge.size+BatchLimit
	for level := entries; reach>>(tileHeight*max(level, 0)) > 0; level++ {
		shift := tileHeight * (max(level, 0) + 1)
		for n := size >> shift; n <= reach>>shift; n++ {
			if err := f.trimTile(level, n, widthAt(level, n, size)); err != nil {
				return err
			}
		}
	}
	return nil
}

// trimTile leaves of a tile that is not full only the file of its width.
func (f *Folder) trimTile(level int, n int64, width int) error {
	full := filepath.Join(f.path, tilePath(hashTile(level, n, tileWidth)))
	if err := os.Remove(full); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	partials, err := os.ReadDir(full + ".p")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, p := range partials {
		if p.Name() != strconv.Itoa(width) {
			if err := os.Remove(filepath.Join(full+".p", p.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// right adds the tiles of the right edge that are not full to files.
func (f *Folder) right(files map[string][]byte) map[string][]byte {
	f.edge.partials(func(t tlog.Tile, data []byte) { files[tilePath(t)] = data })
	if n := f.edge.size / tileWidth; len(f.bundle) > 0 {
		files[EntriesPath(n, widthAt(entries, n, f.edge.size))] = f.bundle
	}
	return files
}

// partials names the tiles of the right edge that are not full.
func (f *Folder) partials() []string { return slices.Collect(maps.Keys(f.right(map[string][]byte{}))) }

// Tree reads what was appended, published or not.
func (f *Folder) Tree() *Tree { return NewTree(os.DirFS(f.path), f.edge.size) }

// Head is the size and the root of what was appended.
func (f *Folder) Head() (int64, tlog.Hash) { return f.edge.size, f.edge.Root() }

// Append adds events, at most BatchLimit, and returns when their tiles are durable. Nobody is told of them before Publish.
func (f *Folder) Append(payloads [][]byte) error {
	if len(payloads) > BatchLimit {
		return fmt.Errorf("sealed log: %d events are more than one batch: %w", len(payloads), domain.ErrInvalid)
	}
	grown := &Folder{path: f.path, edge: f.edge.clone(), bundle: bytes.Clone(f.bundle)}
	files := map[string][]byte{}
	grown.edge.full = func(t tlog.Tile, data []byte) { files[tilePath(t)] = bytes.Clone(data) }
	for _, payload := range payloads {
		if err := grown.add(payload, files); err != nil {
			return fmt.Errorf("sealed log: position %d: %w", grown.edge.size+1, err)
		}
	}
	if err := putFiles(f.path, grown.right(files)); err != nil {
		return fmt.Errorf("sealed log: %w", err)
	}
	f.edge, f.bundle = grown.edge, grown.bundle
	f.fresh = append(f.fresh, f.partials()...)
	return nil
}

// add adds an event, and its bundle to files where that is full by it.
func (f *Folder) add(payload []byte, files map[string][]byte) (err error) {
	if f.bundle, err = appendEntry(f.bundle, payload); err != nil {
		return err
	}
	f.edge.Add(payload)
	if f.edge.size%tileWidth == 0 {
		files[EntriesPath(f.edge.size/tileWidth-1, tileWidth)] = f.bundle
		f.bundle = nil
	}
	return nil
}

// Publish puts a checkpoint of what was appended into the archive and then, last of all, where everybody looks for it. Partial tiles that no
// tree of now or just before needs any more go.
func (f *Folder) Publish(c Checkpoint) error {
	if size, root := f.Head(); c.Size != size || c.Root != root || len(c.Note) == 0 {
		return fmt.Errorf("sealed log: a checkpoint of %d events can't be published over %d: %w", c.Size, size, domain.ErrInvalid)
	}
	if err := archive(filepath.Join(f.path, archiveFile), c.Note); err != nil {
		return fmt.Errorf("sealed log: keeping the checkpoint: %w", err)
	}
	if err := replaceFile(filepath.Join(f.path, checkpointFile), c.Note); err != nil {
		return fmt.Errorf("sealed log: %w", err)
	}
	return f.retire()
}

// retire removes partial tiles that nobody needs.
func (f *Folder) retire() error {
	now := f.partials()
	for _, name := range slices.Concat(f.previous, f.fresh) {
		if slices.Contains(now, name) || slices.Contains(f.current, name) {
			continue
		}
		path := filepath.Join(f.path, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sealed log: %w", err)
		}
		_ = os.Remove(filepath.Dir(path)) // where it is empty
	}
	f.previous, f.current, f.fresh = f.current, now, nil
	return nil
}
