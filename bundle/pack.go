package bundle

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Pack writes all files of the bundle as a .zip, for where it is sent to. The same files give the same bytes.
func (b *Bundle) Pack(ctx context.Context, w io.Writer) error {
	tree := &zipTree{zip: zip.NewWriter(w)}
	for _, name := range slices.Sorted(maps.Keys(b.archive.files)) {
		if err := b.pack(ctx, tree, name); err != nil {
			return fmt.Errorf("bundle: pack %s: %w", name, err)
		}
	}
	return tree.zip.Close()
}

func (b *Bundle) pack(ctx context.Context, tree *zipTree, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := b.archive.files[name]()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	entry, err := tree.create(name)
	if err == nil {
		_, err = io.Copy(entry, file)
	}
	return err
}
