package testenv

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// EachFile reads the files below a folder. They may come and go meanwhile, as those of a running server do.
func EachFile(t testing.TB, dir string, read func(path string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var content []byte
			if content, err = os.ReadFile(path); err == nil {
				read(path, content)
			}
		}
		if errors.Is(err, fs.ErrNotExist) && path != dir {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FilesHolding lists the files below a folder that hold some bytes.
func FilesHolding(t testing.TB, dir string, wanted []byte) (files []string) {
	t.Helper()
	EachFile(t, dir, func(path string, content []byte) {
		if bytes.Contains(content, wanted) {
			files = append(files, path)
		}
	})
	return files
}
