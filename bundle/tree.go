package bundle

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// folderTree writes into a folder.
type folderTree string

func (t folderTree) create(name string) (io.WriteCloser, error) {
	full := filepath.Join(string(t), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (folderTree) close() error { return nil }

// zipTree writes into a .zip. Its entries bear one fixed time, so that the same files give the same bytes.
type zipTree struct {
	file *os.File
	zip  *zip.Writer
}

func newZipTree(folder string) (t *zipTree, name string, err error) {
	file, err := os.CreateTemp(folder, ".bundle-*")
	if err != nil {
		return nil, "", err
	}
	return &zipTree{file: file, zip: zip.NewWriter(file)}, file.Name(), nil
}

func (t *zipTree) create(name string) (io.WriteCloser, error) {
	entry, err := t.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return nil, err
	}
	return zipEntry{entry}, nil
}

// zipEntry is a file in a zip, which ends where the next begins.
type zipEntry struct{ io.Writer }

func (zipEntry) Close() error { return nil }

func (t *zipTree) close() error { return errors.Join(t.zip.Close(), t.file.Sync(), t.file.Close()) }
