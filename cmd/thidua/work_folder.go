package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// workFolders is how the names of folders begin in which tasks write.
const workFolders = "thidua-work-"

// workFolder is a folder in which one task writes. The kernel takes its lock back when the process dies, and by that the next one knows what to remove.
type workFolder struct {
	path string
	lock *os.File
}

// newWorkFolder makes a folder in a directory, or where the machine has such files if that is "".
func newWorkFolder(dir string) (*workFolder, error) {
	path, err := os.MkdirTemp(dir, workFolders)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &workFolder{path, lock}, nil
}

// lockFolder takes the lock of a folder, or fails where another process has it.
func lockFolder(path string) (*os.File, error) {
	lock, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), lock.Close())
	}
	return lock, nil
}

// remove removes the folder with all that is in it.
func (f *workFolder) remove() error { return errors.Join(os.RemoveAll(f.path), f.lock.Close()) }

// sweepWorkFolders removes what processes have left behind that died. What another process works in, or another user, is passed over.
func sweepWorkFolders(dir string) error {
	if dir == "" {
		dir = os.TempDir()
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), workFolders) {
			continue
		}
		left := filepath.Join(dir, e.Name())
		if lock, held := lockFolder(left); held == nil {
			err = errors.Join(err, (&workFolder{left, lock}).remove())
		}
	}
	return err
}

// zipFolder writes all files of a folder, in the order of their names and without the time at which they were made: the same files are the same bytes.
func zipFolder(ctx context.Context, w io.Writer, folder fs.FS) error {
	z := zip.NewWriter(w)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil || entry.IsDir() {
			return err
		}
		return zipFile(z, folder, name)
	})
	if err != nil {
		return err
	}
	return z.Close()
}

// zipFile adds a file. Parquet is compressed already.
func zipFile(z *zip.Writer, folder fs.FS, name string) (err error) {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	if path.Ext(name) == ".parquet" {
		header.Method = zip.Store
	}
	file, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	to, err := z.CreateHeader(header)
	if err == nil {
		_, err = io.Copy(to, file)
	}
	return err
}
